import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTessera, problemCatalogue } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import { machines } from '../server/machines.ts'
import { floors, purposes } from '../server/module-map.ts'
import { migrate } from '../server/platform/migrate.ts'
import { createLogger } from '../server/platform/telemetry.ts'

const root = join(import.meta.dirname, '..')

/** Every generated file, by its path from the root, as it should be. `applicationPassword` becomes that of the role tessera_app on that server. */
export async function generated(
  databaseUrl: string,
  applicationPassword: string,
): Promise<Map<string, string>> {
  const openapi = await apiDocument(databaseUrl, applicationPassword)
  return new Map([
    ['docs/reference/openapi.json', openapi],
    ['web/api-client/generated.ts', await clientTypes(openapi)],
    ['docs/reference/problems.md', problems()],
    ['docs/reference/states.md', states()],
    ['ARCHITECTURE.md', await withMap()],
  ])
}

async function apiDocument(databaseUrl: string, applicationPassword: string): Promise<string> {
  const { applicationUrl } = await migrate({
    ownerUrl: databaseUrl,
    applicationPassword,
    machines,
  })
  const read = readConfig({
    DATABASE_URL: applicationUrl,
    PUBLIC_URL: 'http://localhost:4000',
    MASTER_KEY: 'only for writing the reference, 0123456789',
    SESSION_SECRET: 'also only for writing the reference, 987654321',
    STRIPE_SECRET_KEY: 'sk_test_reference',
    STRIPE_WEBHOOK_SECRET: 'whsec_only_for_the_reference',
    STRIPE_API_URL: 'http://127.0.0.1:9',
    SMTP_URL: 'smtp://127.0.0.1:9',
  })
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const log = createLogger({ level: 'silent', pretty: false })
  const tessera = await createTessera({ config: read.config, databaseUrl: applicationUrl, log })
  try {
    await tessera.http.ready()
    return `${JSON.stringify(tessera.http.swagger(), null, 2)}\n`
  } finally {
    await tessera.close()
  }
}

/** The library that writes the types needs the TypeScript that it was made for, which stands in this folder. */
async function clientTypes(openapi: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-client-'))
  try {
    await writeFile(join(folder, 'openapi.json'), openapi)
    const program = join(import.meta.dirname, 'node_modules/openapi-typescript/bin/cli.js')
    execFileSync(process.execPath, [program, join(folder, 'openapi.json'), '-o', join(folder, 'types.ts')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return await readFile(join(folder, 'types.ts'), 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function problems(): string {
  const rows = problemCatalogue()
    .toSorted((left, right) => left.code.localeCompare(right.code))
    .map(({ code, status, title, help }) => `| \`${code}\` | ${status} | ${title} | ${help} |`)
  return [
    '# Problems',
    '',
    'Every refusal of the API, by its stable code (RFC 9457). Written by `npm run generate`.',
    '',
    '| code | status | what it says | what to do |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

function states(): string {
  const parts = machines.map(({ table, machine }) => {
    const lines = Object.entries(machine).flatMap(([from, moves]) => {
      const known = Object.entries(moves)
      return known.length === 0
        ? [`  ${from} --> [*]`]
        : known.map(([event, to]) => `  ${from} --> ${to}: ${event}`)
    })
    return `## ${table}\n\n\`\`\`mermaid\nstateDiagram-v2\n${lines.join('\n')}\n\`\`\`\n`
  })
  return `# States\n\nEvery life that a thing can have. The database refuses every other move, and writes each one down. Written by \`npm run generate\`.\n\n${parts.join('\n')}`
}

/** ARCHITECTURE.md as it stands, with the map drawn anew between its marks. */
async function withMap(): Promise<string> {
  const text = await readFile(join(root, 'ARCHITECTURE.md'), 'utf8')
  const rows = floors
    .toReversed()
    .map(
      ({ floor, modules }) =>
        `| ${floor} | ${modules.map((name) => `**${name}** ${purposes[name]}`).join('<br>')} |`,
    )
  const map = ['| floor | modules |', '| --- | --- |', ...rows].join('\n')
  return text.replace(
    /(<!-- map -->\n)[^]*?(<!-- \/map -->)/,
    (_all, before: string, after: string) => `${before}\n${map}\n\n${after}`,
  )
}
