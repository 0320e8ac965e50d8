import { createTransport } from 'nodemailer'
import { scrub } from '#platform/telemetry'
import type { MailTransport, OutgoingMail, SendOutcome } from './mail-transport.ts'

export interface SmtpSettings {
  /** `smtp://user:password@host:port` or `smtps://...`. */
  url: string
  /** Connections at most. */
  connections?: number
}

const second = 1000

/** Sends by SMTP over a few connections that stay open. Every wait has an end, well before a claim runs out. */
export function createSmtpTransport(settings: SmtpSettings): MailTransport {
  const transport = createTransport({
    url: settings.url,
    pool: true,
    maxConnections: settings.connections ?? 5,
    maxMessages: 200,
    connectionTimeout: 10 * second,
    greetingTimeout: 10 * second,
    socketTimeout: 30 * second,
    dnsTimeout: 10 * second,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(mail) {
      try {
        const info = await transport.sendMail(asEnvelope(mail))
        return { kind: 'accepted', providerMessageId: info.messageId.slice(0, 250) }
      } catch (error) {
        return outcomeOf(error)
      }
    },
    async probe() {
      await transport.verify()
    },
    close: () => transport.close(),
  }
}

function asEnvelope(mail: OutgoingMail) {
  return {
    messageId: mail.messageId,
    from: mail.from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    html: mail.html,
    text: mail.text,
    // Tells autoresponders to keep quiet (RFC 3834).
    headers: { 'auto-submitted': 'auto-generated', 'x-auto-response-suppress': 'All' },
    attachments: mail.attachments.map(({ name, contentType, content }) => ({
      filename: name,
      contentType,
      content,
    })),
    xMailer: false as const,
  }
}

const neverConnected = new Set(['ECONNECTION', 'ECONNREFUSED', 'EDNS', 'ETLS', 'EAUTH', 'ENOAUTH'])
// 550, 551 and 553, and the enhanced codes 5.1.x (RFC 3463), speak of the mailbox; other 5xx of the mail.
const noSuchMailbox = /^(?:55[013])\b|\b5\.1\.\d/

/** From what the SMTP client throws: `code` names what broke, `responseCode` and `response` what the server said, `command` when. */
export function outcomeOf(error: unknown): SendOutcome {
  const { code, responseCode, response, command } = error as {
    code?: string
    responseCode?: number
    response?: string
    command?: string
  }
  const reason = scrub(response ?? (error instanceof Error ? error.message : 'unknown')).slice(0, 300)
  // Wrong credentials are ours to mend: no buyer's mail may be given up because of them.
  if (code !== undefined && neverConnected.has(code)) return { kind: 'unreachable', reason }
  if (responseCode === undefined) return { kind: command === 'CONN' ? 'unreachable' : 'later', reason }
  if (responseCode < 500) return { kind: 'later', reason }
  // The sender was refused, which is a setting of ours too.
  if (command === 'MAIL FROM') return { kind: 'later', reason }
  return { kind: command === 'RCPT TO' || noSuchMailbox.test(response ?? '') ? 'bounced' : 'refused', reason }
}
