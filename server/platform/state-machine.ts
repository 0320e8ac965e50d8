import { defineProblems } from '#platform/problem'

/** For each state, what can happen in it and where that leads. A state with no way out is an end. */
export type Machine<State extends string, Event extends string> = Record<State, Partial<Record<Event, State>>>

type AnyMachine = Readonly<Record<string, Readonly<Partial<Record<string, string>>>>>

type EventOf<M extends AnyMachine> = { [S in keyof M]: keyof M[S] }[keyof M] & string
type StateOf<M extends AnyMachine> = keyof M & string

/** The states in which an event may happen: the guard of every update that moves something. */
export function statesThatCan<M extends AnyMachine>(machine: M, event: EventOf<M>): StateOf<M>[] {
  return Object.keys(machine).filter((state) => machine[state]?.[event] !== undefined)
}

export function can<M extends AnyMachine>(machine: M, state: StateOf<M>, event: EventOf<M>): boolean {
  return machine[state]?.[event] !== undefined
}

/** What may happen next, for `allowedActions` in answers, so that no screen repeats a rule. */
export function eventsFrom<M extends AnyMachine>(machine: M, state: StateOf<M>): EventOf<M>[] {
  return Object.keys(machine[state] ?? {})
}

export function isEnd<M extends AnyMachine>(machine: M, state: StateOf<M>): boolean {
  return Object.keys(machine[state] ?? {}).length === 0
}

/** A machine under the name of its table: the database is told its rules and refuses any other move. */
export interface NamedMachine {
  /** `holds.hold`: schema and table. */
  table: string
  machine: AnyMachine
}

export interface TransitionRule {
  table: string
  from: string
  event: string
  to: string
}

export function rulesOf({ table, machine }: NamedMachine): TransitionRule[] {
  const rules: TransitionRule[] = []
  for (const [from, events] of Object.entries(machine)) {
    for (const [event, to] of Object.entries(events))
      if (to !== undefined) rules.push({ table, from, event, to })
  }
  return rules
}

export const machineProblems = defineProblems('state', {
  notAllowed: {
    status: 409,
    title: 'This cannot be done in its present state',
    help: 'Read it again; `allowedActions` says what can be done now.',
  },
})
