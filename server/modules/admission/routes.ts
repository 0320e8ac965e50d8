import { z } from 'zod'
import type { EventId } from '#modules/tickets'
import { callerOf, humanText, timeAnswer, type App } from '#platform/http'
import { idAnswer, idOf, publicId, type OrgId } from '#platform/ids'
import { countAdmissions } from './count-admissions.ts'
import { createDoor, type AdmissionDeps, type Counts } from './door.ts'
import { admissionProblems } from './problems.ts'
import { previewCode, scanCode } from './scan-code.ts'
import { refusalReasons, type Verdict } from './scan.ts'

const params = z.strictObject({ orgId: idOf('org'), eventId: idOf('evt') })

const shown = {
  code: z.string().trim().min(1).max(1000).describe('what the scanner read'),
  gate: humanText({ max: 60 }).optional(),
  scannedAt: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional()
    .describe('when it was scanned by the scanner’s clock; for scans that waited for a network'),
}

const verdictAnswer = z.object({
  verdict: z.enum(['admitted', 'refused']),
  reason: z.enum(refusalReasons).nullable(),
  message: z.string().describe('for the person at the door'),
  ticket: z
    .object({
      id: idAnswer('tkt'),
      serial: z.number().int(),
      ticketTypeName: z.string(),
      holderName: z.string(),
      admits: z.number().int(),
      admitted: z.number().int(),
      remaining: z.number().int(),
    })
    .nullable(),
  previous: z.object({ at: timeAnswer, gate: z.string().nullable() }).nullable(),
  counts: z.object({ admitted: z.number().int(), expected: z.number().int() }),
})

const countsAnswer = z.object({
  admitted: z.number().int(),
  expected: z.number().int(),
  byTicketType: z.array(
    z.object({
      ticketTypeId: idAnswer('tty'),
      ticketTypeName: z.string(),
      admitted: z.number().int(),
      expected: z.number().int(),
    }),
  ),
  byGate: z.array(z.object({ gate: z.string().nullable(), admitted: z.number().int() })),
})

/** The door's routes. API keys with the scope may scan; the actor is written down with each scan. */
export function admissionRoutes(app: App, deps: AdmissionDeps): void {
  const door = createDoor(deps)
  const path = '/v1/organisations/:orgId/events/:eventId'

  app.post(
    `${path}/scans`,
    {
      schema: {
        summary: 'Scan a code: admit one person, or say why not',
        tags: ['Door'],
        params,
        body: z.strictObject({
          id: idOf('scn').describe('made by the scanner: sending it again changes nothing'),
          ...shown,
        }),
        response: { 200: verdictAnswer },
      },
      config: {
        access: { kind: 'permission', permission: 'admission.scan' },
        problems: [admissionProblems.eventNotFound, admissionProblems.scanIdTaken],
        limit: 'scans',
      },
    },
    async (request) => {
      const { orgId, eventId } = request.params
      const scan = { ...request.body, eventId, actor: callerOf(request).actor }
      return answerOf(await scanCode(deps, door, orgId, scan), await door.counts(orgId, eventId))
    },
  )

  app.post(
    `${path}/scans/preview`,
    {
      schema: {
        summary: 'What a scan would say; changes nothing',
        tags: ['Door'],
        params,
        body: z.strictObject(shown),
        response: { 200: verdictAnswer },
      },
      config: {
        access: { kind: 'permission', permission: 'admission.scan' },
        problems: [admissionProblems.eventNotFound],
        limit: 'scans',
      },
    },
    async (request) => {
      const { orgId, eventId } = request.params
      const verdict = await previewCode(deps, door, orgId, { ...request.body, eventId })
      return answerOf(verdict, await door.counts(orgId, eventId))
    },
  )

  app.get(
    `${path}/admission-counts`,
    {
      schema: {
        summary: 'How many are in, by ticket type and by gate',
        tags: ['Door'],
        params,
        response: { 200: countsAnswer },
      },
      config: {
        access: { kind: 'permission', permission: 'admission.read' },
        problems: [admissionProblems.eventNotFound],
        limit: 'reads',
      },
    },
    async (request) => countsOf(deps, request.params.orgId, request.params.eventId),
  )
}

function answerOf(verdict: Verdict, counts: Counts) {
  const { ticket, previous } = verdict
  return {
    verdict: verdict.verdict,
    reason: verdict.reason,
    message: verdict.message,
    ticket: ticket && {
      id: publicId('tkt', ticket.id),
      serial: ticket.serial,
      ticketTypeName: ticket.typeName,
      holderName: ticket.holderName,
      admits: ticket.admits,
      admitted: ticket.admitted,
      remaining: ticket.admits - ticket.admitted,
    },
    previous: previous && { at: previous.at.toISOString(), gate: previous.gate },
    counts: { admitted: counts.admitted, expected: counts.expected },
  }
}

async function countsOf(deps: AdmissionDeps, orgId: OrgId, eventId: EventId) {
  const counts = await countAdmissions(deps, orgId, eventId)
  return {
    ...counts,
    byTicketType: counts.byTicketType.map((type) => ({
      ...type,
      ticketTypeId: publicId('tty', type.ticketTypeId),
    })),
  }
}
