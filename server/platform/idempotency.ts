import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { asPlatform, withOrg, type Database, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { defineProblems, Problem, type FieldError } from '#platform/problem'

export const idempotencyProblems = defineProblems('idempotency', {
  keyReused: {
    status: 422,
    title: 'This Idempotency-Key was sent before with another request',
    help: 'A key belongs to one request. Take a new one for a new request.',
  },
  inUse: {
    status: 409,
    title: 'A request with this Idempotency-Key is being worked on',
    help: 'Wait as many seconds as Retry-After says, then send the same request again; you get its answer.',
  },
  answerWasSecret: {
    status: 409,
    title: 'This was done, and its answer held a secret that is shown only once',
    help: 'If the first answer never reached you, undo what was made and make it again with a new key.',
  },
  keyMalformed: {
    status: 422,
    title: 'The Idempotency-Key cannot be used',
    help: 'Send 1 to 200 printable ASCII characters, for instance a UUID.',
  },
})

/** For `config.problems` of routes that call `idempotently`. */
export const idempotencyRefusals = Object.values(idempotencyProblems)

export interface Answer<Body> {
  status: number
  body: Body
}

export interface IdempotencyScope {
  /** Whose key it is (`person:...`, `key:...`, `guest:...`): two callers may choose the same text. */
  caller: string
  /** The organisation that the key belongs to; undefined for routes outside of one. */
  orgId: OrgId | undefined
  /** The tenant that the work runs for, where it differs from `orgId` (an organisation that is being made). */
  workFor?: OrgId
  /** True when the answer holds a secret: it is never kept, and repeating is refused with idempotency.answer-was-secret. */
  secret?: boolean
}

type Request = Pick<FastifyRequest, 'method' | 'url' | 'body' | 'headers'>
type Deps = Pick<Platform, 'db' | 'clock'>

const rememberedForMs = 24 * 60 * 60_000
/** An owner that has not answered for so long is dead, unless it still holds its row. */
const takeOverAfterMs = 60_000

/**
 * Does the work once for each `Idempotency-Key` (RFC draft), however often and wherever the request arrives. Key, effect
 * and answer commit together, in the one transaction that `work` gets: it must do nothing but SQL. The same key and body
 * answers the same for 24 hours, refusals included; a 5xx or 429 frees the key. Without the header the work just runs.
 * Refuses with idempotency.key-reused, idempotency.in-use, idempotency.key-malformed, idempotency.answer-was-secret.
 */
export async function idempotently<Body>(
  deps: Deps,
  request: Request,
  scope: IdempotencyScope,
  work: (tx: Tx) => Promise<Answer<Body>>,
): Promise<Answer<Body>> {
  const run = <T>(inside: (tx: Tx) => Promise<T>) => inTransaction(deps.db, scope, inside)
  const key = keyOf(request)
  if (key === undefined) return run(work)
  const claim: Claim = {
    caller: `${scope.caller}@${scope.orgId ?? 'none'}`,
    key,
    hash: hashOf(request),
    owner: uuidv7(),
    now: deps.clock.now(),
  }
  const earlier = await claimKey(deps.db, claim)
  if (earlier) return replay(earlier) as Answer<Body>
  try {
    return await run(async (tx) => {
      await holdKey(tx, claim)
      const answer = await work(tx)
      await keepAnswer(tx, claim, answer.status, scope.secret ? { secret: true } : { body: answer.body })
      return answer
    })
  } catch (error) {
    await afterRefusal(deps.db, claim, error)
    throw error
  }
}

function inTransaction<T>(db: Database, scope: IdempotencyScope, work: (tx: Tx) => Promise<T>): Promise<T> {
  const tenant = scope.workFor ?? scope.orgId
  return tenant === undefined ? asPlatform(db, work) : withOrg(db, tenant, work)
}

interface Claim {
  caller: string
  key: string
  hash: string
  owner: string
  now: Date
}

interface Earlier {
  status: number
  answer: Kept
}

/** What lies in the table. */
type Kept = { body: unknown } | { secret: true } | { problem: unknown }

function keyOf(request: Request): string | undefined {
  const header = request.headers['idempotency-key']
  if (header === undefined) return undefined
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(header))
    throw idempotencyProblems.keyMalformed()
  return header
}

function hashOf(request: Request): string {
  const path = request.url.split('?', 1)[0]
  return createHash('sha256')
    .update(`${request.method} ${path}\n${JSON.stringify(inOrder(request.body ?? null))}`)
    .digest('hex')
}

/** The same body whatever order its fields were sent in. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, inOrder(inner)]),
  )
}

/** Undefined when the key is now ours; else the answer that it got. The claim is on disk before any work begins. */
async function claimKey(db: Database, claim: Claim): Promise<Earlier | undefined> {
  return asPlatform(db, async (tx) => {
    // One whose 24 hours are over counts as never seen.
    await sql`
      delete from platform.idempotency_key
      where caller = ${claim.caller} and key = ${claim.key}
        and claimed_at < ${new Date(claim.now.getTime() - rememberedForMs)}`.execute(tx)
    const inserted = await sql`
      insert into platform.idempotency_key (caller, key, request_hash, owner, claimed_at)
      values (${claim.caller}, ${claim.key}, ${claim.hash}, ${claim.owner}, ${claim.now})
      on conflict (caller, key) do nothing returning 1 as one`.execute(tx)
    if (inserted.rows.length > 0) return undefined
    const { rows } = await sql<{ requestHash: string; status: number | null; answer: Kept }>`
      select request_hash, status, answer from platform.idempotency_key
      where caller = ${claim.caller} and key = ${claim.key}`.execute(tx)
    const row = rows[0]
    // Freed between the two statements: whoever asks next gets it.
    if (!row) throw idempotencyProblems.inUse({ retryAfterSeconds: 1 })
    if (row.requestHash !== claim.hash) throw idempotencyProblems.keyReused()
    if (row.status !== null) return { status: row.status, answer: row.answer }
    if (!(await takeOver(tx, claim))) throw idempotencyProblems.inUse({ retryAfterSeconds: 2 })
    return undefined
  })
}

/**
 * From an owner that died. One that only is slow still holds its row (`holdKey`), and `skip locked` finds nothing: it is
 * left alone however long it takes, for its effect may commit yet.
 */
async function takeOver(tx: Tx, claim: Claim): Promise<boolean> {
  const { rows } = await sql`
    update platform.idempotency_key set owner = ${claim.owner}, claimed_at = ${claim.now}
    where (caller, key) in (
      select caller, key from platform.idempotency_key
      where caller = ${claim.caller} and key = ${claim.key} and status is null
        and claimed_at <= ${new Date(claim.now.getTime() - takeOverAfterMs)}
      for update skip locked)
    returning 1 as one`.execute(tx)
  return rows.length > 0
}

/** Locks the key for as long as the work's transaction lives, and makes sure that it is still ours. */
async function holdKey(tx: Tx, claim: Claim): Promise<void> {
  const { rows } = await sql`
    select 1 as one from platform.idempotency_key
    where caller = ${claim.caller} and key = ${claim.key} and owner = ${claim.owner} and status is null for update`.execute(
    tx,
  )
  if (rows.length === 0) throw idempotencyProblems.inUse({ retryAfterSeconds: 2 })
}

async function keepAnswer(tx: Tx, claim: Claim, status: number, answer: Kept): Promise<void> {
  await sql`
    update platform.idempotency_key set status = ${status}, answer = ${JSON.stringify(answer)}::jsonb
    where caller = ${claim.caller} and key = ${claim.key} and owner = ${claim.owner}`.execute(tx)
}

/** The work was rolled back. A refusal is an answer and is kept; a fault of ours, or "too many", frees the key. */
async function afterRefusal(db: Database, claim: Claim, error: unknown): Promise<void> {
  const refusal = error instanceof Problem && error.status < 500 && error.status !== 429 ? error : undefined
  if (refusal?.code === idempotencyProblems.inUse.code) return
  await asPlatform(db, async (tx) => {
    if (refusal) await keepAnswer(tx, claim, refusal.status, { problem: refusal })
    else {
      await sql`
        delete from platform.idempotency_key
        where caller = ${claim.caller} and key = ${claim.key} and owner = ${claim.owner} and status is null`.execute(
        tx,
      )
    }
    // Where even this fails the key is taken over after a minute; the first error is the one to tell.
  }).catch(() => undefined)
}

function replay({ status, answer }: Earlier): Answer<unknown> {
  if ('secret' in answer) throw idempotencyProblems.answerWasSecret()
  if ('body' in answer) return { status, body: answer.body }
  const {
    code,
    title,
    detail,
    errors,
    status: _status,
    type: _type,
    ...extras
  } = answer.problem as KeptProblem
  throw new Problem(
    { code, title, status, help: '' },
    { ...(detail === undefined ? {} : { detail }), ...(errors === undefined ? {} : { errors }), extras },
  )
}

interface KeptProblem {
  code: string
  title: string
  status: number
  type: string
  detail?: string
  errors?: FieldError[]
}

/** Keys older than 24 hours; for the nightly broom. */
export async function forgetIdempotencyKeys({ db, clock }: Deps): Promise<void> {
  const before = new Date(clock.now().getTime() - rememberedForMs)
  await asPlatform(db, async (tx) => {
    await sql`delete from platform.idempotency_key where claimed_at < ${before}`.execute(tx)
  })
}
