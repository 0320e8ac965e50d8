import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShop, type ShopForBrowsers } from '../../server/tests/shop-for-browsers.ts'
import { expectAccessible, openPhone, startBrowser, ticketCodes } from './browser.ts'
import {
  buyTickets,
  chooseTickets,
  goToCheckout,
  payOnProvidersPage,
  placeOrder,
  waitForMail,
} from './fan.ts'

const browser = await startBrowser()

describe.skipIf(!browser)('a fan with a telephone', () => {
  let shop: ShopForBrowsers
  const phone = (options?: { locale?: string }) => openPhone(browser as Browser, options)

  beforeAll(async () => {
    shop = await openShop()
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  }, 60_000)

  it(
    'is in after three screens, with one order and the tickets in the mail',
    { timeout: 90_000 },
    async () => {
      const { page, context, faults } = await phone()
      await chooseTickets(page, shop, 2)
      await expectAccessible(page)
      await goToCheckout(page, 'ida@example.org')
      await page.reload()
      expect(await page.getByLabel('Name').inputValue()).toBe('Ida Holm')
      expect(await page.getByRole('timer').innerText()).toMatch(/^\d+:\d\d$/)
      await expectAccessible(page)
      await placeOrder(page)
      await payOnProvidersPage(page)
      await page.getByRole('heading', { name: 'You’re in.' }).waitFor({ timeout: 30_000 })
      expect(await page.getByRole('img', { name: /^Entry code/ }).count()).toBe(2)
      expect(new Set(await ticketCodes(page)).size).toBe(2)
      await expectAccessible(page)
      const mail = await waitForMail(shop, 'ida@example.org', (one) => one.text.includes('/orders/ord_'))
      expect(mail.attachments.map(({ filename }) => filename.split('.').pop())).toEqual(['pdf', 'ics'])
      expect(faults).toEqual([])
      await context.close()
    },
  )

  it('is told at each field what is missing, and keeps what was typed', { timeout: 60_000 }, async () => {
    const { page, context } = await phone()
    await chooseTickets(page, shop, 1)
    await goToCheckout(page, 'not-an-address')
    await page.getByRole('button', { name: /^Pay/ }).click()
    await page.getByText(/Please check the e-mail address/).waitFor()
    await page.getByText('Please tick this box to go on.').nth(1).waitFor()
    expect(await page.getByLabel('E-mail').getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByLabel('Name').inputValue()).toBe('Ida Holm')
    await expectAccessible(page)
    await context.close()
  })

  it('who comes back without paying is told so, and can pay then', { timeout: 90_000 }, async () => {
    const { page, context } = await phone()
    await chooseTickets(page, shop, 1)
    await goToCheckout(page, 'back@example.org')
    await placeOrder(page)
    await page.getByText('Back without paying').click()
    await page.goto(`${shop.url}/${shop.organiserSlug}/${shop.eventSlug}/checkout`)
    await page.getByRole('heading', { name: 'Not paid yet' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Pay now' }).click()
    await page.waitForURL(/\/c\/pay\//)
    await payOnProvidersPage(page)
    await page.getByRole('heading', { name: 'You’re in.' }).waitFor({ timeout: 30_000 })
    await context.close()
  })

  it('who lets the places go is told that nothing was charged', { timeout: 90_000 }, async () => {
    const { page, context } = await phone()
    await chooseTickets(page, shop, 1)
    await goToCheckout(page, 'gone@example.org')
    await placeOrder(page)
    await page.goto(`${shop.url}/${shop.organiserSlug}/${shop.eventSlug}/checkout`)
    await page.getByRole('button', { name: 'Let the places go' }).click()
    await page.getByRole('heading', { name: 'This order is cancelled' }).waitFor({ timeout: 30_000 })
    await expectAccessible(page)
    await context.close()
  })

  it(
    'finds a lost order by mail, on another device, and the link leaves no trace',
    { timeout: 90_000 },
    async () => {
      const first = await phone()
      await buyTickets(first.page, shop, 1, 'lost@example.org')
      await first.context.close()
      const { page, context } = await phone()
      await page.goto(`${shop.url}/find-order`)
      await expectAccessible(page)
      await page.getByLabel('E-mail').fill('lost@example.org')
      await page.getByRole('button', { name: 'Send my links' }).click()
      await page.getByRole('heading', { name: 'Look into your inbox' }).waitFor()
      const mail = await waitForMail(shop, 'lost@example.org', (one) => one.attachments.length === 0)
      const link = /https?:\/\/\S+\/orders\/ord_\S+#t=\S+/.exec(mail.text)?.[0] ?? ''
      await page.goto(link)
      await page.getByRole('img', { name: /^Entry code/ }).waitFor()
      expect(page.url()).not.toContain('#')
      await context.close()
    },
  )

  it('opens the ticket at the door without a network', { timeout: 90_000 }, async () => {
    const { page, context } = await phone()
    await buyTickets(page, shop, 1, 'cellar@example.org')
    await page.waitForFunction(`caches.match('/orders/offline').then((kept) => kept !== undefined)`)
    await page.waitForFunction('navigator.serviceWorker.controller !== null')
    await context.setOffline(true)
    await page.reload()
    await page.getByText(/No network/).waitFor()
    await page.getByRole('link', { name: /Show large code/ }).click()
    await page.getByText('Hold this code to the scanner.', { exact: false }).waitFor()
    await page.reload()
    await page.getByRole('img', { name: /^Entry code/ }).waitFor()
    await expectAccessible(page)
    await context.close()
  })

  it(
    'is told when the payment page cannot be opened, keeps the places and tries again',
    { timeout: 90_000 },
    async () => {
      const { page, context } = await phone()
      await chooseTickets(page, shop, 1)
      await goToCheckout(page, 'unlucky@example.org')
      let failed = 0
      await page.route('**/v1/orders/*/payment', (route) => {
        failed += 1
        return route.fulfill({
          status: 500,
          contentType: 'application/problem+json',
          body: JSON.stringify({
            type: 'about:blank',
            code: 'server.unexpected',
            title: 'Something went wrong',
            status: 500,
            instance: 'req_journey',
          }),
        })
      })
      await page.getByLabel(/I accept the terms/).check()
      await page.getByLabel(/I have read the refund rules/).check()
      await page.getByRole('button', { name: /^Pay/ }).click()
      await page.getByRole('heading', { name: 'The payment page could not be opened' }).waitFor()
      await page.getByText('Your places are still held.').waitFor()
      await page.getByText(/req_journey/).waitFor()
      expect(await page.getByText('You are in line to pay').count()).toBe(0)
      expect(failed).toBe(1)
      await expectAccessible(page)
      await page.unroute('**/v1/orders/*/payment')
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.waitForURL(/\/c\/pay\//)
      await context.close()
    },
  )

  it('is shown nothing of an order without its link', { timeout: 60_000 }, async () => {
    const { page, context } = await phone()
    await page.goto(`${shop.url}/orders/ord_01jd0000000000000000000000`)
    await page.getByRole('heading', { name: 'Open this order from your e-mail' }).waitFor()
    await expectAccessible(page)
    await context.close()
  })

  it('is spoken to in German where the browser is German', { timeout: 60_000 }, async () => {
    const { page, context } = await phone({ locale: 'de-DE' })
    await page.goto(`${shop.url}/${shop.organiserSlug}/${shop.eventSlug}`)
    await page.getByText('alle Gebühren und Steuern enthalten').waitFor()
    expect(await page.getByRole('main').innerText()).toMatch(/\d+,\d\d\s€/)
    expect(await page.locator('html').getAttribute('lang')).toBe('de-DE')
    await page.goto(`${shop.url}/${shop.organiserSlug}`)
    await expectAccessible(page)
    await context.close()
  })

  it('waits for at most 120 kB of script before choosing tickets', { timeout: 60_000 }, async () => {
    const { page, context } = await phone()
    const sizes: Promise<number>[] = []
    page.on('requestfinished', (request) => {
      if (request.resourceType() === 'script')
        sizes.push(request.sizes().then((size) => size.responseBodySize))
    })
    await page.goto(`${shop.url}/${shop.organiserSlug}/${shop.eventSlug}`, { waitUntil: 'load' })
    await page
      .getByRole('button', { name: /^One more/ })
      .first()
      .waitFor()
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    expect(total).toBeGreaterThan(0)
    expect(total).toBeLessThanOrEqual(120_000)
    await context.close()
  })
})
