import { startMailSandbox, type MailSandbox, type Message } from '@tessera/sandbox-mail'
import { startStripeSandbox, type StripeSandbox, type StripeSandboxOptions } from '@tessera/sandbox-stripe'
import pg from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { withOrg } from '#platform/database'
import { drainOutbox } from '#platform/events'
import { newId, type Id, type OrgId } from '#platform/ids'
import { runDueJobs } from '#platform/jobs'
import { createLogger } from '#platform/telemetry'
import { readEventForSale, type EventForSale } from '#modules/catalog'
import { createTessera, type Tessera, type TesseraOptions } from '../app.ts'
import { machines } from '../machines.ts'
import { reactions } from '../reactions.ts'
import { sellEvent, type EventFixture, type SellingEvent } from './event-fixture.ts'
import { asApplicationUrl, cloneDatabase } from './harness.ts'
import { Buyer, Steward } from './people.ts'
import { demandPromisesKept } from './promises-kept.ts'
import { testConfig, testKeys, type TestConfigOptions } from './test-config.ts'

export type { Answer, Buyer } from './people.ts'
export { noLimits, testKeys } from './test-config.ts'

export interface WorldOptions extends TestConfigOptions {
  sandbox?: Partial<StripeSandboxOptions>
  webApps?: TesseraOptions['webApps']
  /** What is logged from there on is kept in `world.logged`. */
  logLevel?: string
}

/** The whole product on a database of its own, with the payment sandbox and a mailbox, reached over HTTP like everybody else. */
export class World {
  readonly stripe: StripeSandbox
  readonly mail: MailSandbox
  readonly ownerUrl: string
  tessera: Tessera
  url = ''
  #begun = new Date(0)
  /** Lines of the server's log, from level `error` on unless the world was opened with another. */
  readonly logged: string[]
  /** Findings of the end of a story, and rules of alerts, that this story is about and that are therefore no surprise. */
  readonly expected = new Set<string>()
  readonly #options: TesseraOptions
  readonly #drop: () => Promise<void>
  readonly #owner: pg.Pool

  private constructor(parts: {
    stripe: StripeSandbox
    mail: MailSandbox
    ownerUrl: string
    drop: () => Promise<void>
    tessera: Tessera
    options: TesseraOptions
    logged: string[]
  }) {
    this.stripe = parts.stripe
    this.mail = parts.mail
    this.ownerUrl = parts.ownerUrl
    this.tessera = parts.tessera
    this.#options = parts.options
    this.#drop = parts.drop
    this.logged = parts.logged
    this.#owner = new pg.Pool({ connectionString: parts.ownerUrl, max: 3 })
    this.#owner.on('error', () => undefined)
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const { ownerUrl, drop } = await cloneDatabase({ machines })
    const mail = await startMailSandbox()
    let tessera: Tessera | undefined
    const stripe = await startStripeSandbox({
      clock: () => tessera?.deps.clock.now() ?? new Date(),
      apiKey: testKeys.secretKey,
      ...options.sandbox,
    })
    const logged: string[] = []
    const created: TesseraOptions = {
      config: testConfig(options, {
        databaseUrl: asApplicationUrl(ownerUrl),
        stripe: stripe.url,
        smtpPort: mail.smtpPort,
      }),
      databaseUrl: asApplicationUrl(ownerUrl),
      log: createLogger({
        level: process.env['TEST_LOG'] ?? options.logLevel ?? 'error',
        pretty: false,
        destination: {
          write: (line) => {
            logged.push(line)
            if (process.env['TEST_LOG']) process.stderr.write(line)
          },
        },
      }),
      webApps: options.webApps,
    }
    tessera = await createTessera(created)
    const world = new World({ stripe, mail, ownerUrl, drop, tessera, options: created, logged })
    await world.listen(options.port ?? 0)
    return world
  }

  async listen(port: number): Promise<void> {
    this.url = await this.tessera.http.listen({ host: '127.0.0.1', port })
    this.stripe.setWebhook({ url: `${this.url}/v1/webhooks/stripe`, secret: testKeys.webhookSecret })
  }

  /** The server stops and a new one starts on the same database, as after a deployment. */
  async restarts(): Promise<void> {
    await this.tessera.close()
    this.tessera = await createTessera(this.#options)
    await this.listen(0)
  }

  /** What happened before belongs to another story. */
  begins(): void {
    this.#begun = this.now()
    this.expected.clear()
    this.logged.length = 0
  }

  /** For what somebody was called since the story began, other than by what watches the machinery itself. */
  alerts(): Promise<{ rule: string; data: Record<string, unknown> }[]> {
    return this.asOwner(
      `select rule, data from operations.alert where raised_at >= $1 and rule not like 'operations.%' order by id`,
      [this.#begun],
    )
  }

  now(): Date {
    return this.tessera.deps.clock.now()
  }

  /** Moves time for everybody: database, server, provider. Nothing that falls due is run by it. */
  async passes(span: { minutes?: number; hours?: number; days?: number }): Promise<void> {
    const minutes = (span.minutes ?? 0) + (span.hours ?? 0) * 60 + (span.days ?? 0) * 1440
    await this.tessera.deps.clock.advance(minutes * 60_000)
  }

  /** One tick of every schedule: what is due by the clock is found. */
  async ticks(): Promise<void> {
    for (const schedule of this.tessera.schedules) await schedule.run()
  }

  /** Delivers webhooks and works off the outbox, the jobs and the mail that is due until all is quiet. */
  async settles(): Promise<void> {
    const { deps, handlers } = this.tessera
    for (let round = 0; round < 12; round += 1) {
      const delivered = await this.stripe.deliverDue()
      const dispatched = await drainOutbox(deps.db, reactions)
      const { jobs, mails } = await this.#due()
      if (jobs > 0)
        await runDueJobs({ url: this.#options.databaseUrl, handlers, schedules: [], log: deps.log })
      // Mail wakes its senders after the commit, and nobody waits for that; so whatever is due is sent here.
      else if (mails > 0) await this.#run('notifications.send-due')
      if (delivered + dispatched + jobs + mails === 0) return
    }
  }

  async #due(): Promise<{ jobs: number; mails: number }> {
    const [row] = await this.asOwner<{ jobs: number; mails: number }>(
      `select (select count(*)::integer from graphile_worker.jobs
                where run_at <= now() and locked_at is null and attempts < max_attempts) as jobs,
              (select count(*)::integer from notifications.message m where state = 'queued' and next_attempt_at <= $1
                and not exists (select from notifications.message e where e.org_id = m.org_id and e.order_id = m.order_id
                  and e.position < m.position and e.state in ('queued', 'sending'))) as mails`,
      [this.now()],
    )
    return row ?? { jobs: 0, mails: 0 }
  }

  async #run(name: string): Promise<void> {
    await this.tessera.schedules.find((schedule) => schedule.name === name)?.run()
  }

  /**
   * Whatever was made to go wrong is well again, and time goes on until everything that can end has ended: windows,
   * sessions at the provider, banks that take days, mails that are tried again.
   */
  async comesToRest(): Promise<void> {
    this.stripe.faults.disarm()
    await this.mail.accept()
    for (const span of [{ minutes: 16 }, { minutes: 40 }, { days: 5 }, { hours: 1 }]) {
      await this.passes(span)
      await this.settles()
      await this.ticks()
      await this.settles()
    }
  }

  /**
   * Nobody hears from the provider until long after the sessions' own end, and we stop waiting for its word; yet the
   * buyer's payment reached it in time. The provider stays away until `stripe.faults.disarm()`.
   */
  async gaveUpOnTheProvider({ payingMeanwhile }: { payingMeanwhile: Buyer }): Promise<void> {
    this.expected.add('payments.payment-stuck')
    this.providerIsAway()
    await this.passes({ minutes: 16 })
    await this.ticks()
    await payingMeanwhile.paysOnPage()
    await this.passes({ minutes: 21 })
    await this.ticks()
  }

  /** The provider answers nothing but errors, and none of its webhooks arrives, until `stripe.faults.disarm()`. */
  providerIsAway(): void {
    this.stripe.faults.arm({ kind: 'bare_error', path: '/v1/**', count: 100_000 })
    this.stripe.faults.arm({ kind: 'webhook.drop', event: '*', count: 100_000 })
  }

  /** Runs SQL past row-level security: for looking, and for arranging what no route can. */
  async asOwner<Row extends pg.QueryResultRow = Record<string, unknown>>(
    sql: string,
    values: unknown[] = [],
  ): Promise<Row[]> {
    return (await this.#owner.query<Row>(sql, values)).rows
  }

  /** An organisation with a published event and stock. */
  async sells(fixture: EventFixture = {}): Promise<SellingEvent> {
    return sellEvent(
      {
        asOwner: (sql, values) => this.asOwner(sql, values),
        clock: this.tessera.deps.clock,
        db: this.tessera.deps.db,
      },
      fixture,
    )
  }

  async readEvent(orgId: OrgId, eventId: Id<'evt'>): Promise<EventForSale | undefined> {
    return withOrg(this.tessera.deps.db, orgId, (tx) => readEventForSale(tx, orgId, eventId))
  }

  buyer(name: string): Buyer {
    return new Buyer(this, name)
  }

  /** Somebody with a phone at the door, signed in, who may scan for this event's organisation. */
  async steward(show: SellingEvent, role = 'door'): Promise<Steward> {
    const name = `steward-${newId()}`
    const response = await fetch(`${this.url}/v1/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.tessera.deps.publicUrl },
      body: JSON.stringify({ name, email: `${name}@example.com`, password: 'correct horse battery' }),
    })
    if (!response.ok) throw new Error(`signing up answered ${response.status}: ${await response.text()}`)
    const cookie = response.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
    await this.asOwner(
      `insert into identity.membership (org_id, person_id, role) select $1, id, $2 from identity.person where email = $3`,
      [show.orgId, role, `${name}@example.com`],
    )
    return new Steward(this, show, cookie)
  }

  mailsTo(address: string): Message[] {
    return this.mail.messages({ to: address })
  }

  async close(): Promise<void> {
    await this.tessera.close()
    await this.stripe.close()
    await this.mail.close()
    await this.#owner.end()
    await this.#drop()
  }
}

/** What a story is: a promise to a person, and how it is seen to be kept. */
export type Story = (promise: string, tell: (world: World) => Promise<void>) => void

/** A test that names a promise to a person, in a world of its own. */
export function story(
  promise: string,
  tell: (world: World) => Promise<void>,
  options: WorldOptions = {},
): void {
  it(promise, { timeout: 60_000 }, async () => {
    const world = await World.open(options)
    try {
      await tellTo(world, tell)
    } finally {
      await world.close()
    }
  })
}

/** Stories one after the other in one world, each with an event and people of its own: a world takes longer than a story. */
export function stories(about: string, tell: (story: Story) => void, options: WorldOptions = {}): void {
  describe(about, () => {
    let world: World | undefined
    beforeAll(async () => {
      world = await World.open(options)
    })
    afterAll(() => world?.close())
    tell((promise, one) => {
      it(promise, { timeout: 60_000 }, async () => {
        if (!world) throw new Error('there is no world')
        await tellTo(world, one)
      })
    })
  })
}

/** Tells a story and then, whatever happened in it, lets the world come to rest and demands what is always promised. */
async function tellTo(world: World, tell: (world: World) => Promise<void>): Promise<void> {
  world.begins()
  try {
    await tell(world)
  } catch (error) {
    // The next story of this world must not suffer from what was left half done.
    await world.comesToRest().catch(() => undefined)
    throw error
  }
  await world.comesToRest()
  await demandPromisesKept(world)
}
