import { startMailSandbox } from './server.ts'

/** Runs it alone: `node sandbox/mail/main.ts`, on the ports SMTP_PORT (1025) and HTTP_PORT (8025) of the address HOST (127.0.0.1). */
const sandbox = await startMailSandbox({
  host: process.env['HOST'] ?? '127.0.0.1',
  smtpPort: Number(process.env['SMTP_PORT'] ?? 1025),
  httpPort: Number(process.env['HTTP_PORT'] ?? 8025),
})
process.stdout.write(`Mail sandbox: send to smtp port ${sandbox.smtpPort}, read at ${sandbox.url}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sandbox.close())
