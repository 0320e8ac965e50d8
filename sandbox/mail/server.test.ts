import { connect } from 'node:net'
import { createTransport } from 'nodemailer'
import type { SendMailOptions } from 'nodemailer'
import { afterEach, describe, expect, it } from 'vitest'
import { startMailSandbox } from './server.ts'
import type { MailSandbox, MailSandboxOptions } from './server.ts'

const cleanUps: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function start(options?: MailSandboxOptions): Promise<MailSandbox> {
  const sandbox = await startMailSandbox(options)
  cleanUps.push(() => sandbox.close())
  return sandbox
}

async function send(sandbox: MailSandbox, mail: SendMailOptions = {}): Promise<string> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: sandbox.smtpPort,
    secure: false,
    ignoreTLS: true,
    connectionTimeout: 5_000,
  })
  try {
    const usual = {
      from: 'Box office <tickets@tessera.example>',
      to: 'ana@example.com',
      subject: 'Your tickets',
      text: 'See you there',
    }
    const { response } = await transport.sendMail({ ...usual, ...mail })
    return response
  } finally {
    transport.close()
  }
}

async function get(sandbox: MailSandbox, path: string, options?: RequestInit): Promise<Response> {
  return fetch(sandbox.url + path, options)
}

async function json<T>(sandbox: MailSandbox, path: string): Promise<T> {
  return (await (await get(sandbox, path)).json()) as T
}

const code = (expected: number) => expect.objectContaining({ responseCode: expected }) as Error

describe('what is sent can be read', () => {
  it('with text, HTML, people, headers and attachments', async () => {
    const sandbox = await start()
    await send(sandbox, {
      to: 'Ana Lovelace <ana@example.com>',
      cc: 'ben@example.com',
      bcc: 'archive@example.com',
      replyTo: 'help@tessera.example',
      subject: 'Žižkov, 20 € ✓',
      html: '<p>Here is <b>your ticket</b></p>',
      headers: { 'X-Order': 'ord_1' },
      attachments: [
        { filename: 'Ticket č. 1.pdf', content: Buffer.from('%PDF-1.7'), contentType: 'application/pdf' },
      ],
    })
    const [message] = sandbox.messages()
    expect(message).toMatchObject({
      id: 1,
      envelope: {
        from: 'tickets@tessera.example',
        to: ['ana@example.com', 'ben@example.com', 'archive@example.com'],
      },
      from: { name: 'Box office', address: 'tickets@tessera.example' },
      to: [{ name: 'Ana Lovelace', address: 'ana@example.com' }],
      cc: [{ address: 'ben@example.com' }],
      replyTo: [{ address: 'help@tessera.example' }],
      subject: 'Žižkov, 20 € ✓',
      text: expect.stringContaining('See you there') as string,
      html: expect.stringContaining('<b>your ticket</b>') as string,
      attachments: [
        { index: 0, filename: 'Ticket č. 1.pdf', contentType: 'application/pdf', size: 8, inline: false },
      ],
    })
    expect(message?.headers).toContainEqual({ name: 'X-Order', value: 'ord_1' })
    const file = await get(sandbox, '/api/messages/1/attachments/0')
    expect(await file.text()).toBe('%PDF-1.7')
    expect(file.headers.get('content-disposition')).toBe(
      "attachment; filename*=UTF-8''Ticket%20%C4%8D.%201.pdf",
    )
    expect(await (await get(sandbox, '/api/messages/1/raw')).text()).toContain('X-Order: ord_1')
  })

  it('by whom it went to, newest first over HTTP, page by page', async () => {
    const sandbox = await start()
    for (const to of ['ana@example.com', 'ben@example.com', 'Ana@Example.com'])
      await send(sandbox, { to, subject: `For ${to}` })
    expect(sandbox.messages({ to: 'ANA@example.com' }).map((message) => message.id)).toEqual([1, 3])
    type List = { total: number; messages: { id: number; subject: string; preview: string; text?: string }[] }
    const anas = await json<List>(sandbox, '/api/messages?to=ana@example.com')
    expect(anas.messages.map((message) => message.id)).toEqual([3, 1])
    expect(anas.messages[0]).toMatchObject({ preview: 'See you there' })
    expect(anas.messages[0]).not.toHaveProperty('text')
    const page = await json<List>(sandbox, '/api/messages?limit=1&before=3')
    expect([page.total, page.messages.map((message) => message.id)]).toEqual([3, [2]])
    expect((await json<List>(sandbox, '/api/messages?search=FOR+BEN')).total).toBe(1)
    expect((await get(sandbox, '/api/messages/99')).status).toBe(404)
  })

  it('even when it is no proper mail', async () => {
    const sandbox = await start()
    await send(sandbox, {
      raw: 'no header\r\n\r\n\u0000\u00ff',
      envelope: { from: '', to: 'ana@example.com' },
    })
    expect(sandbox.messages()).toMatchObject([
      { envelope: { from: '', to: ['ana@example.com'] }, subject: '' },
    ])
  })

  it('until it is deleted', async () => {
    const sandbox = await start()
    for (const subject of ['one', 'two', 'three']) await send(sandbox, { subject })
    expect((await get(sandbox, '/api/messages/2', { method: 'DELETE' })).status).toBe(204)
    expect(sandbox.messages().map((message) => message.subject)).toEqual(['one', 'three'])
    await get(sandbox, '/api/messages', { method: 'DELETE' })
    expect(sandbox.messages()).toEqual([])
  })

  it('as long as there is room: the oldest makes place for the newest', async () => {
    const sandbox = await start({ keep: 2 })
    for (const subject of ['one', 'two', 'three']) await send(sandbox, { subject })
    expect(sandbox.messages().map((message) => message.subject)).toEqual(['two', 'three'])
  })
})

describe('waiting for a mail', () => {
  it('finds the one that is there, and the one that is to come', async () => {
    const sandbox = await start()
    const coming = sandbox.waitFor((message) => message.subject === 'Your refund')
    await send(sandbox)
    await send(sandbox, { subject: 'Your refund' })
    expect((await coming).id).toBe(2)
    expect((await sandbox.waitFor((message) => message.envelope.to.includes('ana@example.com'))).id).toBe(1)
  })

  it('gives up in time and says what came instead', async () => {
    const sandbox = await start()
    await send(sandbox)
    await expect(sandbox.waitFor(() => false, 20)).rejects.toThrow(
      'there is "Your tickets" to ana@example.com',
    )
  })

  it('is told to the page as it happens', async () => {
    const sandbox = await start()
    const stream = await get(sandbox, '/api/stream')
    const reader = stream.body?.getReader()
    await send(sandbox)
    let heard = ''
    while (!heard.includes('event: arrived')) heard += new TextDecoder().decode((await reader?.read())?.value)
    expect(heard).toContain('"subject":"Your tickets"')
    await reader?.cancel()
  })
})

describe('a mail that means harm', () => {
  it('runs no script, loads nothing from elsewhere, and shows only the pictures it brought along', async () => {
    const sandbox = await start()
    await send(sandbox, {
      html: '<!doctype html><html><head><title>x</title></head><body><script>parent.hacked = 1</script><img src="cid:logo@t"></body></html>',
      attachments: [{ filename: 'logo.png', content: Buffer.from('png'), cid: 'logo@t' }],
    })
    const shown = await get(sandbox, '/api/messages/1/html')
    const policy = shown.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/script-src|allow-scripts|https?:/)
    expect(policy).toContain('sandbox ')
    const html = await shown.text()
    expect(html).toContain('<img src="/api/messages/1/attachments/0">')
    expect(html.startsWith('<!doctype html><html><head><base target="_blank">')).toBe(true)
    expect(sandbox.messages()[0]?.attachments[0]).toMatchObject({ inline: true, contentId: 'logo@t' })
    const page = await get(sandbox, '/')
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';")
  })
})

describe('mail is refused as told', () => {
  it('temporarily, so many times, and then taken', async () => {
    const sandbox = await start()
    await sandbox.refuse({ code: 451, for: 2 })
    await expect(send(sandbox)).rejects.toEqual(code(451))
    await expect(send(sandbox)).rejects.toEqual(code(451))
    expect(await send(sandbox)).toMatch(/^250.*Kept as message 1/)
    expect(sandbox.messages()).toHaveLength(1)
  })

  it('for one recipient, who bounces until told otherwise while the others get theirs', async () => {
    const sandbox = await start()
    await sandbox.refuse({ code: 550, to: 'Gone@example.com' })
    await expect(send(sandbox, { to: 'gone@example.com' })).rejects.toEqual(code(550))
    await send(sandbox, { to: ['ana@example.com', 'gone@example.com'] })
    expect(sandbox.messages()).toMatchObject([{ envelope: { to: ['ana@example.com'] } }])
    await sandbox.accept()
    await send(sandbox, { to: 'gone@example.com' })
  })

  it('by closing the conversation with 421, or without a word', async () => {
    const sandbox = await start()
    await sandbox.refuse({ code: 421, for: 1 })
    await expect(send(sandbox)).rejects.toEqual(code(421))
    await sandbox.refuse({ code: 'closed', for: 1 })
    await expect(send(sandbox)).rejects.toThrow(/closed|ECONNRESET/i)
    await send(sandbox)
  })

  it('by not being there, and being there again at the same port', async () => {
    const sandbox = await start()
    const talking = connect(sandbox.smtpPort, '127.0.0.1')
    const cutOff = new Promise((resolve) => talking.once('close', resolve))
    await new Promise((resolve) => talking.once('data', resolve))
    await sandbox.refuse({ code: 'down' })
    await cutOff
    await expect(send(sandbox)).rejects.toThrow('ECONNREFUSED')
    await sandbox.accept()
    await send(sandbox)
  })

  it('slowly', async () => {
    const sandbox = await start()
    await sandbox.refuse({ code: 'slow', delay: 300, for: 1 })
    const before = performance.now()
    await send(sandbox)
    expect(performance.now() - before).toBeGreaterThan(290)
  })

  it('by dice that fall the same way for the same seed', async () => {
    const fates = async (seed: number) => {
      const sandbox = await start({ seed })
      await sandbox.refuse({ code: 451, chance: 0.5 })
      const outcomes: boolean[] = []
      for (let n = 0; n < 12; n++)
        outcomes.push(
          await send(sandbox).then(
            () => true,
            () => false,
          ),
        )
      return outcomes
    }
    const first = await fates(7)
    expect(await fates(7)).toEqual(first)
    expect(new Set(first).size).toBe(2)
  })

  it('over HTTP as well, where nonsense is refused', async () => {
    const sandbox = await start()
    const post = (path: string, body?: object) =>
      get(sandbox, path, {
        method: 'POST',
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
    expect((await post('/_sandbox/refuse', { code: 550, for: 1 })).status).toBe(200)
    expect(await json(sandbox, '/_sandbox')).toEqual({
      smtp: `127.0.0.1:${sandbox.smtpPort}`,
      refusals: [{ code: 550, for: 1, left: 1 }],
    })
    await expect(send(sandbox)).rejects.toEqual(code(550))
    await post('/_sandbox/refuse', { code: 'down' })
    await expect(send(sandbox)).rejects.toThrow('ECONNREFUSED')
    expect((await post('/_sandbox/accept')).status).toBe(200)
    await send(sandbox)
    for (const nonsense of [
      {},
      { code: 250 },
      { code: 'maybe' },
      { code: 451, for: 0 },
      { code: 'down', for: 3 },
      { code: 421, to: 'a@b' },
    ])
      expect((await post('/_sandbox/refuse', nonsense)).status, JSON.stringify(nonsense)).toBe(400)
    expect(await json(sandbox, '/_sandbox')).toMatchObject({ refusals: [] })
  })
})
