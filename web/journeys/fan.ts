import type { Page } from 'playwright-core'
import type { ShopForBrowsers } from '../../server/tests/shop-for-browsers.ts'

/** Opens the event's page and chooses tickets of the first type that can be bought. */
export async function chooseTickets(page: Page, shop: ShopForBrowsers, count: number): Promise<void> {
  await page.goto(`${shop.url}/${shop.organiserSlug}/${shop.eventSlug}`)
  const more = page.getByRole('button', { name: /^One more/ }).first()
  for (let i = 0; i < count; i += 1) await more.click()
}

/** From the basket to a filled checkout. */
export async function goToCheckout(page: Page, email: string): Promise<void> {
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL('**/checkout')
  await page.getByLabel('Name').fill('Ida Holm')
  await page.getByLabel('E-mail').fill(email)
}

/** Accepts what there is to accept and presses the button that leads to the payment page. */
export async function placeOrder(page: Page): Promise<void> {
  await page.getByLabel(/I accept the terms/).check()
  await page.getByLabel(/I have read the refund rules/).check()
  // Twice, as impatient fingers do.
  await page.getByRole('button', { name: /^Pay/ }).dblclick()
  await page.waitForURL(/\/c\/pay\//)
}

/** Pays on the provider's page with the card that is filled in there. */
export async function payOnProvidersPage(page: Page): Promise<void> {
  await page.locator('[name=name]').fill('Ida Holm')
  await page.locator('[name=postal_code]').fill('20457')
  await page.getByRole('button', { name: /^Pay/ }).click()
}

/** The whole way, from the event page to the tickets. */
export async function buyTickets(
  page: Page,
  shop: ShopForBrowsers,
  count: number,
  email: string,
): Promise<void> {
  await chooseTickets(page, shop, count)
  await goToCheckout(page, email)
  await placeOrder(page)
  await payOnProvidersPage(page)
  await page.getByRole('heading', { name: 'You’re in.' }).waitFor({ timeout: 30_000 })
  await page
    .getByRole('img', { name: /^Entry code/ })
    .nth(count - 1)
    .waitFor()
}

type Mail = { id: number; subject: string; text: string; attachments: { filename: string }[] }

/** Waits for a mail to an address whose text fits; the newest one that does. */
export async function waitForMail(
  shop: ShopForBrowsers,
  to: string,
  fits: (mail: Mail) => boolean,
): Promise<Mail> {
  for (let tries = 0; tries < 60; tries += 1) {
    const list = await fetch(`${shop.mailboxUrl}/api/messages?to=${encodeURIComponent(to)}`)
    const { messages } = (await list.json()) as { messages: { id: number }[] }
    for (const { id } of messages) {
      const mail = (await (await fetch(`${shop.mailboxUrl}/api/messages/${id}`)).json()) as Mail
      if (fits(mail)) return mail
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 250)
    })
  }
  throw new Error(`No such mail came to ${to}`)
}
