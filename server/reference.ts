import type { FastifyPluginAsync } from 'fastify'
import { anyone, type App } from '#platform/http'

// The viewer brings its styles as it runs; it may load nothing from anywhere else.
const policy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

/** The API document and a page to read it on. */
export async function referenceRoutes(app: App): Promise<void> {
  app.get(
    '/openapi.json',
    { schema: { hide: true }, config: { access: anyone, limit: 'pages' } },
    (_request, reply) => reply.header('cache-control', 'public, max-age=60').send(app.swagger()),
  )
  // Loaded here, since it is the largest thing that a server loads and the worker needs none of it.
  const viewer = (await import('@scalar/fastify-api-reference'))
    .default as unknown as FastifyPluginAsync<object>
  const options: Record<string, unknown> = {
    routePrefix: '/reference',
    configuration: {
      url: '/openapi.json',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      agent: { disabled: true },
      mcp: { disabled: true },
    },
    hooks: {
      onRequest: (
        _request: unknown,
        reply: { header(name: string, value: string): unknown },
        done: () => void,
      ) => {
        reply.header('content-security-policy', policy)
        done()
      },
    },
  }
  await app.register(viewer, options)
}
