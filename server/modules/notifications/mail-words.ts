import type { Language } from '#modules/tickets'

interface Words {
  hello: (name: string) => string
  when: string
  where: string
  order: string
  tickets: string
  amount: string
  admitsHint: string
  link: string
  linkHint: string
  why: (organiser: string) => string
  ticketsSubject: (event: string) => string
  ticketsHeading: (count: number) => string
  ticketsIntro: (event: string, count: number) => string
  returnedSubject: (event: string) => string
  returnedHeading: string
  returnedTooLate: (event: string) => string
  returnedTwice: (event: string) => string
  returnedMoney: (amount: string) => string
  returnedSorry: string
  openOrder: string
  linksSubject: string
  linksHeading: string
  linksIntro: string
  linksWhy: string
  showTickets: string
  cancelled: string
}

const english: Words = {
  hello: (name) => `Hello ${name},`,
  when: 'When',
  where: 'Where',
  order: 'Order',
  tickets: 'Tickets',
  amount: 'Amount',
  admitsHint:
    'Show the code at the door, from this PDF or from your phone. Each code admits once, so keep it to yourself.',
  link: 'Show my tickets',
  linkHint: 'This link opens your order without a password. Please do not forward this mail.',
  why: (organiser) =>
    `You receive this mail because an order with ${organiser} was placed with this address.`,
  ticketsSubject: (event) => `Your tickets: ${event}`,
  ticketsHeading: (count) => (count === 1 ? 'Here is your ticket' : `Here are your ${count} tickets`),
  ticketsIntro: (event, count) =>
    `Thank you for your order. ${count === 1 ? 'Your ticket' : 'Your tickets'} for ${event} ${count === 1 ? 'is' : 'are'} attached to this mail, with an entry for your calendar.`,
  returnedSubject: (event) => `Your payment is on its way back: ${event}`,
  returnedHeading: 'Your money is on its way back',
  returnedTooLate: (event) =>
    `Your payment for ${event} reached us after the time for paying had passed, and by then the places had gone to somebody else. You have no tickets from this order, and you owe nothing.`,
  returnedTwice: (event) =>
    `We received a second payment for your order for ${event}, which was paid already. Your tickets stay valid; only the second payment goes back.`,
  returnedMoney: (amount) =>
    `We have asked the payment provider to return the full ${amount} in the way you paid. Banks usually take 5 to 10 days. You need to do nothing.`,
  returnedSorry: 'We are sorry that it did not work out.',
  openOrder: 'Look at the order',
  linksSubject: 'Your orders',
  linksHeading: 'Your orders',
  linksIntro:
    'You asked for the orders that were placed with this address. Each link opens its order without a password; please do not forward this mail.',
  linksWhy: 'If it was not you who asked, you can ignore this mail: nobody but you has seen these links.',
  showTickets: 'Open the order',
  cancelled: 'Cancelled',
}

const german: Words = {
  hello: (name) => `Guten Tag ${name},`,
  when: 'Wann',
  where: 'Wo',
  order: 'Bestellung',
  tickets: 'Tickets',
  amount: 'Betrag',
  admitsHint:
    'Zeigen Sie den Code am Einlass, aus dem PDF oder auf dem Telefon. Jeder Code gilt einmal; behalten Sie ihn deshalb für sich.',
  link: 'Meine Tickets zeigen',
  linkHint: 'Dieser Link öffnet Ihre Bestellung ohne Passwort. Bitte leiten Sie diese Mail nicht weiter.',
  why: (organiser) => `Sie erhalten diese Mail, weil mit dieser Adresse bei ${organiser} bestellt wurde.`,
  ticketsSubject: (event) => `Ihre Tickets: ${event}`,
  ticketsHeading: (count) => (count === 1 ? 'Hier ist Ihr Ticket' : `Hier sind Ihre ${count} Tickets`),
  ticketsIntro: (event, count) =>
    `Vielen Dank für Ihre Bestellung. ${count === 1 ? 'Ihr Ticket' : 'Ihre Tickets'} für ${event} ${count === 1 ? 'hängt' : 'hängen'} an dieser Mail, zusammen mit einem Eintrag für Ihren Kalender.`,
  returnedSubject: (event) => `Ihre Zahlung geht zurück: ${event}`,
  returnedHeading: 'Ihr Geld ist auf dem Weg zurück',
  returnedTooLate: (event) =>
    `Ihre Zahlung für ${event} kam bei uns an, als die Zeit zum Bezahlen vorbei war und die Plätze schon an jemand anderen gegangen waren. Sie haben aus dieser Bestellung keine Tickets und schulden nichts.`,
  returnedTwice: (event) =>
    `Für Ihre Bestellung für ${event}, die schon bezahlt war, kam eine zweite Zahlung an. Ihre Tickets bleiben gültig; nur die zweite Zahlung geht zurück.`,
  returnedMoney: (amount) =>
    `Wir haben den Zahlungsdienst beauftragt, die vollen ${amount} auf dem Weg zurückzuzahlen, auf dem Sie bezahlt haben. Banken brauchen dafür meist 5 bis 10 Tage. Sie müssen nichts tun.`,
  returnedSorry: 'Es tut uns leid, dass es nicht geklappt hat.',
  openOrder: 'Bestellung ansehen',
  linksSubject: 'Ihre Bestellungen',
  linksHeading: 'Ihre Bestellungen',
  linksIntro:
    'Sie haben nach den Bestellungen gefragt, die mit dieser Adresse aufgegeben wurden. Jeder Link öffnet seine Bestellung ohne Passwort; bitte leiten Sie diese Mail nicht weiter.',
  linksWhy:
    'Wenn nicht Sie gefragt haben, können Sie diese Mail ignorieren: Niemand außer Ihnen hat diese Links gesehen.',
  showTickets: 'Bestellung öffnen',
  cancelled: 'Abgesagt',
}

export function mailWords(language: Language): Words {
  return language === 'de' ? german : english
}

/** An amount in minor units as people of this language write it. The currency knows its digits: yen have none. */
export function amountIn(language: Language, amount: number, currency: string): string {
  const format = new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-GB', { style: 'currency', currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  // A decimal string, and not a division: money is never a float.
  const minor = String(amount).padStart(digits + 1, '0')
  const decimal = digits === 0 ? minor : `${minor.slice(0, -digits)}.${minor.slice(-digits)}`
  return format.format(decimal as `${number}`)
}
