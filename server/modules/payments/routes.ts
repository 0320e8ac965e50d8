import { z } from 'zod'
import { asPlatform } from '#platform/database'
import { holderOf, operator, timeAnswer, type App } from '#platform/http'
import { idAnswer, idOf, publicId } from '#platform/ids'
import { enqueue } from '#platform/jobs'
import { requestProblems } from '#platform/problem'
import type { PaymentsDeps } from './desks.ts'
import { listInbox, makeDueAgain, type InboxItem } from './inbox-store.ts'
import { paymentsProblems } from './problems.ts'
import { drainInboxJob, receiveWebhook } from './receive-webhook.ts'

const largestEvent = 256 * 1024

const itemAnswer = z.object({
  id: idAnswer('inb'),
  eventId: z.string(),
  type: z.string(),
  objectId: z.string(),
  source: z.enum(['webhook', 'events-list']),
  outcome: z.enum(['waiting', 'settled', 'no_effect', 'deferred', 'failed']),
  note: z.string().nullable(),
  attempts: z.int(),
  receivedAt: timeAnswer,
  dueAt: timeAnswer.nullable(),
})

export function paymentsRoutes(app: App, deps: PaymentsDeps): void {
  webhookRoute(app, deps)
  app.get(
    '/v1/operator/webhook-inbox',
    {
      schema: {
        summary: 'What the payment provider told us, newest first, and what came of it',
        tags: ['operator'],
        querystring: z.object({
          outcome: itemAnswer.shape.outcome.optional(),
          cursor: idOf('inb').optional(),
          limit: z.coerce.number().int().min(1).max(200).default(50),
        }),
        response: { 200: z.object({ items: z.array(itemAnswer), nextCursor: z.string().nullable() }) },
      },
      config: { access: operator, limit: 'reads' },
    },
    async ({ query: { outcome, cursor, limit } }) => {
      const items = await asPlatform(deps.db, (tx) => listInbox(tx, { outcome, before: cursor, limit }))
      const last = items.length === limit ? items.at(-1) : undefined
      return { items: items.map(describe), nextCursor: last ? publicId('inb', last.id) : null }
    },
  )
  app.post(
    '/v1/operator/webhook-inbox/:inboxId/replay',
    {
      schema: {
        summary: 'Work an event of the payment provider off once more',
        tags: ['operator'],
        params: z.object({ inboxId: idOf('inb') }),
        response: { 202: itemAnswer },
      },
      config: { access: operator, problems: [requestProblems.notFound] },
    },
    async (request, reply) => {
      const item = await asPlatform(deps.db, async (tx) => {
        const again = await makeDueAgain(tx, request.params.inboxId, deps.clock.now())
        if (again) await enqueue(tx, drainInboxJob, {}, { key: drainInboxJob.name })
        return again
      })
      if (!item) throw requestProblems.notFound()
      return reply.status(202).send(describe(item))
    },
  )
}

/** The signature is over the bytes as they were sent, so this route alone reads its body unparsed. */
function webhookRoute(app: App, deps: PaymentsDeps): void {
  void app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: largestEvent }, (_request, body, done) =>
      done(null, body),
    )
    scope.post(
      '/v1/webhooks/stripe',
      {
        bodyLimit: largestEvent,
        schema: {
          summary: 'Take an event of the payment provider, signed with its webhook secret',
          tags: ['Payments'],
          response: { 204: z.null() },
        },
        config: {
          access: holderOf('provider-signature'),
          limit: 'webhooks',
          problems: [paymentsProblems.badSignature, requestProblems.tooLarge],
        },
      },
      async (request, reply) => {
        const signature = request.headers['stripe-signature']
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        await receiveWebhook(deps, body, typeof signature === 'string' ? signature : '')
        return reply.status(204).send(null)
      },
    )
  })
}

function describe(item: InboxItem): z.input<typeof itemAnswer> {
  return {
    id: publicId('inb', item.id),
    eventId: item.eventId,
    type: item.type,
    objectId: item.objectId,
    source: item.source,
    outcome: item.outcome ?? 'waiting',
    note: item.note,
    attempts: item.attempts,
    receivedAt: item.receivedAt.toISOString(),
    dueAt: item.dueAt?.toISOString() ?? null,
  }
}
