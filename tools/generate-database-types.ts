// Writes server/platform/database-types.ts from the schema that the migrations make, on a throw-away embedded database.
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reachableDataDir, startEmbeddedPostgres } from '../server/platform/embedded-postgres.ts'
import { migrate } from '../server/platform/migrate.ts'

const target = join(import.meta.dirname, '../server/platform/database-types.ts')
const temporary = await mkdtemp(join(tmpdir(), 'tessera-types-'))
const dataDir = reachableDataDir(temporary)
const server = await startEmbeddedPostgres({ dataDir, durable: false })
try {
  await migrate({ ownerUrl: server.url, applicationPassword: 'for-types-only', machines: [] })
  const raw = join(temporary, 'types.ts')
  execFileSync(
    join(import.meta.dirname, 'node_modules/.bin/kysely-codegen'),
    ['--dialect', 'postgres', '--camel-case', '--url', server.url, '--out-file', raw,
      '--exclude-pattern', '{graphile_worker,public}.*', '--default-schema', 'none', '--runtime-enums', 'false',
      '--overrides', '{}', '--type-only-imports'],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  ) // oxfmt-ignore
  const text = (await readFile(raw, 'utf8'))
    .replace('export interface DB {', 'export interface Tables {')
    // int8 arrives as a number that was checked to be exact (platform/database.ts).
    .replace(/export type Int8 = [^\n]+/, 'export type Int8 = ColumnType<number, number, number>')
  await writeFile(target, text)
} finally {
  await server.stop()
  for (const folder of [dataDir, temporary]) await rm(folder, { recursive: true, force: true })
}
