import type { Server, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import type { Faults, RefusalCode } from './faults.ts'
import type { MailboxStore } from './mailbox.ts'

const largestMail = 30 * 1024 * 1024

/** The server that takes the mail. It can be unplugged and plugged in again at the same port. */
export class SmtpPort {
  readonly #host: string
  readonly #mailbox: MailboxStore
  readonly #faults: Faults
  readonly #sockets = new Set<Socket>()
  #server: SMTPServer | undefined
  #port: number

  constructor(host: string, port: number, mailbox: MailboxStore, faults: Faults) {
    this.#host = host
    this.#port = port
    this.#mailbox = mailbox
    this.#faults = faults
  }

  get port(): number {
    return this.#port
  }

  /** Rejects when the port is in use. */
  async plugIn(): Promise<void> {
    if (this.#server !== undefined) return
    const smtp = this.#makeServer()
    const listener: Server = smtp.server
    // Before smtp-server's own listener, so that a dropped connection never says a word.
    listener.prependListener('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      if (this.#faults.strike((code) => code === 'closed') !== undefined) socket.destroy()
    })
    await new Promise<void>((resolve, reject) => {
      smtp.once('error', reject)
      smtp.listen(this.#port, this.#host, () => {
        smtp.off('error', reject)
        smtp.on('error', () => undefined) // a client that hangs up is no concern of ours
        resolve()
      })
    })
    const address = listener.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
    this.#server = smtp
  }

  /** Nobody listens any more, and conversations that were going on are cut off. */
  async unplug(): Promise<void> {
    const smtp = this.#server
    if (smtp === undefined) return
    this.#server = undefined
    const closed = new Promise<void>((resolve) => smtp.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #makeServer(): SMTPServer {
    return new SMTPServer({
      banner: 'Mail sandbox',
      authOptional: true,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      size: largestMail,
      logger: false,
      onAuth: (auth, _session, callback) => callback(null, { user: auth.username ?? 'anyone' }),
      onMailFrom: (_address, _session, callback) => {
        const hit = this.#faults.strike((code) => code === 421)
        callback(hit === undefined ? null : refusal(421, 'Service not available, closing channel'))
      },
      onRcptTo: (address, _session, callback) => {
        const hit = this.#faults.strike(isBounce, [address.address])
        callback(hit === undefined ? null : refusal(Number(hit.code), `No mailbox for <${address.address}>`))
      },
      onData: (stream, session, callback) => {
        const take = async () => {
          try {
            callback(null, `Kept as message ${await this.#take(stream, session)}`)
          } catch (error) {
            callback(error as Error)
          }
        }
        void take()
      },
    })
  }

  async #take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<number> {
    const parts: Buffer[] = []
    for await (const part of stream) if (!stream.sizeExceeded) parts.push(part as Buffer)
    if (stream.sizeExceeded) throw refusal(552, `The mail is larger than ${largestMail} bytes`)
    const { mailFrom, rcptTo } = session.envelope
    const to = rcptTo.map((one) => one.address)
    const hit = this.#faults.strike((code) => code === 'slow' || isTemporary(code), to)
    if (hit?.code === 'slow') await sleep(hit.delay ?? 5_000)
    else if (hit !== undefined) throw refusal(Number(hit.code), 'Try again later')
    const from = mailFrom === false ? '' : mailFrom.address
    return (await this.#mailbox.add({ from, to }, Buffer.concat(parts))).id
  }
}

function isBounce(code: RefusalCode): boolean {
  return typeof code === 'number' && code >= 500
}

function isTemporary(code: RefusalCode): boolean {
  return typeof code === 'number' && code < 500 && code !== 421
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}
