import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { floors, mayCall } from '../module-map.ts'

const server = join(import.meta.dirname, '..')

interface Source {
  /** Relative to server/, with forward slashes. */
  path: string
  text: string
}

function sourcesBelow(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        /\.(ts|sql)$/.test(name) && !name.includes('node_modules') && statSync(join(folder, name)).isFile(),
    )
    .map((name) => ({
      path: relative(server, join(folder, name)).split(sep).join('/'),
      text: readFileSync(join(folder, name), 'utf8'),
    }))
}

const sources = sourcesBelow(server)
const production = sources.filter((one) => !/\.test\.ts$|-fixtures?\.ts$|^tests\//.test(one.path))
const moduleOf = (path: string) => /^modules\/([^/]+)\//.exec(path)?.[1]
const moduleNames = floors.flatMap((floor) => [...floor.modules] as string[])

/** Each rule looks at one file and says what is wrong with it. */
const rules: Record<string, (source: Source) => string[]> = {
  'calls go down': ({ path, text }) => {
    const from = moduleOf(path)
    return [...text.matchAll(/from '#modules\/([^']+)'/g)]
      .map((match) => match[1] ?? '')
      .filter((to) => from !== undefined && to !== from && !mayCall(from, to))
      .map((to) => `${path}: ${from} may not call ${to}`)
  },
  'a module has one door': ({ path, text }) => {
    if (moduleOf(path) === undefined) return []
    return [...text.matchAll(/from '(\.\.\/[^']*|#modules\/[^']*\/[^']*)'/g)].map(
      (match) => `${path}: imports ${match[1]}`,
    )
  },
  'the platform knows no module': ({ path, text }) =>
    path.startsWith('platform/') && /from '(#modules\/|\.\.\/)/.test(text) ? [`${path}: looks upstairs`] : [],
  'a module names only its own tables': ({ path, text }) => {
    const own = moduleOf(path)
    if (own === undefined || !path.endsWith('.ts')) return []
    return moduleNames
      .filter((other) => other !== own)
      .filter((other) =>
        new RegExp(
          `(?:from|join|into|update|table|only)\\s+${other}\\.\\w|['"\`]${other}\\.[a-z_A-Z]+(?: as \\w+)?['"\`]\\s*\\)`,
          'i',
        ).test(withoutNames(text)),
      )
      .map((other) => `${path}: names a table of ${other}`)
  },
  'time, environment and console live in one place': ({ path, text }) => {
    const allowed: Record<string, RegExp> = {
      'Date.now()': /^platform\/clock\.ts$/,
      'process.env': /^(config|cli|start|start-process)\.ts$/,
      'console.': /^cli\.ts$/,
      'Math.random': /^never$/,
      'parseFloat(': /^never$/,
      'toFixed(': /^never$/,
    }
    return Object.entries(allowed)
      .filter(([word, where]) => text.includes(word) && !where.test(path))
      .map(([word]) => `${path}: ${word}`)
  },
  'no drawer for odds and ends': ({ path }) =>
    /(^|\/)(utils?|helpers?|common|services?|misc|shared)(\/|\.ts$)/.test(path)
      ? [`${path}: a thing without a home is a missing noun`]
      : [],
  'modules are flat': ({ path }) =>
    /^modules\/[^/]+\/[^/]+\//.test(path) ? [`${path}: a folder inside a module`] : [],
  'files can be read in one go': ({ path, text }) => {
    const lines = text.split('\n').length
    return lines > 450 && basename(path) !== 'database-types.ts' ? [`${path}: ${lines} lines`] : []
  },
}

// Quoted names of jobs, permissions and problems look like tables ('orders.read'); only what stands in SQL or after the query builder's verbs counts.
function withoutNames(text: string): string {
  return text
    .replaceAll(/(?:permission|code|kind|name|job|rule|table):\s*'[^']*'/g, '')
    .replaceAll(/define(?:Job|Problems|Event)\([^)]*\)/g, '')
}

function violations(name: string, files: readonly Source[]): string[] {
  const rule = rules[name]
  return rule ? files.flatMap(rule) : [`no rule ${name}`]
}

const planted: Record<string, Source> = {
  'calls go down': { path: 'modules/catalog/planted.ts', text: `import { placeHold } from '#modules/holds'` },
  'a module has one door': {
    path: 'modules/orders/planted.ts',
    text: `import { moveCounters } from '../holds/hold-store.ts'`,
  },
  'the platform knows no module': {
    path: 'platform/planted.ts',
    text: `import { transfers } from '#modules/ledger'`,
  },
  'a module names only its own tables': {
    path: 'modules/orders/planted.ts',
    text: 'sql`update holds.pool set sold = 0`',
  },
  'time, environment and console live in one place': {
    path: 'modules/orders/planted.ts',
    text: 'const now = Date.now()',
  },
  'no drawer for odds and ends': { path: 'modules/orders/utils.ts', text: '' },
  'modules are flat': { path: 'modules/orders/parts/planted.ts', text: '' },
  'files can be read in one go': { path: 'modules/orders/planted.ts', text: '\n'.repeat(451) },
}

describe('the house keeps its rules', () => {
  for (const name of Object.keys(rules)) {
    it(name, () => {
      expect(violations(name, production)).toEqual([])
    })
    it(`${name}: a planted violation is found`, () => {
      const violation = planted[name]
      expect(violation && violations(name, [violation])).toHaveLength(1)
    })
  }

  it('the map lists exactly the modules that exist, each with a README and one door', () => {
    const folders = readdirSync(join(server, 'modules')).toSorted()
    expect(folders).toEqual(moduleNames.toSorted())
    for (const folder of folders)
      expect(readdirSync(join(server, 'modules', folder))).toEqual(
        expect.arrayContaining(['README.md', 'public.ts']),
      )
  })
})
