import type { PaymentProvider } from '../server/modules/payments/public.ts'

type Sessions = Awaited<ReturnType<PaymentProvider['retrieveSession']>>

/**
 * A provider that answers from memory, so that the figure is ours alone: every session opens at once, and is paid when it
 * is looked at. What the real way over HTTP costs on top is measured apart.
 */
export function recordedProvider(): PaymentProvider {
  const sessions = new Map<string, Extract<Sessions, { outcome: 'ok' }>['value']>()
  const notAsked = async (): Promise<never> => {
    throw new Error('this benchmark asks nothing else')
  }
  return {
    async createSession(request) {
      const id = `cs_test_${request.paymentId}`
      const session = {
        id,
        status: 'open' as const,
        paymentStatus: 'unpaid' as const,
        amount: request.lines.reduce((sum, line) => sum + line.quantity * line.unitAmount, 0),
        currency: request.currency,
        url: `https://pay.example/${id}`,
        expiresAt: new Date(request.expiresAtSeconds * 1000),
        clientReference: request.orderId,
        metadata: { org: request.orgId, order: request.orderId, payment: request.paymentId },
        payment: null,
      }
      sessions.set(id, session)
      return { outcome: 'ok', value: session }
    },
    async retrieveSession(id) {
      const session = sessions.get(id)
      if (!session)
        return { outcome: 'refused', status: 404, code: 'resource_missing', param: 'id', message: 'none' }
      const payment = {
        id: `pi_${id}`,
        status: 'succeeded',
        amountReceived: session.amount,
        chargeId: `ch_${id}`,
      }
      return {
        outcome: 'ok',
        value: { ...session, status: 'complete', paymentStatus: 'paid', url: null, payment },
      }
    },
    findSession: async () => ({ outcome: 'ok', value: undefined }),
    probe: async () => ({ outcome: 'ok', value: true }),
    expireSession: notAsked,
    refundPayment: notAsked,
    retrieveRefund: notAsked,
    listRefunds: notAsked,
    retrieveCharge: notAsked,
    retrieveEvent: notAsked,
    listEvents: notAsked,
  }
}
