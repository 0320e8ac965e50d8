import { existsSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type Page } from 'playwright-core'
import { expect } from 'vitest'

const installed = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

const quietly = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/**
 * Starts the first Chromium that really runs here: CHROMIUM_PATH, one that is installed, else the one that
 * comes by npm. Answers null, and says so, where there is none.
 */
export async function startBrowser(args: readonly string[] = []): Promise<Browser | null> {
  for (const executablePath of installed) {
    if (!executablePath || !existsSync(executablePath)) continue
    const browser = await tryToStart(executablePath, [...quietly, ...args])
    if (browser) return browser
  }
  try {
    const { default: carried } = await import('@sparticuz/chromium')
    const browser = await tryToStart(await carried.executablePath(), [...carried.args, ...quietly, ...args])
    if (browser) return browser
  } catch {
    // It is made for Linux on x64; elsewhere there is nothing to unpack.
  }
  process.stdout.write(
    'Browser journeys are skipped: no Chromium runs here (set CHROMIUM_PATH to one that does).\n',
  )
  return null
}

async function tryToStart(executablePath: string, args: string[]): Promise<Browser | null> {
  return chromium.launch({ executablePath, args, headless: true }).catch(() => null)
}

/** A telephone of its own, with its own memory; `faults` collects what its pages complain about. */
export async function openPhone(browser: Browser, options: { locale?: string } = {}) {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    locale: options.locale ?? 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  return { context, page, faults }
}

/** Fails with the names of what a screen reader or weak eyes would stumble over (WCAG 2.2 AA, by axe). */
export async function expectAccessible(page: Page): Promise<void> {
  // Before its heading is there, the page is still on its way.
  await page.locator('h1').first().waitFor({ state: 'attached' })
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
  )
  expect(found, page.url()).toEqual([])
}

/** What this device remembers of the order that is open: the codes of its tickets. */
export async function ticketCodes(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`
    Object.keys(localStorage).filter((key) => key.startsWith('tessera.order.'))
      .flatMap((key) => JSON.parse(localStorage.getItem(key)).order?.tickets ?? []).map((ticket) => ticket.code)
  `)
}
