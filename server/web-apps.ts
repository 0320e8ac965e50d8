import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import fastifyStatic from '@fastify/static'
import type { FastifyReply } from 'fastify'
import { anyone, type App } from '#platform/http'
import { requestProblems } from '#platform/problem'
import type { Logger } from '#platform/telemetry'

const root = join(import.meta.dirname, '..')

export interface WebApps {
  /** Folders with what vite built. */
  storefront: string
  scanner: string
}

const sourcesOf = {
  storefront: ['web/storefront', 'web/ui', 'web/api-client'],
  scanner: ['web/scanner', 'web/ui', 'web/api-client', 'shared/ticket-code'],
} as const

/** Builds the web apps, unless these very sources were built before: the folder's name is the hash of what is in it. */
export async function buildWebApps(cacheDir: string, log: Pick<Logger, 'info'>): Promise<WebApps> {
  const folders = { storefront: '', scanner: '' }
  for (const name of ['storefront', 'scanner'] as const) {
    const folder = join(cacheDir, `${name}-${await hashOf(sourcesOf[name])}`)
    folders[name] = folder
    if (existsSync(folder)) continue
    log.info(`building the ${name}, once`)
    const unfinished = `${folder}.${process.pid}`
    await mkdir(cacheDir, { recursive: true })
    await build(join(root, 'web', name), unfinished)
    // Somebody else may have built the same in the meantime; either is as good.
    await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true, force: true }))
  }
  return folders
}

/** In a process of its own: vite changes the environment of the one that it runs in, and React reads it. */
async function build(folder: string, outDir: string): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js')
  const args = [vite, 'build', folder, '--outDir', outDir, '--emptyOutDir', '--logLevel', 'error']
  await promisify(execFile)(process.execPath, args, { cwd: root })
}

async function hashOf(folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(root, 'package-lock.json')))
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    for (const file of files.toSorted()) {
      if (/[/\\](node_modules|dist)[/\\]|\.test\.tsx?$/.test(file)) continue
      hash.update(relative(root, file)).update(await readFile(file))
    }
  }
  return hash.digest('hex').slice(0, 16)
}

/** What the server puts into a page of the storefront before the script runs. */
export interface RenderedPage {
  status: number
  /** Title, description, Open Graph, JSON-LD. Already safe to stand in HTML. */
  head: string
  /** JSON with `<` escaped. */
  firstData: string
}

interface Pages {
  apps: WebApps
  renderPage(path: string): Promise<RenderedPage>
}

const contentPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' https: data: blob:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

function asPage(reply: FastifyReply): FastifyReply {
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', contentPolicy)
    .header('cross-origin-opener-policy', 'same-origin')
    .header('permissions-policy', 'camera=(self), geolocation=(), microphone=()')
}

const forever = 'public, max-age=31536000, immutable'
const aMoment = 'public, max-age=5, stale-while-revalidate=30'

/** Serves the web apps: hashed files for ever, pages with their head and first data. */
export async function webRoutes(app: App, { apps, renderPage }: Pages): Promise<void> {
  await app.register(fastifyStatic, { root: apps.storefront, serve: false, preCompressed: true })
  const config = { access: anyone, limit: 'pages' } as const
  const template = await readFile(join(apps.storefront, 'index.html'), 'utf8')
  const door = await readFile(join(apps.scanner, 'index.html'), 'utf8')

  const files = (path: string, folder: string) =>
    app.get(`${path}*`, { config }, (request, reply) =>
      reply
        .header('cache-control', forever)
        .sendFile((request.params as { '*': string })['*'], folder, { cacheControl: false }),
    )
  files('/assets/', join(apps.storefront, 'assets'))
  files('/door/assets/', join(apps.scanner, 'assets'))

  // Files that keep their name (icon, service worker) are asked for again each time.
  for (const [path, folder] of [
    ['/', apps.storefront],
    ['/door/', apps.scanner],
  ] as const) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isFile() || entry.name === 'index.html') continue
      app.get(`${path}${entry.name}`, { config }, (_request, reply) =>
        reply.header('cache-control', 'no-cache').sendFile(entry.name, folder, { cacheControl: false }),
      )
    }
  }

  const doorPage = (_request: unknown, reply: FastifyReply) =>
    asPage(reply).header('cache-control', 'no-cache').send(door)
  app.get('/door', { config }, (_request, reply) => reply.redirect('/door/'))
  app.get('/door/*', { config }, doorPage)

  app.get('/*', { config }, async (request, reply) => {
    const path = new URL(request.url, 'http://page').pathname
    // An address of the API that does not exist is a refusal for programs, not a page for people.
    if (/^\/(?:v1|health)(?:\/|$)/.test(path)) throw requestProblems.notFound()
    const page = await renderPage(path)
    // Orders are addressed by secrets of their own; nothing of them may lie in a cache on the way.
    const isPrivate = path.startsWith('/orders') || page.status !== 200
    return asPage(reply)
      .status(page.status)
      .header('cache-control', isPrivate ? 'no-store' : aMoment)
      .send(
        template
          .replace('<!--head-->', () => page.head)
          .replace(
            '<!--first-data-->',
            () => `<script type="application/json" id="first-data">${page.firstData}</script>`,
          ),
      )
  })
}
