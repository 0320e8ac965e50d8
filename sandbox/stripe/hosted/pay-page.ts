import type Stripe from 'stripe'
import { testCards } from '../cards.ts'
import type { TestCard } from '../cards.ts'
import { html } from '../html.ts'
import type { Markup, PageAnswer } from '../html.ts'
import { money } from '../text.ts'
import { countries } from './countries.ts'
import { layout } from './layout.ts'
import type { Fields, Problems } from './pay-form.ts'

/** Fills the number when a test card is chosen, and keeps a second press of the button from paying twice. */
const script = `
const choose = document.getElementById('test-card')
choose?.addEventListener('change', () => {
  const number = document.getElementById('number')
  number.value = choose.value.replace(/(\\d{4})(?=\\d)/g, '$1 ')
  number.removeAttribute('aria-invalid')
})
const form = document.querySelector('form')
form?.addEventListener('submit', () => {
  const button = form.querySelector('button')
  button.disabled = true
  button.textContent = 'Processing…'
})
addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
document.querySelector('[aria-invalid=true]')?.focus()
`

const verbs: Record<string, string> = { book: 'Book', donate: 'Donate', pay: 'Pay', subscribe: 'Subscribe' }

function groupOf(card: TestCard): string {
  if (card.threeDSecure) return '3-D Secure'
  if (card.decline ?? card.refusedAtOnce) return 'Declined'
  if (card.refund ?? card.bypassPending ?? card.risk) return 'Refunds, balance and risk'
  return 'Succeeds'
}

function cardChooser(chosen: string): Markup {
  const digits = chosen.replaceAll(/\D/g, '')
  const groups = [...new Set(testCards.map(groupOf))]
  return html`<div>
    <label for="test-card">Test card</label>
    <select id="test-card">
      ${groups.map(
        (group) =>
          html`<optgroup label="${group}">
            ${testCards
              .filter((card) => groupOf(card) === group)
              .map(
                (card) =>
                  html`<option value="${card.number}" ${card.number === digits ? html`selected` : null}>
                    …${card.number.slice(-4)} ${card.label}
                  </option>`,
              )}
          </optgroup>`,
      )}
    </select>
    <p class="hint">Fills in the number below.</p>
  </div>`
}

interface Input {
  name: string
  label: string
  type?: string
  autocomplete?: string
  inputmode?: string
}

function field(input: Input, fields: Fields, problems: Problems): Markup {
  const { name, label, type = 'text', autocomplete = 'off', inputmode = 'text' } = input
  const problem = problems[name]
  return html`<div>
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      value="${fields[name] ?? ''}"
      autocomplete="${autocomplete}"
      inputmode="${inputmode}"
      ${problem ? html`aria-invalid="true" aria-describedby="${name}-problem"` : null}
    />
    ${problem ? html`<p class="wrong" id="${name}-problem">${problem}</p>` : null}
  </div>`
}

function summary(session: Stripe.Checkout.Session, items: Stripe.LineItem[]): Markup {
  const currency = session.currency ?? 'usd'
  return html`<section class="summary" aria-labelledby="order">
    <h1 id="order" class="soft">Your order</h1>
    <p class="total">${money(session.amount_total ?? 0, currency)}</p>
    <ul class="items">
      ${items.map(
        (item) =>
          html`<li>
            <span
              >${item.description}${(item.quantity ?? 1) > 1 ? html` <span class="soft">× ${item.quantity}</span>` : null}</span
            >
            <span class="amount">${money(item.amount_total, currency)}</span>
          </li>`,
      )}
    </ul>
    <p class="sum">
      <span>Total</span><span class="amount">${money(session.amount_total ?? 0, currency)}</span>
    </p>
    ${session.cancel_url ? html`<a class="back" href="${session.cancel_url}">← Back without paying</a>` : null}
  </section>`
}

function contact(session: Stripe.Checkout.Session, fields: Fields, problems: Problems): Markup {
  const phone = { name: 'phone', label: 'Phone', type: 'tel', autocomplete: 'tel', inputmode: 'tel' }
  const email = { name: 'email', label: 'Email', type: 'email', autocomplete: 'email', inputmode: 'email' }
  return html`<fieldset>
    <legend>Contact</legend>
    ${
      session.customer_email
        ? html`<p><span class="soft">Email</span><br />${session.customer_email}</p>`
        : field(email, fields, problems)
    }
    ${session.phone_number_collection?.enabled ? field(phone, fields, problems) : null}
  </fieldset>`
}

function methodChoice(session: Stripe.Checkout.Session, fields: Fields): Markup | null {
  if (!session.payment_method_types.includes('us_bank_account')) return null
  const bank = fields['method'] === 'us_bank_account'
  return html`<div class="choices">
    <label class="choice">
      <input type="radio" name="method" id="method-card" value="card" ${bank ? null : html`checked`} />
      <span>Card</span>
    </label>
    <label class="choice">
      <input
        type="radio"
        name="method"
        id="method-bank"
        value="us_bank_account"
        ${bank ? html`checked` : null}
      />
      <span>Bank debit<small>Confirmed by the bank days later</small></span>
    </label>
  </div>`
}

function bankFields(fields: Fields): Markup {
  const fails = fields['bank_outcome'] === 'fails'
  return html`<div class="choices bank-only" role="radiogroup" aria-label="What the test bank answers">
    <label class="choice">
      <input type="radio" name="bank_outcome" value="succeeds" ${fails ? null : html`checked`} />
      <span>Succeeds later<small>Test account ending in 6789</small></span>
    </label>
    <label class="choice">
      <input type="radio" name="bank_outcome" value="fails" ${fails ? html`checked` : null} />
      <span>Fails later<small>Test account ending in 1116</small></span>
    </label>
  </div>`
}

function paymentFields(session: Stripe.Checkout.Session, fields: Fields, problems: Problems): Markup {
  const number = { name: 'number', label: 'Card number', autocomplete: 'cc-number', inputmode: 'numeric' }
  const expiry = { name: 'expiry', label: 'Expiry (MM/YY)', autocomplete: 'cc-exp', inputmode: 'numeric' }
  const cvc = { name: 'cvc', label: 'Security code', autocomplete: 'cc-csc', inputmode: 'numeric' }
  const name = { name: 'name', label: 'Name', autocomplete: 'name' }
  const postal = { name: 'postal_code', label: 'Postal code', autocomplete: 'postal-code' }
  return html`<fieldset>
      <legend>Payment</legend>
      ${methodChoice(session, fields)} ${bankFields(fields)}
      <div class="card-only stack">
        ${cardChooser(fields['number'] ?? '')} ${field(number, fields, problems)}
        <div class="row">${field(expiry, fields, problems)} ${field(cvc, fields, problems)}</div>
      </div>
    </fieldset>
    <fieldset>
      <legend>Billing address</legend>
      ${field(name, fields, problems)}
      <div class="row wide-first">
        <div>
          <label for="country">Country</label>
          <select id="country" name="country" autocomplete="country">
            ${countries.map(
              ({ code, name: label }) =>
                html`<option value="${code}" ${code === fields['country'] ? html`selected` : null}>
                  ${label}
                </option>`,
            )}
          </select>
        </div>
        ${field(postal, fields, problems)}
      </div>
    </fieldset>`
}

/** The page on which a buyer pays an open session. */
export function payPage(
  session: Stripe.Checkout.Session,
  items: Stripe.LineItem[],
  fields: Fields,
  problems: Problems = {},
): PageAnswer {
  const free = session.amount_total === 0
  const wrong = Object.keys(problems).length > 0
  const verb = verbs[session.submit_type ?? 'pay'] ?? 'Pay'
  const total = money(session.amount_total ?? 0, session.currency ?? 'usd')
  const terms = session.consent_collection?.terms_of_service === 'required'
  const content = html`<main class="shell pay">
    ${summary(session, items)}
    <form class="panel" method="post" action="/c/pay/${session.id}" novalidate>
      ${
        wrong
          ? html`<p class="alert" role="alert">${problems['form'] ?? 'Please check the marked fields.'}</p>`
          : null
      }
      ${contact(session, fields, problems)} ${free ? null : paymentFields(session, fields, problems)}
      ${
        terms
          ? html`<div>
              <label class="choice">
                <input
                  type="checkbox"
                  name="terms"
                  value="accepted"
                  ${fields['terms'] ? html`checked` : null}
                />
                <span
                  >${session.custom_text.terms_of_service_acceptance?.message ?? 'I accept the terms of service.'}</span
                >
              </label>
              ${problems['terms'] ? html`<p class="wrong">${problems['terms']}</p>` : null}
            </div>`
          : null
      }
      <div>
        <button type="submit">${free ? 'Complete order' : `${verb} ${total}`}</button>
        ${session.custom_text.submit ? html`<p class="hint">${session.custom_text.submit.message}</p>` : null}
      </div>
    </form>
  </main>`
  return layout(`${verb} ${total}`, content, { script })
}
