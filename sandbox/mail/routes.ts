import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults, Refusal } from './faults.ts'
import type { MailboxStore, MessageFilter } from './mailbox.ts'
import { readAttachment } from './message.ts'
import type { Message } from './message.ts'

export type Deps = {
  mailbox: MailboxStore
  faults: Faults
  refuse: (refusal: Refusal) => Promise<void>
  accept: () => Promise<void>
  smtpAddress: () => string
}

const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** A mail may show its own pictures and styles; it runs no script, loads nothing from elsewhere and sends no form. */
const mailPolicy =
  "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"

const integer = { type: 'integer', minimum: 0 }
const oneMessage = { params: { type: 'object', properties: { id: integer, index: integer } } }
type OneMessage = { Params: { id: number; index: number } }

/** The mailbox page, its API, and the switches for refusals. */
export function registerRoutes(app: FastifyInstance, deps: Deps): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
  })
  app.setErrorHandler((error, _request, reply) => {
    const isNonsense = error instanceof RangeError
    const status = isNonsense ? 400 : ((error as { statusCode?: number }).statusCode ?? 500)
    return reply.code(status).send({ error: (error as Error).message })
  })
  registerPage(app)
  registerMessages(app, deps)
  registerContents(app, deps)
  registerStream(app, deps)
  registerSandbox(app, deps)
}

function registerPage(app: FastifyInstance): void {
  const files = [
    ['/', 'mailbox.html', 'text/html; charset=utf-8'],
    ['/mailbox.css', 'mailbox.css', 'text/css; charset=utf-8'],
    ['/mailbox.js', 'mailbox.js', 'text/javascript; charset=utf-8'],
    ['/mailbox.svg', 'mailbox.svg', 'image/svg+xml'],
  ] as const
  for (const [path, file, type] of files) {
    const content = readFileSync(new URL(`page/${file}`, import.meta.url), 'utf8')
    app.get(path, (_request, reply) =>
      reply.header('content-security-policy', pagePolicy).type(type).send(content),
    )
  }
}

function registerMessages(app: FastifyInstance, { mailbox }: Deps): void {
  const querystring = {
    type: 'object',
    properties: {
      to: { type: 'string' },
      search: { type: 'string' },
      before: integer,
      limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
    },
  }
  type Query = { Querystring: MessageFilter & { before?: number; limit: number } }
  app.get<Query>('/api/messages', { schema: { querystring } }, (request) => {
    const { before, limit, ...filter } = request.query
    const found = mailbox.list(filter)
    const older = before === undefined ? found : found.filter((message) => message.id < before)
    return { total: found.length, messages: older.slice(-limit).toReversed().map(summary) }
  })
  app.get<OneMessage>('/api/messages/:id', { schema: oneMessage }, (request, reply) =>
    whereThere(mailbox, request, reply, ({ message }) => message),
  )
  app.delete('/api/messages', (_request, reply) => {
    mailbox.clear()
    return reply.code(204).send()
  })
  app.delete<OneMessage>('/api/messages/:id', { schema: oneMessage }, (request, reply) =>
    mailbox.remove(request.params.id) ? reply.code(204).send() : notThere(reply),
  )
}

function registerContents(app: FastifyInstance, { mailbox }: Deps): void {
  app.get<OneMessage>('/api/messages/:id/html', { schema: oneMessage }, (request, reply) =>
    whereThere(mailbox, request, reply, ({ message }) =>
      message.html === undefined
        ? notThere(reply)
        : reply
            .header('content-security-policy', mailPolicy)
            .type('text/html; charset=utf-8')
            .send(readable(message, message.html)),
    ),
  )
  app.get<OneMessage>('/api/messages/:id/raw', { schema: oneMessage }, (request, reply) =>
    whereThere(mailbox, request, reply, ({ raw }) => reply.type('text/plain; charset=utf-8').send(raw)),
  )
  app.get<OneMessage>('/api/messages/:id/attachments/:index', { schema: oneMessage }, (request, reply) =>
    whereThere(mailbox, request, reply, async ({ message, raw }) => {
      const info = message.attachments[request.params.index]
      const content = info === undefined ? undefined : await readAttachment(raw, info.index)
      if (info === undefined || content === undefined) return notThere(reply)
      const name = encodeURIComponent(info.filename).replace(
        /['()*]/g,
        (sign) => `%${sign.charCodeAt(0).toString(16)}`,
      )
      return reply
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('content-disposition', `attachment; filename*=UTF-8''${name}`)
        .type(/^[\w.+-]+\/[\w.+-]+$/.test(info.contentType) ? info.contentType : 'application/octet-stream')
        .send(content)
    }),
  )
}

/** Server-sent events: `arrived` with the new mail's summary, `removed` when mail was deleted. */
function registerStream(app: FastifyInstance, { mailbox }: Deps): void {
  app.get('/api/stream', (request, reply) => {
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    raw.write('retry: 1000\n\n')
    const stop = mailbox.onChange((change) => {
      const data = change.kind === 'arrived' ? summary(change.message) : {}
      raw.write(`event: ${change.kind}\ndata: ${JSON.stringify(data)}\n\n`)
    })
    request.raw.once('close', stop)
  })
}

function registerSandbox(app: FastifyInstance, { faults, refuse, accept, smtpAddress }: Deps): void {
  const state = () => ({ smtp: smtpAddress(), refusals: faults.armed() })
  const body = {
    type: 'object',
    required: ['code'],
    additionalProperties: false,
    properties: {
      code: {}, // looked at when it is armed, like everything else about it
      for: { type: 'integer' },
      to: { type: 'string' },
      chance: { type: 'number' },
      delay: { type: 'number' },
    },
  }
  app.get('/_sandbox', state)
  app.post<{ Body: Refusal }>('/_sandbox/refuse', { schema: { body } }, (request) =>
    refuse(request.body).then(state),
  )
  app.post('/_sandbox/accept', () => accept().then(state))
}

type Kept = NonNullable<ReturnType<MailboxStore['find']>>

function whereThere(
  mailbox: MailboxStore,
  request: FastifyRequest<OneMessage>,
  reply: FastifyReply,
  answer: (kept: Kept) => unknown,
): unknown {
  const kept = mailbox.find(request.params.id)
  return kept === undefined ? notThere(reply) : answer(kept)
}

function notThere(reply: FastifyReply): FastifyReply {
  return reply.code(404).send({ error: 'There is no such mail (any more).' })
}

function summary({ text, html, headers: _headers, ...rest }: Message): object {
  const words = text === '' ? (html ?? '').replace(/<(style|head)[\s\S]*?<\/\1>|<[^>]*>|&\w+;/gi, ' ') : text
  return { ...rest, preview: words.replace(/\s+/g, ' ').trim().slice(0, 160), hasHtml: html !== undefined }
}

/** Pictures that came with the mail are found where we serve them, and links open beside the mailbox. */
function readable(message: Message, html: string): string {
  const withPictures = html.replace(/cid:([^"'\s)>]+)/gi, (whole, id: string) => {
    const part = message.attachments.find((one) => one.contentId === decoded(id))
    return part === undefined ? whole : `/api/messages/${message.id}/attachments/${part.index}`
  })
  const base = '<base target="_blank">'
  const opening =
    /<head[^>]*>/i.exec(withPictures) ??
    /<html[^>]*>/i.exec(withPictures) ??
    /^\s*<!doctype[^>]*>/i.exec(withPictures)
  const place = opening === null ? 0 : opening.index + opening[0].length
  return withPictures.slice(0, place) + base + withPictures.slice(place)
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}
