import type { Clock } from '#platform/clock'
import { withOrg, type Database, type Tx } from '#platform/database'
import { createDesk, type Desk } from '#platform/desk'
import type { Events } from '#platform/events'
import { newId, type OrgId } from '#platform/ids'
import { killPoint } from '#platform/kill-point'
import type { Metrics } from '#platform/telemetry'
import { priceBasket, type Basket, type EventForSale } from '#modules/catalog'
import { browserHashOf, readHolds, stateAt, type Hold, type HoldId } from '#modules/holds'
import { confirmOrders } from './confirm-orders.ts'
import { emailKey, orderNumber, type EventId, type Order, type OrderId } from './order.ts'
import * as store from './order-store.ts'
import { ordersProblems } from './problems.ts'

export interface PlaceOrder {
  event: EventForSale
  holdId: HoldId
  browserKey: string
  buyer: { name: string; email: string }
  accept: { termsVersion: number; refundPolicyVersion: number }
  expectedTotal: { amount: number; currency: string }
  locale: 'en' | 'de'
  /** The address from which the terms were accepted. */
  acceptedFrom: string
}

export interface PlacedOrder {
  order: Order
  fresh: boolean
}

export type OrdersDesk = Desk<PlaceOrder, PlacedOrder>

interface Deps {
  db: Database
  clock: Clock
  events: Events
  metrics: Metrics
}

const limits = { batch: 200, line: 5000, patience: 5000 }
/** Unfinished orders that one mail address may have for one event. */
const mostUnfinished = 5

/**
 * Turns holds into orders with frozen prices; a free order is confirmed in the same transaction. One hold becomes one
 * order: asking again with the same content answers the same order. One clerk per event, like the desk for holds.
 * Refuses with orders.hold-ended, orders.already-placed, orders.terms-required, orders.terms-changed,
 * orders.price-changed, orders.limit-per-buyer.
 */
export function createOrdersDesk(deps: Deps): OrdersDesk {
  return createDesk<PlaceOrder, PlacedOrder>({
    ...limits,
    async serve(_key, requests) {
      const [first] = requests
      if (!first) return []
      const { orgId, id } = first.event
      const answers = await withOrg(deps.db, orgId, async (tx) => {
        const placed = await placeBatch(deps, tx, orgId, id, requests)
        killPoint('orders.before-place-commit')
        return placed
      })
      killPoint('orders.placed')
      deps.metrics.count(
        'orders_placed',
        {},
        answers.filter((one) => !(one instanceof Error) && one.fresh).length,
      )
      return answers
    },
  })
}

async function placeBatch(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  requests: readonly PlaceOrder[],
): Promise<(PlacedOrder | Error)[]> {
  const now = deps.clock.now()
  const holdIds = requests.map((request) => request.holdId)
  const holds = new Map((await readHolds(tx, orgId, holdIds)).map((hold) => [hold.id, hold]))
  const existing = new Map(
    (await store.readOrdersOfHolds(tx, orgId, holdIds)).map((order) => [order.holdId, order]),
  )
  const unfinished = await store.countUnfinished(tx, orgId, eventId, [
    ...new Set(requests.map((request) => emailKey(request.buyer.email))),
  ])
  const free = await freeTicketsOf(tx, orgId, eventId, requests)
  const fresh: store.NewOrder[] = []
  const answers = requests.map((request): PlacedOrder | Error => {
    const before = existing.get(request.holdId)
    if (before)
      return sameOrder(before, request)
        ? { order: before, fresh: false }
        : ordersProblems.alreadyPlaced({ field: '/holdId' })
    const hold = holds.get(request.holdId)
    const refusal = refuse(request, hold, now)
    if (refusal || !hold) return refusal ?? ordersProblems.holdEnded()
    const basket = priceBasket(request.event, hold.lines)
    if (basket.total !== request.expectedTotal.amount || basket.currency !== request.expectedTotal.currency) {
      return ordersProblems.priceChanged({
        field: '/expectedTotal',
        extras: { quote: { total: { amount: basket.total, currency: basket.currency } } },
      })
    }
    const key = emailKey(request.buyer.email)
    const open = unfinished.get(key) ?? 0
    if (basket.total > 0 && open >= mostUnfinished)
      return ordersProblems.limitPerBuyer({ field: '/buyer/email' })
    unfinished.set(key, open + 1)
    if (!free.grants(key, request.event, basket.lines))
      return ordersProblems.limitPerBuyer({ field: '/buyer/email' })
    const order = newOrder(request, hold, basket, now)
    fresh.push(order)
    existing.set(hold.id, asOrder(order, orgId))
    return { order: asOrder(order, orgId), fresh: true }
  })
  await store.insertOrders(tx, orgId, fresh)
  return confirmFree(deps, tx, orgId, eventId, fresh, answers)
}

/**
 * Free tickets are counted per buyer and not only per order: what costs nothing is collected by the dozen. A type's most
 * per order is then the most per mail address, over all orders that were not ended.
 */
async function freeTicketsOf(tx: Tx, orgId: OrgId, eventId: EventId, requests: readonly PlaceOrder[]) {
  const keys = [...new Set(requests.map((request) => emailKey(request.buyer.email)))]
  const isFree = requests.some((request) => request.event.ticketTypes.some((type) => type.facePrice === 0))
  const taken = isFree ? await store.countFreeTickets(tx, orgId, eventId, keys) : new Map<string, number>()
  return {
    /** Says whether these may be had, and counts them if so. */
    grants(key: string, event: EventForSale, lines: Basket['lines']): boolean {
      const wanted = lines
        .filter((line) => line.total === 0)
        .map((line) => ({ name: `${key} ${line.ticketTypeId}`, line }))
      const most = (id: string) => event.ticketTypes.find((type) => type.id === id)?.maxPerOrder ?? 0
      if (wanted.some(({ name, line }) => (taken.get(name) ?? 0) + line.quantity > most(line.ticketTypeId)))
        return false
      for (const { name, line } of wanted) taken.set(name, (taken.get(name) ?? 0) + line.quantity)
      return true
    },
  }
}

/** What costs nothing needs no payment: the same confirmation as for the others, at once. */
async function confirmFree(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  fresh: readonly store.NewOrder[],
  answers: (PlacedOrder | Error)[],
) {
  const free = fresh.filter((order) => order.total === 0)
  if (free.length === 0) return answers
  const confirmed = await confirmOrders(
    deps,
    tx,
    orgId,
    eventId,
    free.map((order) => ({ orderId: order.id, payment: null })),
    free.map((order) => asOrder(order, orgId)),
  )
  return answers.map((answer) => {
    if (answer instanceof Error || answer.order.total > 0 || answer.order.state !== 'pending') return answer
    const paid = confirmed.get(answer.order.id)
    return paid ? { order: paid, fresh: answer.fresh } : ordersProblems.holdEnded()
  })
}

function refuse(request: PlaceOrder, hold: Hold | undefined, now: Date): Error | undefined {
  const { event } = request
  if (!hold || hold.eventId !== event.id || hold.browserHash !== browserHashOf(request.browserKey))
    return ordersProblems.holdEnded({ field: '/holdId' })
  if (stateAt(hold, now) !== 'active' || event.state !== 'published')
    return ordersProblems.holdEnded({ field: '/holdId' })
  if (!event.terms || !event.refundPolicy) return ordersProblems.termsRequired()
  if (request.accept.termsVersion !== event.terms.version)
    return ordersProblems.termsChanged({ field: '/accept/termsVersion' })
  if (request.accept.refundPolicyVersion !== event.refundPolicy.version)
    return ordersProblems.termsChanged({ field: '/accept/refundPolicyVersion' })
  return undefined
}

function sameOrder(order: Order, request: PlaceOrder): boolean {
  return (
    order.browserHash === browserHashOf(request.browserKey) &&
    order.buyerName === request.buyer.name &&
    order.buyerEmail === request.buyer.email &&
    order.total === request.expectedTotal.amount
  )
}

function newOrder(request: PlaceOrder, hold: Hold, basket: Basket, now: Date): store.NewOrder {
  const { event } = request
  if (!event.terms || !event.refundPolicy) throw ordersProblems.termsRequired()
  const id = newId<OrderId>()
  return {
    id,
    eventId: event.id,
    holdId: hold.id,
    number: orderNumber(id),
    buyerName: request.buyer.name,
    buyerEmail: request.buyer.email,
    emailKey: emailKey(request.buyer.email),
    browserHash: hold.browserHash,
    locale: request.locale,
    currency: basket.currency,
    subtotal: basket.subtotal,
    fees: basket.fees,
    tax: basket.tax,
    includedTax: basket.includedTax,
    total: basket.total,
    termsId: event.terms.id,
    termsVersion: event.terms.version,
    refundPolicyId: event.refundPolicy.id,
    refundPolicyVersion: event.refundPolicy.version,
    acceptedFrom: request.acceptedFrom,
    createdAt: now,
    lines: basket.lines.map((line, index) => ({
      lineNo: index + 1,
      ticketTypeId: line.ticketTypeId,
      name: line.name,
      quantity: line.quantity,
      admits: event.ticketTypes.find((type) => type.id === line.ticketTypeId)?.admits ?? 1,
      unitPrice: line.unitPrice,
      total: line.total,
      parts: line.parts,
      split: line.split,
    })),
  }
}

function asOrder(
  { emailKey: _key, termsId: _terms, refundPolicyId: _policy, acceptedFrom: _from, ...order }: store.NewOrder,
  orgId: OrgId,
): Order {
  return {
    ...order,
    orgId,
    state: 'pending',
    guestGeneration: 1,
    cancelAskedAt: null,
    paidAt: null,
    notice: null,
  }
}
