import { createClock } from '#platform/clock'
import { createKeys } from '#platform/crypto'
import { openDatabase, withOrg } from '#platform/database'
import { createEvents, drainOutbox, drainOutboxJob } from '#platform/events'
import { createHttp, type App } from '#platform/http'
import type { OrgId } from '#platform/ids'
import { handles, type JobHandler, type Schedule } from '#platform/jobs'
import { listenForMessages, type Messages } from '#platform/messages'
import { forgetIdempotencyKeys, idempotencyProblems } from '#platform/idempotency'
import type { Platform } from '#platform/platform'
import { authProblems, requestProblems, serverProblems, type ProblemKind } from '#platform/problem'
import { machineProblems } from '#platform/state-machine'
import { refuseBypass, verifyMasterKey } from '#platform/prepare-database'
import { createLimiter } from '#platform/rate-limit'
import { createMetrics, type Logger } from '#platform/telemetry'
import { admissionProblems, admissionRoutes } from '#modules/admission'
import {
  catalogProblems,
  catalogRoutes,
  readEventForSale,
  type EventForSale,
  type EventId,
} from '#modules/catalog'
import {
  createHoldsDesk,
  createLiveAvailability,
  everyTypeHasPlaces,
  holdsProblems,
  holdsRoutes,
  holdsSchedules,
} from '#modules/holds'
import { createIdentity, identityProblems, identitySchedules, platformOrgId } from '#modules/identity'
import { ledgerProblems, ledgerRoutes, ledgerSchedules } from '#modules/ledger'
import {
  createOrdersDesk,
  ordersProblems,
  ordersRoutes,
  ordersSchedules,
  readOrders,
  emailKey,
  findOrdersOf,
  guestLink,
  orderOfGuest,
  staffOrdersRoutes,
  type OrderId,
} from '#modules/orders'
import {
  createStripeProvider,
  openPayments,
  paymentsHandlers,
  paymentsProblems,
  paymentsRoutes,
  paymentsSchedules,
  readPayments,
  settlePayment,
  type PaymentProvider,
  type PaymentsDeps,
} from '#modules/payments'
import {
  createSmtpTransport,
  notificationsHandlers,
  notificationsProblems,
  notificationsRoutes,
  notificationsSchedules,
  type NotificationsDeps,
} from '#modules/notifications'
import {
  createHealth,
  operationsProblems,
  operationsRoutes,
  operationsSchedules,
  type Health,
} from '#modules/operations'
import { createShop, shopProblems, shopRoutes, type Shop } from '#modules/shop'
import { ticketsProblems, ticketsRoutes, ticketViews, type EnsureDeps } from '#modules/tickets'
import type { Config } from './config.ts'
import { reactions } from './reactions.ts'
import { referenceRoutes } from './reference.ts'
import { webRoutes, type WebApps } from './web-apps.ts'

/** Everything that operations of any module ask for by name. */
export type Deps = Platform &
  PaymentsDeps &
  NotificationsDeps &
  EnsureDeps & { health: () => Promise<Health> }

export interface Tessera {
  readonly http: App
  readonly deps: Deps
  readonly handlers: readonly JobHandler[]
  readonly schedules: readonly Schedule[]
  /** Closes what was opened here; the HTTP server first, so that everybody who waits is answered. */
  close(): Promise<void>
}

export interface TesseraOptions {
  config: Config
  /** The application's role. */
  databaseUrl: string
  log: Logger
  webApps?: WebApps | undefined
  /** Another provider than the one that the settings name. */
  provider?: PaymentProvider
  /** True once the process was asked to end, so that load balancers send nobody any more. */
  stopping?: () => boolean
}

/** Wires every module, and is the only place that knows them all. Listens to nothing yet. */
export async function createTessera(options: TesseraOptions): Promise<Tessera> {
  const { config, log } = options
  const db = openDatabase({
    url: options.databaseUrl,
    size: config.database.poolSize,
    applicationName: 'tessera',
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  })
  const keys = createKeys(config.masterKeys)
  await refuseBypass(db)
  await verifyMasterKey(db, keys)
  const messages = await listenForMessages(options.databaseUrl, log)
  const platform: Platform = {
    db,
    clock: await createClock(db.pool, { movable: config.mode !== 'production' }),
    log,
    metrics: createMetrics(),
    keys,
    events: createEvents<Deps>(reactions, () => deps),
    publicUrl: config.publicUrl,
    testMode: config.testMode,
  }
  const payments = openPayments(platform, {
    provider: options.provider ?? createStripeProvider(config.stripe, platform),
    callsPerSecond: config.stripe.callsPerSecond,
    webhookSecrets: [config.stripe.webhookSecret],
  })
  const mail = createSmtpTransport({ url: config.mail.smtpUrl })
  const deps: Deps = {
    ...platform,
    ...payments,
    mail,
    mailFrom: config.mail.from,
    platformOrgId,
    readOrders,
    readEvent: readEventForSale,
    guestLink: (order) => guestLink(platform, order),
    findOrdersOf: (key, most) => findOrdersOf(db, key, most),
    emailKey,
    settleOrder: (orgId, orderId) => settleOrder(deps, orgId, orderId),
    health: createHealth({
      db,
      log,
      probes: { provider: () => probeProvider(deps), mail: () => mail.probe() },
    }),
  }
  const parts = await wire(options, deps, messages)
  return {
    http: parts.http,
    deps,
    handlers: parts.handlers,
    schedules: parts.schedules,
    async close() {
      await parts.http.close()
      await parts.close()
      await payments.payments.close()
      mail.close()
      await messages.close()
      await db.close()
    },
  }
}

/** What the routes of one process share: desks, caches, who is calling. */
async function wire({ config, webApps, stopping }: TesseraOptions, deps: Deps, messages: Messages) {
  const { db, clock } = deps
  const limiter = createLimiter(config.limits)
  const identity = await createIdentity({ ...deps, limiter, sessionSecret: config.sessionSecret })
  const http = await createHttp({
    log: deps.log,
    metrics: deps.metrics,
    limiter,
    authenticate: identity.authenticate,
    trustedProxies: config.trustedProxies,
    publicUrl: config.publicUrl,
  })
  const availability = createLiveAvailability({ db, clock }, messages)
  const shop = createShop({ ...deps, messages, availability })
  const { eventForSale } = shop
  const holdsDesk = createHoldsDesk({ db, clock, metrics: deps.metrics, stockMoved: availability.moved })
  const ordersDesk = createOrdersDesk(deps)
  const guests = { ...deps, orderOfGuest: (id: OrderId, token: string) => orderOfGuest(deps, id, token) }
  const eventOfOrder = (orgId: OrgId, eventId: EventId) => eventOf(deps, shop, orgId, eventId)

  operationsRoutes(http, {
    ...deps,
    authenticate: identity.authenticate,
    metricsToken: config.metricsToken,
    stopping: stopping ?? (() => false),
  })
  identity.routes(http)
  catalogRoutes(http, { ...deps, publishChecks: [everyTypeHasPlaces] })
  holdsRoutes(http, { db, clock, desk: holdsDesk, availability, eventForSale })
  shopRoutes(http, shop)
  ledgerRoutes(http, deps)
  paymentsRoutes(http, deps)
  ordersRoutes(http, {
    ...deps,
    desk: ordersDesk,
    eventForSale,
    eventOfOrder,
    ticketsOf: (order) => ticketViews(deps, order.orgId, order.id),
  })
  staffOrdersRoutes(http, deps)
  ticketsRoutes(http, guests)
  admissionRoutes(http, deps)
  notificationsRoutes(http, guests)
  await referenceRoutes(http)
  if (webApps) await webRoutes(http, { apps: webApps, renderPage: shop.renderPage })
  return {
    http,
    handlers: handlersOf(deps),
    schedules: schedulesOf(deps),
    async close() {
      await holdsDesk.close()
      await ordersDesk.close()
      shop.close()
    },
  }
}

/** Any event of a tenant: from memory while it is public, else read. */
async function eventOf(deps: Deps, shop: Shop, orgId: OrgId, eventId: EventId): Promise<EventForSale> {
  const known = await shop.eventForSale(eventId)
  if (known?.orgId === orgId) return known
  const read = await withOrg(deps.db, orgId, (tx) => readEventForSale(tx, orgId, eventId))
  if (!read) throw new Error(`event ${eventId} of an order cannot be read`)
  return read
}

async function probeProvider({ provider }: Deps): Promise<void> {
  const answer = await provider.probe()
  if (answer.outcome !== 'ok') throw new Error(`the payment provider: ${answer.outcome}`)
}

/** Asks the provider what became of an order's payments, and writes the answer down. */
async function settleOrder(deps: Deps, orgId: OrgId, orderId: OrderId): Promise<void> {
  const payments = await withOrg(deps.db, orgId, (tx) => readPayments(tx, orgId, [orderId]))
  for (const payment of payments) await settlePayment(deps, orgId, payment.id, 'asked')
}

function handlersOf(deps: Deps): JobHandler[] {
  const followUps = reactions.flatMap((reaction) =>
    reaction.kind === 'when'
      ? [handles(reaction.job, ({ orgId, fact }) => reaction.run(deps, orgId as OrgId, fact))]
      : [],
  )
  const drain = handles(drainOutboxJob, async () => void (await drainOutbox(deps.db, reactions)))
  return [drain, ...followUps, ...paymentsHandlers(deps), ...notificationsHandlers(deps)]
}

function schedulesOf(deps: Deps): Schedule[] {
  return [
    // The wake-up is only a hint: whatever waits in the outbox is found within a minute.
    {
      name: 'platform.drain-outbox',
      cron: '* * * * *',
      run: async () => void (await drainOutbox(deps.db, reactions)),
    },
    {
      name: 'platform.forget-idempotency-keys',
      cron: '41 3 * * *',
      run: () => forgetIdempotencyKeys(deps),
    },
    { name: 'platform.sync-clock', cron: '* * * * *', run: () => deps.clock.sync() },
    ...identitySchedules(deps),
    ...ledgerSchedules(deps),
    ...holdsSchedules(deps),
    ...paymentsSchedules(deps),
    ...ordersSchedules(deps),
    ...notificationsSchedules(deps),
    ...operationsSchedules(deps),
  ]
}

/** Every refusal that a route can give. */
export function problemCatalogue(): ProblemKind[] {
  const areas = [
    requestProblems,
    serverProblems,
    authProblems,
    machineProblems,
    idempotencyProblems,
    identityProblems,
    catalogProblems,
    shopProblems,
    ledgerProblems,
    holdsProblems,
    paymentsProblems,
    ordersProblems,
    ticketsProblems,
    admissionProblems,
    notificationsProblems,
    operationsProblems,
  ]
  return areas.flatMap((area) => Object.values(area as Record<string, ProblemKind>))
}
