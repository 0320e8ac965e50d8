import { admissionWindow, type EventOnTicket, type Ticket } from '#modules/tickets'
import type { Id } from '#platform/ids'

export type ScanId = Id<'scn'>

export const refusalReasons = [
  'already_admitted',
  'wrong_event',
  'not_yet_valid',
  'expired',
  'void',
  'refunded',
  'transferred',
  'wrong_gate',
  'unknown_code',
  'bad_signature',
] as const

export type RefusalReason = (typeof refusalReasons)[number]

export interface Passage {
  at: Date
  gate: string | null
}

/** What the door is told, and may be told again for the same scan. */
export interface Verdict {
  verdict: 'admitted' | 'refused'
  reason: RefusalReason | null
  message: string
  ticket: TicketAtDoor | null
  /** Of a ticket that is used up: when and where it last let somebody in. */
  previous: Passage | null
}

export type TicketAtDoor = Pick<Ticket, 'id' | 'serial' | 'typeName' | 'holderName' | 'admits' | 'admitted'>

/** Why this ticket, as it is, lets nobody in; undefined when it does. `generation` is the one that the code names. */
export function refusalOfTicket(ticket: Ticket, generation: number): RefusalReason | undefined {
  if (ticket.state === 'refunded') return 'refunded'
  if (ticket.state === 'void') return 'void'
  // A code of a generation that has not been made yet was never given out by us.
  if (generation !== ticket.generation) return generation < ticket.generation ? 'transferred' : 'unknown_code'
  if (ticket.admitted >= ticket.admits) return 'already_admitted'
  return undefined
}

/**
 * Why this event lets nobody in. The times may be any of those at which the scan could have happened (by our clock, and
 * by the scanner's, which may have been offline): one that fits is enough, so that a phone with a wrong clock turns nobody away.
 */
export function refusalOfEvent(
  event: Pick<EventOnTicket, 'state' | 'doorsAt' | 'startsAt' | 'endsAt'>,
  times: readonly Date[],
): RefusalReason | undefined {
  if (event.state === 'cancelled') return 'void'
  const { from, until } = admissionWindow(event)
  if (times.some((time) => time >= from && time < until)) return undefined
  return times.every((time) => time < from) ? 'not_yet_valid' : 'expired'
}

/** Of two reasons, what the ticket itself is (void, refunded, passed on) says more than the hour does. */
export function strongerReason(ofTicket: RefusalReason | undefined, ofEvent: RefusalReason): RefusalReason {
  return ofTicket === undefined || ofTicket === 'already_admitted' ? ofEvent : ofTicket
}

export interface MessageFacts {
  event: Pick<EventOnTicket, 'name' | 'state' | 'timeZone' | 'doorsAt' | 'startsAt' | 'endsAt'>
  ticket: TicketAtDoor | null
  previous: Passage | null
  /** The event that the code is for, where that is another one of the same organiser. */
  otherEvent?: string | undefined
}

const plainMessages: Partial<Record<RefusalReason, string>> = {
  refunded: 'This ticket was given back and refunded.',
  transferred: 'This ticket was passed on; its new holder has a newer code.',
  wrong_gate: 'This ticket is not for this gate.',
  unknown_code: 'This is not a code of ours.',
  bad_signature: 'This code looks like ours, but we did not make it.',
}

/** For the person at the door: one sentence that can be said to the guest. */
export function messageOf(reason: RefusalReason | null, facts: MessageFacts): string {
  const { event } = facts
  if (reason === null) return admittedMessage(facts.ticket)
  if (reason === 'already_admitted') return alreadyAdmittedMessage(facts)
  if (reason === 'wrong_event')
    return facts.otherEvent
      ? `This ticket is for “${facts.otherEvent}”.`
      : 'This ticket is for another event.'
  if (reason === 'not_yet_valid')
    return `Doors let in from ${clockTime(admissionWindow(event).from, event.timeZone)}.`
  if (reason === 'expired')
    return `Doors closed on ${clockTime(admissionWindow(event).until, event.timeZone)}.`
  if (reason === 'void')
    return event.state === 'cancelled' ? 'This event was cancelled.' : 'This ticket was declared void.'
  return plainMessages[reason] ?? 'This ticket admits nobody.'
}

function admittedMessage(ticket: TicketAtDoor | null): string {
  if (!ticket || ticket.admits === 1) return 'Welcome.'
  const remaining = ticket.admits - ticket.admitted
  return `Welcome, number ${ticket.admitted} of ${ticket.admits}. ${remaining === 0 ? 'That was the last one.' : `${remaining} more may come in.`}`
}

function alreadyAdmittedMessage({ event, ticket, previous }: MessageFacts): string {
  const who = ticket && ticket.admits > 1 ? `All ${ticket.admits} of this ticket are in` : 'Already in'
  if (!previous) return `${who}.`
  return `${who}: ${clockTime(previous.at, event.timeZone)}${previous.gate === null ? '' : `, ${previous.gate}`}.`
}

function clockTime(time: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(time)
}
