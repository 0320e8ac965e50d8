import type Stripe from 'stripe'
import { html } from '../html.ts'
import type { PageAnswer } from '../html.ts'
import { money } from '../text.ts'
import { layout } from './layout.ts'

/** The page of the buyer's bank, on which a payment is confirmed or refused. */
export function challengePage(intent: Stripe.PaymentIntent): PageAnswer {
  const amount = money(intent.amount, intent.currency)
  return layout(
    'Confirm your payment',
    html`<main class="shell narrow">
      <form class="panel" method="post" action="/challenge/${intent.id}">
        <div class="stack">
          <p class="soft">3-D Secure test page of your bank</p>
          <h1>Confirm a payment of ${amount}</h1>
          <p class="soft">
            A real bank would ask for a code or for your app. Here you choose what happens next.
          </p>
        </div>
        <div class="stack">
          <button type="submit" name="outcome" value="pass">Complete</button>
          <button type="submit" name="outcome" value="fail" class="quiet">Fail</button>
        </div>
      </form>
    </main>`,
  )
}
