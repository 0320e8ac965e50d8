import { encodeTicketCode } from '@tessera/ticket-code'
import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { ensureEventKey, openPrivateKey } from './event-key.ts'
import { admissionWindow, type EventOnTicket, type Ticket, type TicketId } from './ticket.ts'

type CodeDeps = Pick<Platform, 'keys' | 'clock'>

/**
 * The codes of an event's tickets, for showing them now. They are made when they are needed and stored nowhere.
 * A ticket that is not valid has none.
 */
export async function codesOf(
  deps: CodeDeps,
  tx: Tx,
  orgId: OrgId,
  event: Pick<EventOnTicket, 'id' | 'doorsAt' | 'startsAt' | 'endsAt'>,
  tickets: readonly Ticket[],
): Promise<Map<TicketId, string>> {
  const valid = tickets.filter((ticket) => ticket.state === 'valid' && ticket.eventId === event.id)
  if (valid.length === 0) return new Map()
  const privateKey = openPrivateKey(deps, orgId, await ensureEventKey(deps, tx, orgId, event.id))
  const window = admissionWindow(event)
  return new Map(
    valid.map((ticket) => [
      ticket.id,
      encodeTicketCode(
        {
          ticketId: ticket.id,
          generation: ticket.generation,
          eventId: ticket.eventId,
          ticketTypeId: ticket.ticketTypeId,
          validFrom: seconds(window.from),
          validUntil: seconds(window.until),
          flags: 0,
        },
        privateKey,
      ),
    ]),
  )
}

/** The code of one ticket, or undefined when it has none. */
export async function codeOf(
  deps: CodeDeps,
  tx: Tx,
  orgId: OrgId,
  event: Pick<EventOnTicket, 'id' | 'doorsAt' | 'startsAt' | 'endsAt'>,
  ticket: Ticket,
): Promise<string | undefined> {
  return (await codesOf(deps, tx, orgId, event, [ticket])).get(ticket.id)
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}
