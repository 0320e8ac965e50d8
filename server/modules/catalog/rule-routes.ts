import { z } from 'zod'
import { readOrganisation } from '#modules/identity'
import { withOrg } from '#platform/database'
import { callerOf, operator, type Access, type App } from '#platform/http'
import { idempotencyRefusals } from '#platform/idempotency'
import { requestProblems } from '#platform/problem'
import { machineProblems } from '#platform/state-machine'
import { eventFeesInput, feesInput, refundPolicyInput, taxRatesInput, termsInput } from './event-input.ts'
import type { FeeRule } from './event.ts'
import { publishRefundPolicy } from './publish-refund-policy.ts'
import { publishTerms } from './publish-terms.ts'
import {
  asCaller,
  eventParams,
  mayRead,
  mayWrite,
  onceAsCaller,
  orgParams,
  type CatalogDeps,
} from './staff-access.ts'
import { defaultFeesOf, refundPoliciesOf, taxRatesOf, termsOf } from './rules-store.ts'
import { setEventFees, setFees } from './set-fees.ts'
import { setTaxRates } from './set-tax-rates.ts'
import {
  defaultFeeAnswer,
  policyAnswer,
  shapeDefaultFee,
  shapePolicy,
  shapeTerms,
  taxRateAnswer,
  termsAnswer,
} from './staff-answers.ts'

export function ruleRoutes(app: App, deps: CatalogDeps): void {
  taxRoutes(app, deps)
  feeRoutes(app, deps)
  // The platform's fees are the operator's to set; the organisation sees them.
  feeRoutesOf(app, deps, { party: 'platform', path: 'platform-fees', access: operator })
  feeRoutesOf(app, deps, { party: 'organiser', path: 'fees', access: mayWrite })
  termsRoutes(app, deps)
  policyRoutes(app, deps)
}

function taxRoutes(app: App, deps: CatalogDeps): void {
  const answer = z.object({ rates: z.array(taxRateAnswer) })
  app.get(
    '/v1/organisations/:orgId/tax-rates',
    {
      schema: {
        summary: 'Read the tax rates',
        tags: ['Taxes'],
        params: orgParams,
        response: { 200: answer },
      },
      config: { access: mayRead, limit: 'reads' },
    },
    async ({ params: { orgId } }) => ({
      rates: await withOrg(deps.db, orgId, (tx) => taxRatesOf(tx, orgId)),
    }),
  )
  app.put(
    '/v1/organisations/:orgId/tax-rates',
    {
      schema: {
        summary: 'Set the tax rates of all events',
        tags: ['Taxes'],
        params: orgParams,
        body: taxRatesInput,
        response: { 200: answer },
      },
      config: { access: mayWrite },
    },
    async (request) => {
      const { orgId } = request.params
      return asCaller(deps, request, orgId, async (tx) => {
        await setTaxRates(deps, tx, orgId, request.body.rates)
        return { rates: await taxRatesOf(tx, orgId) }
      })
    },
  )
}

const feesAnswer = z.object({ rules: z.array(defaultFeeAnswer) })

function feeRoutes(app: App, deps: CatalogDeps): void {
  app.get(
    '/v1/organisations/:orgId/fees',
    {
      schema: {
        summary: "Read the organisation's and the platform's fees",
        tags: ['Fees'],
        params: orgParams,
        response: { 200: feesAnswer },
      },
      config: { access: mayRead, limit: 'reads' },
    },
    async ({ params: { orgId } }) => ({
      rules: (await withOrg(deps.db, orgId, (tx) => defaultFeesOf(tx, orgId))).map(shapeDefaultFee),
    }),
  )
}

function feeRoutesOf(
  app: App,
  deps: CatalogDeps,
  { party, path, access }: { party: FeeRule['party']; path: string; access: Access },
): void {
  app.put(
    `/v1/organisations/:orgId/${path}`,
    {
      schema: {
        summary: `Set the ${party}'s fees in one currency, or in all that have none of their own`,
        tags: ['Fees'],
        params: orgParams,
        body: feesInput,
        response: { 200: feesAnswer },
      },
      config: { access, problems: [requestProblems.notFound] },
    },
    async (request) => {
      const { orgId } = request.params
      const { currency, rules } = request.body
      return asCaller(deps, request, orgId, async (tx) => {
        await readOrganisation(tx, orgId)
        await setFees(deps, tx, orgId, { party, currency }, rules)
        return { rules: (await defaultFeesOf(tx, orgId)).map(shapeDefaultFee) }
      })
    },
  )
  app.put(
    `/v1/organisations/:orgId/events/:eventId/${path}`,
    {
      schema: {
        summary: `Set the ${party}'s fees on one event alone`,
        tags: ['Fees'],
        params: eventParams,
        body: eventFeesInput,
        response: { 204: z.null() },
      },
      config: { access, problems: [requestProblems.notFound, machineProblems.notAllowed] },
    },
    async (request, reply) => {
      const { orgId, eventId } = request.params
      await asCaller(deps, request, orgId, (tx) =>
        setEventFees(deps, tx, orgId, eventId, party, request.body.rules),
      )
      return reply.status(204).send(null)
    },
  )
}

const versions = z.object({
  before: z.coerce.number().int().min(1).max(1_000_000).optional().describe('only versions below this one'),
  limit: z.coerce.number().int().min(1).max(50).default(20),
})

function termsRoutes(app: App, deps: CatalogDeps): void {
  const tags = ['Terms']
  app.get(
    '/v1/organisations/:orgId/terms',
    {
      schema: {
        summary: 'List the versions of the terms, the newest first',
        tags,
        params: orgParams,
        querystring: versions,
        response: { 200: z.object({ items: z.array(termsAnswer) }) },
      },
      config: { access: mayRead, limit: 'reads' },
    },
    async ({ params: { orgId }, query: { before, limit } }) => ({
      items: (await withOrg(deps.db, orgId, (tx) => termsOf(tx, orgId, before, limit))).map(shapeTerms),
    }),
  )
  app.post(
    '/v1/organisations/:orgId/terms',
    {
      schema: {
        summary: 'Publish new terms',
        tags,
        params: orgParams,
        body: termsInput,
        response: { 201: termsAnswer },
      },
      config: { access: mayWrite, problems: [...idempotencyRefusals] },
    },
    async (request, reply) => {
      const { orgId } = request.params
      const by = callerOf(request).actor
      const { body } = await onceAsCaller(deps, request, orgId, 201, async (tx) =>
        shapeTerms(await publishTerms(deps, tx, orgId, { ...request.body, by })),
      )
      return reply.status(201).send(body)
    },
  )
}

function policyRoutes(app: App, deps: CatalogDeps): void {
  const tags = ['Refund policies']
  app.get(
    '/v1/organisations/:orgId/refund-policies',
    {
      schema: {
        summary: 'List the versions of the refund policy, the newest first',
        tags,
        params: orgParams,
        querystring: versions,
        response: { 200: z.object({ items: z.array(policyAnswer) }) },
      },
      config: { access: mayRead, limit: 'reads' },
    },
    async ({ params: { orgId }, query: { before, limit } }) => ({
      items: (await withOrg(deps.db, orgId, (tx) => refundPoliciesOf(tx, orgId, before, limit))).map(
        shapePolicy,
      ),
    }),
  )
  app.post(
    '/v1/organisations/:orgId/refund-policies',
    {
      schema: {
        summary: 'Publish a new refund policy',
        tags,
        params: orgParams,
        body: refundPolicyInput,
        response: { 201: policyAnswer },
      },
      config: { access: mayWrite, problems: [...idempotencyRefusals] },
    },
    async (request, reply) => {
      const { orgId } = request.params
      const by = callerOf(request).actor
      const { body } = await onceAsCaller(deps, request, orgId, 201, async (tx) =>
        shapePolicy(await publishRefundPolicy(deps, tx, orgId, { ...request.body, by })),
      )
      return reply.status(201).send(body)
    },
  )
}
