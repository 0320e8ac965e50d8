import type { Controls } from '../controls.ts'
import { ApiError } from '../errors.ts'
import { FaultOrderRefused } from '../faults.ts'
import type { FaultOrder } from '../faults.ts'
import type { Markup, PageAnswer } from '../html.ts'
import type { World } from '../world.ts'
import { dashboardPage } from './layout.ts'
import {
  balanceList,
  deliveryList,
  eventList,
  paymentList,
  refundList,
  requestList,
  sessionList,
} from './lists.ts'
import { objectPage } from './object-page.ts'
import { controlsPage, overview } from './overview.ts'

export interface DashboardRequest {
  method: string
  path: string
  query: URLSearchParams
  form: Record<string, string>
  /** Whether the request comes from a page of this sandbox (or from no page at all). */
  sameOrigin: boolean
}

type List = (world: World, after: string | null, controls: Controls) => Markup

const lists: Record<string, { title: string; list: List }> = {
  '/dashboard': { title: 'Overview', list: (world) => overview(world) },
  '/dashboard/sessions': { title: 'Sessions', list: sessionList },
  '/dashboard/payments': { title: 'Payments', list: paymentList },
  '/dashboard/refunds': { title: 'Refunds', list: refundList },
  '/dashboard/balance': { title: 'Balance', list: balanceList },
  '/dashboard/events': { title: 'Events', list: eventList },
  '/dashboard/deliveries': { title: 'Deliveries', list: deliveryList },
  '/dashboard/requests': {
    title: 'Requests',
    list: (_world, _after, controls) => requestList(controls.requests()),
  },
  '/dashboard/controls': { title: 'Controls', list: (world) => controlsPage(world) },
}

type Action = (controls: Controls, form: Record<string, string>) => unknown

function faultOf(form: Record<string, string>): FaultOrder {
  const count = Number(form['count'] ?? '1')
  return {
    kind: form['kind'] as FaultOrder['kind'],
    count: Number.isInteger(count) && count > 0 ? count : 1,
    ...(form['path'] ? { path: form['path'] } : {}),
    ...(form['event'] ? { event: form['event'] } : {}),
  }
}

const actions: Record<string, Action> = {
  advance: (controls, form) => controls.advance(Number(form['ms'] ?? '0') || 0),
  expire: (controls, form) => controls.expireCheckout(form['session'] ?? ''),
  pay: (controls, form) => controls.payCheckout(form['session'] ?? ''),
  refund: (controls, form) => controls.refund(form['intent'] ?? ''),
  'fail-refund': (controls, form) => controls.failRefund(form['refund'] ?? ''),
  resend: async (controls, form) => {
    controls.redeliver(form['event'] ?? '')
    await controls.idle()
  },
  arm: (controls, form) => controls.arm(faultOf(form)),
  disarm: (controls, form) => controls.disarm(form['fault']),
  webhook: (controls, form) => controls.setWebhook({ url: form['url'] ?? '', secret: form['secret'] ?? '' }),
}

async function act(
  controls: Controls,
  name: string,
  request: DashboardRequest,
): Promise<PageAnswer | undefined> {
  const run = actions[name]
  if (!run) return undefined
  const wanted = request.form['back'] ?? ''
  const back = /^\/dashboard(\/[\w/]*)?$/.test(wanted) ? wanted : '/dashboard'
  if (!request.sameOrigin) return { kind: 'redirect', to: back }
  try {
    await run(controls, request.form)
    return { kind: 'redirect', to: back }
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof FaultOrderRefused)) throw error
    return { kind: 'redirect', to: `${back}?note=${encodeURIComponent(error.message)}` }
  }
}

/** Answers a request to the dashboard, or undefined when the address is none of its pages. */
export async function handleDashboard(
  world: World,
  controls: Controls,
  request: DashboardRequest,
): Promise<PageAnswer | undefined> {
  const path = request.path === '/' ? '/dashboard' : request.path.replace(/(.)\/$/, '$1')
  if (request.method === 'POST') {
    const prefix = '/dashboard/actions/'
    return path.startsWith(prefix) ? act(controls, path.slice(prefix.length), request) : undefined
  }
  const note = request.query.get('note') ?? undefined
  const section = lists[path]
  if (section) {
    const content = section.list(world, request.query.get('after'), controls)
    return dashboardPage(world, path, section.title, content, note)
  }
  const prefix = '/dashboard/objects/'
  if (!path.startsWith(prefix)) return undefined
  const id = path.slice(prefix.length)
  const content = objectPage(world, id)
  return content
    ? dashboardPage(world, path, world.store.events.get(id)?.type ?? id, content, note)
    : undefined
}
