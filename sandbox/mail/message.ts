import PostalMime from 'postal-mime'
import type { Address, Attachment as ParsedAttachment, Email } from 'postal-mime'

export type Mailbox = { name: string; address: string }

export type AttachmentInfo = {
  /** Its place among the attachments, from 0; part of its address. */
  index: number
  filename: string
  contentType: string
  size: number
  /** Shown within the HTML rather than offered for download. */
  inline: boolean
  contentId: string | undefined
}

export type Message = {
  /** Counts up from 1 in the order of arrival. */
  id: number
  receivedAt: string
  /** What the sending server said, which is who really gets it (blind copies too). */
  envelope: { from: string; to: string[] }
  from: Mailbox | undefined
  to: Mailbox[]
  cc: Mailbox[]
  replyTo: Mailbox[]
  subject: string
  date: string | undefined
  messageId: string | undefined
  headers: { name: string; value: string }[]
  text: string
  html: string | undefined
  attachments: AttachmentInfo[]
  /** Bytes on the wire. */
  size: number
}

/** Reads a message as it came over the wire. One that cannot be parsed is kept too, with its source as the text. */
export async function readMessage(
  receivedAt: Date,
  envelope: Message['envelope'],
  raw: Buffer,
): Promise<Omit<Message, 'id'>> {
  const email: Email = await PostalMime.parse(raw).catch(() => ({
    headers: [],
    headerLines: [],
    subject: '(unreadable message)',
    text: raw.toString('latin1'),
    attachments: [],
  }))
  return {
    receivedAt: receivedAt.toISOString(),
    envelope,
    from: mailboxes([email.from])[0],
    to: mailboxes(email.to),
    cc: mailboxes(email.cc),
    replyTo: mailboxes(email.replyTo),
    subject: email.subject ?? '',
    date: email.date,
    messageId: email.messageId,
    headers: email.headers.map((header) => ({ name: header.originalKey, value: header.value })),
    text: email.text ?? '',
    html: email.html,
    attachments: email.attachments.map(describe),
    size: raw.length,
  }
}

/** The bytes of one attachment. Only the source is kept, so they are read out of it again. */
export async function readAttachment(raw: Buffer, index: number): Promise<Buffer | undefined> {
  const email = await PostalMime.parse(raw).catch(() => undefined)
  const found = email?.attachments[index]
  return found === undefined ? undefined : bytesOf(found)
}

function describe(part: ParsedAttachment, index: number): AttachmentInfo {
  return {
    index,
    filename: part.filename ?? `attachment-${index + 1}`,
    contentType: part.mimeType,
    size: bytesOf(part).length,
    inline: part.related === true || part.disposition === 'inline',
    contentId: part.contentId?.replace(/^<|>$/g, ''),
  }
}

function bytesOf(part: ParsedAttachment): Buffer {
  if (typeof part.content === 'string')
    return Buffer.from(part.content, part.encoding === 'base64' ? 'base64' : 'utf8')
  return part.content instanceof ArrayBuffer
    ? Buffer.from(part.content)
    : Buffer.from(part.content.buffer, part.content.byteOffset, part.content.byteLength)
}

function mailboxes(addresses: (Address | undefined)[] | undefined): Mailbox[] {
  return (addresses ?? []).flatMap((one) => {
    if (one === undefined) return []
    if (one.group !== undefined) return one.group.map(({ name, address }) => ({ name, address }))
    return [{ name: one.name, address: one.address ?? '' }]
  })
}
