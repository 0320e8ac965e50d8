// The same paid purchase end to end: hold, order, session, the buyer pays at the sandbox in its own process, webhook,
// tickets. The provider's bucket is open. What of the time is the sandbox's is said beside.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { newId, publicId, type Id } from '../server/platform/ids.ts'
import { aHotEvent, benchmarkKeys, cpuOf, ground, inOwnProcess, round, type Row } from './ground.ts'

const purchases = Number(process.env['PURCHASES'] ?? 1000)
const buyers = 32

async function startSandbox(): Promise<{ url: string; pid: number; stop(): void }> {
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '../sandbox/stripe/main.ts'),
      '--api-key',
      benchmarkKeys.secretKey,
      '--webhook-concurrency',
      '32',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  )
  return {
    url: (JSON.parse(line) as { url: string }).url,
    pid: child.pid ?? 0,
    stop: () => void child.kill('SIGTERM'),
  }
}

async function send(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

export async function run(): Promise<Row[]> {
  const base = await ground()
  const sandbox = await startSandbox()
  try {
    const show = await aHotEvent(base, { price: 4500 })
    const server = await inOwnProcess<{ url: string; pid: number }>('product-server.ts', {
      URL_OF_DATABASE: base.url,
      STRIPE_URL: sandbox.url,
      WITH_JOBS: 'yes',
    })
    const { url } = server.ready
    await send(`${sandbox.url}/_sandbox/webhook`, {
      url: `${url}/v1/webhooks/stripe`,
      secret: benchmarkKeys.webhookSecret,
    })
    const event = `${url}/v1/events/${publicId('evt', show.eventId)}`
    const buy = async (): Promise<void> => {
      const browserKey = newId()
      const holdId = publicId('hld', newId<Id<'hld'>>())
      await send(`${event}/holds`, {
        id: holdId,
        browserKey,
        lines: [{ ticketTypeId: publicId('tty', show.typeId), quantity: 1 }],
      })
      const order = await send(
        `${event}/orders`,
        {
          holdId,
          buyer: { name: 'Buyer', email: `${browserKey}@example.com` },
          accept: { termsVersion: 1, refundPolicyVersion: 1 },
          expectedTotal: { amount: 4500, currency: 'EUR' },
          locale: 'en',
        },
        { 'tessera-browser': browserKey },
      )
      const started = await send(
        `${url}/v1/orders/${String(order['id'])}/payment`,
        {},
        { 'tessera-guest': String(order['guestToken']) },
      )
      const address = String((started['payment'] as { url: string }).url)
      await send(`${sandbox.url}/_sandbox/sessions/${address.split('/').at(-1)}/pay`, {})
    }
    let left = purchases
    const before = cpuOf(sandbox.pid)
    const start = performance.now()
    await Promise.all(
      Array.from({ length: buyers }, async () => {
        while (left-- > 0) await buy()
      }),
    )
    for (let waited = 0; ; waited += 1) {
      const { rows } = await base.owner.query<{ paid: string }>(
        `select count(*) as paid from orders."order" where org_id = $1 and state = 'paid'`,
        [show.orgId],
      )
      if (Number(rows[0]?.paid) === purchases) break
      if (waited > 1200)
        throw new Error(`only ${rows[0]?.paid} of ${purchases} were completed in two minutes`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const seconds = (performance.now() - start) / 1000
    const share =
      before === undefined
        ? 'unknown'
        : `${Math.round((((cpuOf(sandbox.pid) ?? before) - before) / (seconds * 1000)) * 100)} % of one core`
    await server.stop()
    return [
      {
        what: `complete purchase, paid, end to end with the sandbox in its own process, bucket opened, ${buyers} buyers`,
        figure: `${round((purchases / seconds) * 60)}/min`,
        yardstick: `the sandbox used ${share}`,
        ratio: 'reported',
        target: 'reported',
      },
    ]
  } finally {
    sandbox.stop()
    await base.close()
  }
}

if (import.meta.main) for (const row of await run()) process.stdout.write(`${JSON.stringify(row)}\n`)
