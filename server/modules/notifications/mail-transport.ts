/** A mail as it leaves the house. */
export interface OutgoingMail {
  /** `<...@host>`, the same for every attempt, so that a mail that arrives twice can be recognised. */
  messageId: string
  from: { name: string; address: string }
  to: string
  subject: string
  html: string
  text: string
  attachments: readonly { name: string; contentType: string; content: Buffer }[]
}

/**
 * What became of an attempt. `later`: refused for now, or nobody knows; tried again, so a mail may arrive twice.
 * `unreachable`: there was no talking to the mail server at all, so others need not be tried now.
 * `bounced`: there is no such mailbox. `refused`: the mail server will never take this mail.
 */
export type SendOutcome =
  | { kind: 'accepted'; providerMessageId: string }
  | { kind: 'later' | 'unreachable' | 'bounced' | 'refused'; reason: string }

/** The port to a mail server. Never throws for what a mail server may answer. */
export interface MailTransport {
  send(mail: OutgoingMail): Promise<SendOutcome>
  /** Can it be talked to, with the settings that we have? Throws with the reason if not. */
  probe(): Promise<void>
  close(): void
}
