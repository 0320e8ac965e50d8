import { z } from 'zod'
import { asPlatform, withOrg } from '#platform/database'
import { moneyAnswer, operator, type App } from '#platform/http'
import { idOf } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { organiser } from './account.ts'
import { onOwnSide, trialBalance, type Balance } from './balance.ts'
import { sumByCode } from './ledger-store.ts'

const balanceAnswer = z.object({
  balances: z.array(
    z.object({
      currency: z.string(),
      payable: moneyAnswer.describe('what the platform owes the organiser'),
      onItsWay: moneyAnswer.describe('paid by buyers, not yet settled by the payment provider'),
      platformFees: moneyAnswer,
      refundsDue: moneyAnswer.describe('owed back to buyers'),
      tax: z.array(z.object({ jurisdiction: z.string(), amount: moneyAnswer })),
    }),
  ),
})

const trialBalanceAnswer = z.object({
  accounts: z.array(
    z.object({
      code: z.string(),
      currency: z.string(),
      debits: z.number().int(),
      credits: z.number().int(),
      balance: z.number().int(),
    }),
  ),
  outOfBalance: z.array(moneyAnswer).describe('empty, or something is very wrong'),
})

export function ledgerRoutes(app: App, deps: Pick<Platform, 'db'>): void {
  app.get(
    '/v1/organisations/:orgId/balance',
    {
      schema: {
        summary: "The organisation's money, by currency",
        tags: ['money'],
        params: z.object({ orgId: idOf('org') }),
        response: { 200: balanceAnswer },
      },
      config: { access: { kind: 'permission', permission: 'money.read' }, limit: 'reads' },
    },
    async (request) => {
      const { orgId } = request.params
      const accounts = await withOrg(deps.db, orgId, (tx) => trialBalance(tx, orgId))
      return { balances: byCurrency(accounts) }
    },
  )

  app.get(
    '/v1/operator/trial-balance',
    {
      schema: {
        summary: 'What is on every kind of account, over all organisations',
        tags: ['operator'],
        response: { 200: trialBalanceAnswer },
      },
      config: { access: operator, limit: 'reads' },
    },
    async () => {
      const sums = await asPlatform(deps.db, sumByCode)
      const accounts = sums.map((sum) => ({ ...sum, balance: onOwnSide(sum.code, sum.debits, sum.credits) }))
      const drift = new Map<string, number>()
      for (const sum of sums)
        drift.set(sum.currency, (drift.get(sum.currency) ?? 0) + sum.debits - sum.credits)
      const outOfBalance = [...drift]
        .filter(([, amount]) => amount !== 0)
        .map(([currency, amount]) => ({ currency, amount }))
      return { accounts, outOfBalance }
    },
  )
}

function byCurrency(accounts: readonly Balance[]): z.input<typeof balanceAnswer>['balances'] {
  const currencies = [...new Set(accounts.map((account) => account.currency))].sort()
  return currencies.map((currency) => {
    const own = accounts.filter((account) => account.currency === currency)
    const on = (code: string, subject = '') => {
      const amount = own.find((account) => account.code === code && account.subject === subject)?.amount ?? 0
      return { amount, currency }
    }
    const taxes = own.filter((account) => account.code === 'L.tax')
    return {
      currency,
      payable: on('L.payee', organiser),
      onItsWay: on('A.psp_recv'),
      platformFees: on('R.fee'),
      refundsDue: on('L.refund_due'),
      tax: taxes.map((one) => ({ jurisdiction: one.subject, amount: { amount: one.amount, currency } })),
    }
  })
}
