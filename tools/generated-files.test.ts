import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { generated } from './generated-files.ts'

const root = join(import.meta.dirname, '..')

describe('what is generated from the code', () => {
  const name = `generated_${randomBytes(4).toString('hex')}`
  let files: Map<string, string>
  const admin = new pg.Client({ connectionString: inject('postgresUrl') })
  beforeAll(async () => {
    await admin.connect()
    await admin.query(`create database ${name}`)
    files = await generated(
      Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).toString(),
      'for-tests-only',
    )
  })
  afterAll(async () => {
    await admin.query(`drop database if exists ${name} with (force)`)
    await admin.end()
  })

  it.each([
    'docs/reference/openapi.json',
    'docs/reference/problems.md',
    'docs/reference/states.md',
    'web/api-client/generated.ts',
    'ARCHITECTURE.md',
  ])('%s is up to date (npm run generate)', async (path) => {
    expect(files.get(path) === (await readFile(join(root, path), 'utf8'))).toBe(true)
  })

  it('every route of the API document says what it does and which refusals it can give', () => {
    const document = JSON.parse(files.get('docs/reference/openapi.json') ?? '{}') as {
      paths: Record<
        string,
        Record<string, { summary?: string; tags?: string[]; responses: Record<string, unknown> }>
      >
    }
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]) => ({ path, method, route })),
    )
    expect(routes.length).toBeGreaterThan(60)
    const wanting = routes.filter(
      ({ route }) =>
        !route.summary ||
        !route.tags?.length ||
        !Object.keys(route.responses).some((status) => status.startsWith('4')),
    )
    expect(wanting.map(({ path, method }) => `${method} ${path}`)).toEqual([])
  })
})
