import {
  accentOf,
  calendarEntry,
  isPaid,
  languageOf,
  placeOf,
  readOrderWithTickets,
  ticketsFile,
  timesOf,
  type EventOnTicket,
  type Language,
  type OrderForTickets,
  type OrderWithTickets,
} from '#modules/tickets'
import { withOrg } from '#platform/database'
import { htmlOf, textOf, type MailContent } from './mail-page.ts'
import type { OutgoingMail } from './mail-transport.ts'
import { amountIn, mailWords } from './mail-words.ts'
import type { Message, Template } from './message.ts'
import type { NotificationsDeps } from './notifications-deps.ts'

export interface RenderedMail extends Pick<OutgoingMail, 'subject' | 'html' | 'text' | 'attachments'> {
  fromName: string
}

/**
 * What a message says now, at the moment of sending: tickets, codes and links come from their sources and lie in no row.
 * Undefined: there is nothing left to say.
 */
export function renderMessage(deps: NotificationsDeps, message: Message): Promise<RenderedMail | undefined> {
  return renderers[message.template](deps, message)
}

type Renderer = (deps: NotificationsDeps, message: Message) => Promise<RenderedMail | undefined>

const renderers: Record<Template, Renderer> = {
  tickets: renderTickets,
  'payment-returned': renderPaymentReturned,
  'order-links': renderOrderLinks,
}

async function renderTickets(deps: NotificationsDeps, message: Message): Promise<RenderedMail | undefined> {
  const found = await orderOf(deps, message)
  const { order, event, codes } = found
  if (codes.size === 0) return undefined
  const language = languageOf(message.locale)
  const words = mailWords(language)
  const content: MailContent = {
    ...brandOf(event, language),
    subject: words.ticketsSubject(event.name),
    preview: [timesOf(event, language).day, event.venue?.name].filter(Boolean).join(' · '),
    heading: words.ticketsHeading(codes.size),
    paragraphs: [words.hello(order.buyerName), words.ticketsIntro(event.name, codes.size), words.admitsHint],
    facts: [
      ...eventFacts(event, language),
      ticketFact(found, language),
      { label: words.order, lines: [order.number] },
    ],
    action: { label: words.link, url: deps.guestLink(order) },
    smallPrint: [words.linkHint, words.why(event.organiser.name)],
  }
  const [pdf, calendar] = [await ticketsFile(found), calendarEntry(deps, order, event)]
  return {
    ...(await renderContent(content)),
    attachments: [
      { ...pdf, contentType: 'application/pdf' },
      { ...calendar, contentType: 'text/calendar; charset=utf-8; method=PUBLISH' },
    ],
  }
}

async function renderPaymentReturned(deps: NotificationsDeps, message: Message): Promise<RenderedMail> {
  const { order, event } = await orderOf(deps, message)
  const language = languageOf(message.locale)
  const words = mailWords(language)
  const amount = amountIn(language, order.total, order.currency)
  const what = isPaid(order)
    ? [words.returnedTwice(event.name)]
    : [words.returnedTooLate(event.name), words.returnedSorry]
  return renderContent({
    ...brandOf(event, language),
    subject: words.returnedSubject(event.name),
    preview: words.returnedMoney(amount),
    heading: words.returnedHeading,
    paragraphs: [words.hello(order.buyerName), ...what, words.returnedMoney(amount)],
    facts: [
      { label: words.amount, lines: [amount] },
      { label: words.order, lines: [order.number, event.name] },
    ],
    action: { label: words.openOrder, url: deps.guestLink(order) },
    smallPrint: [words.linkHint, words.why(event.organiser.name)],
  })
}

const mostLinks = 30

async function renderOrderLinks(
  deps: NotificationsDeps,
  message: Message,
): Promise<RenderedMail | undefined> {
  const language = languageOf(message.locale)
  const words = mailWords(language)
  const links = []
  for (const { orgId, id } of await deps.findOrdersOf(deps.emailKey(message.recipient), mostLinks)) {
    const found = await withOrg(deps.db, orgId, async (tx) => {
      const [order] = await deps.readOrders(tx, orgId, [id])
      const event = order && (await deps.readEvent(tx, orgId, order.eventId))
      return order && event ? { order, event } : undefined
    })
    if (found) links.push(linkTo(deps, found.order, found.event, language))
  }
  if (links.length === 0) return undefined
  return renderContent({
    language,
    brand: 'Tessera',
    accent: accentOf(null),
    subject: words.linksSubject,
    preview: words.linksIntro,
    heading: words.linksHeading,
    paragraphs: [words.linksIntro],
    facts: [],
    action: undefined,
    links,
    smallPrint: [words.linksWhy],
  })
}

function linkTo(deps: NotificationsDeps, order: OrderForTickets, event: EventOnTicket, language: Language) {
  const words = mailWords(language)
  const { day } = timesOf(event, language)
  const state = event.state === 'cancelled' ? words.cancelled : undefined
  return {
    title: event.name,
    detail: [state, day, event.organiser.name, order.number].filter((part) => part !== undefined).join(' · '),
    label: words.showTickets,
    url: deps.guestLink(order),
  }
}

async function orderOf(deps: NotificationsDeps, message: Message): Promise<OrderWithTickets> {
  if (message.orderId === null) throw new Error(`message ${message.id} is about no order`)
  return readOrderWithTickets(deps, message.orgId, message.orderId)
}

function brandOf(
  event: EventOnTicket,
  language: Language,
): Pick<MailContent, 'language' | 'brand' | 'accent' | 'links'> {
  return { language, brand: event.organiser.name, accent: accentOf(event.organiser.accentColor), links: [] }
}

function eventFacts(event: EventOnTicket, language: Language): MailContent['facts'][number][] {
  const words = mailWords(language)
  const { day, times } = timesOf(event, language)
  const place = event.venue ? placeOf(event.venue, language) : undefined
  return [
    { label: words.when, lines: [day, times] },
    ...(place ? [{ label: words.where, lines: [place.name, ...place.lines] }] : []),
  ]
}

function ticketFact({ tickets, codes }: OrderWithTickets, language: Language): MailContent['facts'][number] {
  const counts = new Map<string, number>()
  for (const ticket of tickets)
    if (codes.has(ticket.id)) counts.set(ticket.typeName, (counts.get(ticket.typeName) ?? 0) + 1)
  return {
    label: mailWords(language).tickets,
    lines: [...counts].map(([name, count]) => `${count} × ${name}`),
  }
}

async function renderContent(content: MailContent): Promise<RenderedMail> {
  return {
    fromName: content.brand,
    subject: content.subject,
    html: await htmlOf(content),
    text: textOf(content),
    attachments: [],
  }
}
