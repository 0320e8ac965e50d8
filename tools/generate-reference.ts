// Writes what is generated from the code: the API document, the web apps' client types, the catalogue of problems and
// the map of the house. `--check` writes nothing and fails when something is out of date.
import { mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { generated } from './generated-files.ts'
import { reachableDataDir, startEmbeddedPostgres } from '../server/platform/embedded-postgres.ts'

const root = join(import.meta.dirname, '..')
const check = process.argv.includes('--check')
const temporary = await mkdtemp(join(tmpdir(), 'tessera-generate-'))
const dataDir = reachableDataDir(temporary)
const server = await startEmbeddedPostgres({ dataDir, durable: false })
try {
  for (const [path, text] of await generated(server.url, 'for-the-reference-only')) {
    const file = join(root, path)
    const before = await readFile(file, 'utf8').catch(() => '')
    if (before === text) continue
    if (check) {
      process.exitCode = 1
      process.stderr.write(`${path} is out of date: npm run generate\n`)
    } else {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      process.stdout.write(`wrote ${path}\n`)
    }
  }
} finally {
  await server.stop()
  for (const folder of [dataDir, temporary]) await rm(folder, { recursive: true, force: true })
}
