import { createServer } from 'node:net'
import { join } from 'node:path'
import { startJobs } from '#platform/jobs'
import { demoPeople, fillDemo } from '../demo-people.ts'
import { buildWebApps } from '../web-apps.ts'
import { asApplicationUrl } from './harness.ts'
import { World } from './world.ts'

export interface ShopForBrowsers {
  url: string
  organiserSlug: string
  /** An event on sale whose doors are open. */
  eventSlug: string
  mailboxUrl: string
  /** Door staff of the organiser. */
  door: { email: string; password: string }
  world: World
  close(): Promise<void>
}

const cache = join(import.meta.dirname, '../../node_modules/.cache/tessera-web')

/** The demo as `npm start` shows it, with the worker running, on a port of its own. */
export async function openShop(): Promise<ShopForBrowsers> {
  const webApps = await buildWebApps(cache, { info: () => undefined })
  const world = await World.open({ port: await aFreePort(), webApps })
  const { organiserSlug } = await fillDemo(world.tessera)
  const { handlers, schedules, deps } = world.tessera
  const jobs = await startJobs({
    url: asApplicationUrl(world.ownerUrl),
    handlers,
    schedules,
    log: deps.log,
    concurrency: 2,
  })
  return {
    url: deps.publicUrl,
    organiserSlug,
    eventSlug: 'night-of-synthesizers',
    mailboxUrl: world.mail.url,
    door: { email: demoPeople.door.email, password: demoPeople.password },
    world,
    async close() {
      await jobs.stop()
      await world.close()
    },
  }
}

function aFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
