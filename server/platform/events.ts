import { sql } from 'kysely'
import type { z } from 'zod'
import { asPlatform, type Database, type Tx } from '#platform/database'
import { newId, type Id, type OrgId } from '#platform/ids'
import { defineJob, enqueue, enqueueMany, type JobKind } from '#platform/jobs'
import { killPoint } from '#platform/kill-point'

/** A fact in the past tense, with everything that a listener needs (ids, never secrets or personal data). */
export interface EventKind<Payload> {
  readonly name: string
  readonly version: number
  readonly payload: z.ZodType<Payload>
}

export function defineEvent<Payload>(
  name: string,
  version: number,
  payload: z.ZodType<Payload>,
): EventKind<Payload> {
  return { name, version, payload }
}

/** In the transaction of the fact: both happen, or neither. Facts come as a list, because desks announce many at once. */
export interface WithinReaction<Deps> {
  readonly kind: 'within'
  readonly event: EventKind<unknown>
  run(deps: Deps, tx: Tx, orgId: OrgId, facts: readonly unknown[]): Promise<void>
}

/** As a job of its own, retried on its own. */
export interface WhenReaction<Deps> {
  readonly kind: 'when'
  readonly event: EventKind<unknown>
  readonly job: JobKind<ReactionPayload>
  run(deps: Deps, orgId: OrgId, fact: unknown): Promise<void>
}

export type Reaction<Deps> = WithinReaction<Deps> | WhenReaction<Deps>

interface ReactionPayload {
  orgId: string
  eventId: string
  fact: unknown
}

export function within<Deps, Payload>(
  event: EventKind<Payload>,
  operation: (deps: Deps, tx: Tx, orgId: OrgId, facts: readonly Payload[]) => Promise<void>,
): WithinReaction<Deps> {
  return {
    kind: 'within',
    event,
    run: (deps, tx, orgId, facts) => operation(deps, tx, orgId, facts as Payload[]),
  }
}

export function when<Deps, Payload>(
  event: EventKind<Payload>,
  jobName: string,
  operation: (deps: Deps, orgId: OrgId, fact: Payload) => Promise<void>,
): WhenReaction<Deps> {
  return {
    kind: 'when',
    event,
    job: defineJob<ReactionPayload>(jobName),
    run: (deps, orgId, fact) => operation(deps, orgId, event.payload.parse(fact)),
  }
}

export interface Events {
  /** Writes the facts down and runs what belongs to the same transaction. One statement for the whole list. */
  emit<Payload>(tx: Tx, orgId: OrgId, event: EventKind<Payload>, facts: readonly Payload[]): Promise<void>
}

export const drainOutboxJob = defineJob<Record<string, never>>('platform.drain-outbox')

export function createEvents<Deps>(reactions: readonly Reaction<Deps>[], deps: () => Deps): Events {
  return {
    async emit(tx, orgId, event, facts) {
      if (facts.length === 0) return
      const ids = facts.map(() => newId<Id<'evn'>>())
      await sql`
        insert into platform.outbox (org_id, id, name, version, payload)
        select ${orgId}::uuid, o.id, ${event.name}, ${event.version}, o.payload
        from unnest(${ids}::uuid[], ${facts.map((fact) => JSON.stringify(fact))}::jsonb[]) as o(id, payload)`.execute(
        tx,
      )
      for (const reaction of reactions) {
        if (reaction.kind === 'within' && reaction.event.name === event.name)
          await reaction.run(deps(), tx, orgId, facts)
      }
      // One wake-up for the whole list: a notification for each fact would queue up every commit in the database.
      if (reactions.some((reaction) => reaction.kind === 'when' && reaction.event.name === event.name)) {
        await enqueue(tx, drainOutboxJob, {}, { key: 'platform.drain-outbox' })
      }
    },
  }
}

const batch = 200

/** Turns facts that wait in the outbox into one job per reaction. Returns how many facts were dispatched. */
export async function drainOutbox<Deps>(db: Database, reactions: readonly Reaction<Deps>[]): Promise<number> {
  const listeners = reactions.filter((reaction) => reaction.kind === 'when')
  let total = 0
  for (;;) {
    const dispatched = await asPlatform(db, async (tx) => {
      const { rows } = await sql<{ orgId: string; id: string; name: string; payload: unknown }>`
        update platform.outbox set dispatched_at = clock_timestamp()
        where (org_id, id) in (
          select org_id, id from platform.outbox where dispatched_at is null order by id limit ${batch} for update skip locked)
        returning org_id, id, name, payload`.execute(tx)
      await enqueueMany(
        tx,
        rows.flatMap((row) =>
          listeners
            .filter((listener) => listener.event.name === row.name)
            .map((listener) => ({
              kind: listener.job,
              payload: { orgId: row.orgId, eventId: row.id, fact: row.payload },
              key: `${listener.job.name}:${row.id}`,
            })),
        ),
      )
      return rows.length
    })
    killPoint('platform.outbox-dispatched')
    total += dispatched
    if (dispatched < batch) return total
  }
}
