import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { reachableDataDir, startEmbeddedPostgres } from '../platform/embedded-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's address of the server that this run's tests make their databases on. */
    postgresUrl: string
  }
}

/**
 * One database server for a run of the tests. TEST_DATABASE_URL names another one (a superuser of any PostgreSQL from 15 on);
 * without it the embedded one is started in a temporary folder, fast and forgetful, and deleted at the end.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['TEST_DATABASE_URL']
  if (given !== undefined && given !== '') {
    project.provide('postgresUrl', given)
    return undefined
  }
  const temporary = await mkdtemp(join(tmpdir(), 'tessera-tests-'))
  const dataDir = reachableDataDir(temporary)
  const server = await startEmbeddedPostgres({
    dataDir,
    durable: false,
    settings: { max_connections: '300' },
  })
  project.provide('postgresUrl', server.url)
  return async () => {
    await server.stop()
    for (const folder of [dataDir, temporary]) await rm(folder, { recursive: true, force: true })
  }
}
