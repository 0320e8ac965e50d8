import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShop, type ShopForBrowsers } from '../../server/tests/shop-for-browsers.ts'
import { expectAccessible, openPhone, startBrowser, ticketCodes } from './browser.ts'
import { buyTickets } from './fan.ts'

const browser = await startBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])

describe.skipIf(!browser)('staff at the door', () => {
  let shop: ShopForBrowsers
  let page: Page
  let context: BrowserContext
  let codes: string[]

  beforeAll(async () => {
    shop = await openShop()
    const fan = await openPhone(browser as Browser)
    await buyTickets(fan.page, shop, 2, 'guest@example.org')
    codes = await ticketCodes(fan.page)
    await fan.context.close()
    ;({ page, context } = await openPhone(browser as Browser))
  }, 240_000)

  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  }, 60_000)

  /** As a hand scanner does it: key after key without a pause, then Enter, with nothing in particular in focus. */
  async function scan(code: string): Promise<void> {
    // Within the page, since the pauses of a busy machine are longer than those of any scanner.
    await page.evaluate(`for (const key of [...${JSON.stringify(code)}, 'Enter'])
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))`)
  }

  it('sign in, choose the event and are ready', { timeout: 60_000 }, async () => {
    await page.goto(`${shop.url}/door/`)
    await page.getByLabel('E-mail').fill(shop.door.email)
    await page.getByLabel('Password').fill('wrong-password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('E-mail and password do not go together.', { exact: false }).waitFor()
    await expectAccessible(page)
    await page.getByLabel('Password').fill(shop.door.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Which event?' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('link', { name: /Night of Synthesizers/ }).click()
    await page.getByRole('button', { name: 'Start scanning' }).click()
    await page.getByText('Ready', { exact: true }).waitFor()
    await expectAccessible(page)
  })

  it('see in a preview who would come in, and nothing is recorded', { timeout: 60_000 }, async () => {
    await page.getByRole('button', { name: 'Preview' }).click()
    await scan(codes[0] as string)
    await page.getByText('Would be let in').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByText(/^0 of \d+ in$/).waitFor()
  })

  it('are never shown green without a network, and the next scan is right', { timeout: 60_000 }, async () => {
    await context.setOffline(true)
    await scan(codes[1] as string)
    await page.getByText('No network: not checked').waitFor()
    expect(await page.getByText('Come in').count()).toBe(0)
    await expectAccessible(page)
    await context.setOffline(false)
    // The same code is checked again three seconds later at the earliest.
    await page.waitForTimeout(3100)
    await scan(codes[1] as string)
    await page.getByText('Come in').waitFor()
    await expectAccessible(page)
  })

  it('let a ticket in once, and see when and where it came in before', { timeout: 60_000 }, async () => {
    await page.getByRole('button', { name: 'No gate' }).click()
    await page.getByLabel('Name of the gate').fill('North')
    await page.getByRole('button', { name: 'Use this gate' }).click()
    await page.waitForTimeout(3100)
    await scan(codes[0] as string)
    await page.getByText('Come in').waitFor()
    await page.getByText(/^2 of \d+ in$/).waitFor()
    await page.waitForTimeout(3100)
    await scan(codes[0] as string)
    await page.getByText('Already inside').waitFor()
    await page.getByText(/Came in at .*gate North/).waitFor()
    await expectAccessible(page)
  })

  it('stop what is not a ticket', { timeout: 60_000 }, async () => {
    await page.getByRole('button', { name: 'Type code' }).click()
    await page.getByRole('textbox', { name: 'Code' }).fill('HELLO WORLD 123')
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText('Stop', { exact: true }).waitFor()
  })
})
