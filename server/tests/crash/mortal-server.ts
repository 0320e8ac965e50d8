import { fork, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { asApplicationUrl } from '../harness.ts'
import { testKeys } from '../test-config.ts'
import type { World } from '../world.ts'
import type { Order, Word } from './server-process.ts'

const program = fileURLToPath(new URL('server-process.ts', import.meta.url))

/** The server of a world in a process of its own, which can be killed at a named place and started again. */
export class MortalServer {
  readonly #world: World
  #child: ChildProcess | undefined
  #ended: Promise<NodeJS.Signals | number | null> = Promise.resolve(null)
  /** How it ended so far, in order: a signal, or an exit code. */
  readonly deaths: (NodeJS.Signals | number | null)[] = []

  constructor(world: World) {
    this.#world = world
  }

  /** Starts it, and sends everybody there: buyers, and the provider's webhooks. */
  async start(killAt?: string): Promise<void> {
    const child = fork(program, {
      env: {
        ...process.env,
        TEST_APPLICATION_URL: asApplicationUrl(this.#world.ownerUrl),
        TEST_STRIPE_URL: this.#world.stripe.url,
        TEST_SMTP_PORT: String(this.#world.mail.smtpPort),
        ...(killAt === undefined ? {} : { TESSERA_KILL_AT: killAt }),
      },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child = child
    const { promise: ended, resolve } = Promise.withResolvers<NodeJS.Signals | number | null>()
    child.once('exit', (code, signal) => {
      this.deaths.push(signal ?? code)
      resolve(signal ?? code)
    })
    this.#ended = ended
    const word = await this.#hears((one) => 'listening' in one)
    if (!word || !('listening' in word)) throw new Error('the server died before it listened')
    this.#world.url = word.listening
    this.#world.stripe.setWebhook({
      url: `${word.listening}/v1/webhooks/stripe`,
      secret: testKeys.webhookSecret,
    })
  }

  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  arms(killAt: string): void {
    this.#child?.send({ arm: killAt } satisfies Order)
  }

  /** One tick of every schedule. False when it died of it. */
  async ticks(): Promise<boolean> {
    if (!this.alive) return false
    const answer = this.#hears((word) => 'ticked' in word)
    this.#child?.send({ tick: true } satisfies Order, () => undefined)
    return (await answer) !== undefined
  }

  /** Starts it again, unarmed, if it died. Whoever just lost a connection knows of a death before the system tells us. */
  async revives(lostConnection = false): Promise<void> {
    if (lostConnection) await Promise.race([this.#ended, sleep(1000, undefined, { ref: false })])
    if (this.alive) return
    await this.#ended
    await this.start()
  }

  /** Asks it to end, and gives how it did. */
  async ends(): Promise<NodeJS.Signals | number | null> {
    if (this.alive) this.#child?.kill('SIGTERM')
    return this.#ended
  }

  /** The first such word; undefined when it ends without it. */
  #hears(wanted: (word: Word) => boolean): Promise<Word | undefined> {
    const child = this.#child
    const { promise, resolve } = Promise.withResolvers<Word | undefined>()
    const listen = (word: Word) => {
      if (wanted(word)) resolve(word)
    }
    child?.on('message', listen)
    void this.#ended.then(() => resolve(undefined))
    return promise.finally(() => child?.off('message', listen))
  }
}
