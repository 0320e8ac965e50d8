import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { Faults } from './faults.ts'
import type { Refusal } from './faults.ts'
import { MailboxStore } from './mailbox.ts'
import type { MessageFilter } from './mailbox.ts'
import type { Message } from './message.ts'
import { registerRoutes } from './routes.ts'
import { SmtpPort } from './smtp.ts'

export type { Refusal, RefusalCode } from './faults.ts'
export type { MessageFilter } from './mailbox.ts'
export type { AttachmentInfo, Mailbox, Message } from './message.ts'

export type MailSandboxOptions = {
  /** 127.0.0.1 unless told otherwise: everybody who reaches it reads all mail. */
  host?: string
  /** 0, the default, lets the system choose. */
  smtpPort?: number
  httpPort?: number
  /** For the dice of refusals with a chance. */
  seed?: number
  /** How many mails are kept; 5,000 unless told otherwise. */
  keep?: number
}

export type MailSandbox = {
  readonly smtpPort: number
  readonly httpPort: number
  /** The mailbox page; its API is below it. */
  readonly url: string
  /** In the order of arrival. */
  messages(filter?: MessageFilter): Message[]
  /** The first mail that fits, there or still to come. Rejects after the timeout (milliseconds, 5,000 unless told otherwise). */
  waitFor(fits: (message: Message) => boolean, timeout?: number): Promise<Message>
  clear(): void
  /** From now on mail is refused like this: so many times, or until `accept`. Rejects with a RangeError for nonsense. */
  refuse(refusal: Refusal): Promise<void>
  /** Mail is taken again; whatever was armed is gone. */
  accept(): Promise<void>
  close(): Promise<void>
}

/** Starts an SMTP server that delivers nothing, with a page and an API to read what was sent. */
export async function startMailSandbox(options: MailSandboxOptions = {}): Promise<MailSandbox> {
  const host = options.host ?? '127.0.0.1'
  const mailbox = new MailboxStore({ messages: options.keep ?? 5_000, bytes: 256 * 1024 * 1024 })
  const faults = new Faults(options.seed ?? 1)
  const smtp = new SmtpPort(host, options.smtpPort ?? 0, mailbox, faults)
  const refuse = async (refusal: Refusal) => {
    faults.arm(refusal)
    if (refusal.code === 'down') await smtp.unplug()
  }
  const accept = async () => {
    faults.disarm()
    await smtp.plugIn()
  }
  const app = Fastify({ logger: false, forceCloseConnections: true })
  registerRoutes(app, { mailbox, faults, refuse, accept, smtpAddress: () => `${host}:${smtp.port}` })
  await smtp.plugIn()
  try {
    await app.listen({ host, port: options.httpPort ?? 0 })
  } catch (error) {
    await smtp.unplug()
    throw error
  }
  const httpPort = (app.server.address() as AddressInfo).port
  return {
    smtpPort: smtp.port,
    httpPort,
    url: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${httpPort}`,
    messages: (filter) => mailbox.list(filter),
    waitFor: (fits, timeout = 5_000) => mailbox.waitFor(fits, timeout),
    clear: () => mailbox.clear(),
    refuse,
    accept,
    close: async () => {
      await Promise.all([app.close(), smtp.unplug()])
    },
  }
}
