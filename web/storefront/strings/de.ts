import { uiGerman, type UiStrings } from '@tessera/ui'
import type { ArrivalStrings } from './en.ts'

export const german: ArrivalStrings & UiStrings = {
  ...uiGerman,

  'test.banner': 'Testbetrieb: kein echtes Geld, keine echten Tickets',

  'nav.findOrder': 'Bestellung finden',
  'nav.skip': 'Zum Inhalt',
  'nav.home': 'Startseite',
  'nav.loading': 'Die nächste Seite wird geladen',

  'footer.by': 'Ticketverkauf mit Tessera',

  'home.title': 'Tickets zum ehrlichen Preis',
  'home.lead': 'Wählen Sie einen Veranstalter, um sein Programm zu sehen.',
  'home.none.title': 'Hier hat noch niemand einen Verkauf eröffnet',
  'home.none.text': 'Veranstaltungen erscheinen hier, sobald die erste veröffentlicht ist.',

  'organiser.upcoming': 'Demnächst',
  'organiser.past': 'Vergangenes',
  'organiser.website': 'Website',
  'organiser.none.title': 'Zurzeit nichts im Verkauf',
  'organiser.none.text':
    '{{name}} hat die nächste Veranstaltung noch nicht angekündigt. Sie steht zuerst hier.',
  'organiser.from': 'ab {{price}}',
  'organiser.free': 'Kostenlos',

  'event.when': 'Wann',
  'event.where': 'Wo',
  'event.price': 'Preis',
  'event.doors': 'Einlass {{time}}',
  'event.starts': 'Beginn {{time}}',
  'event.until': 'bis {{time}}',
  'event.fromPrice': 'Ab {{price}}',
  'event.allIn': 'alle Gebühren und Steuern enthalten',
  'event.free': 'Eintritt frei',
  'event.map': 'Auf der Karte zeigen',
  'event.about': 'Über die Veranstaltung',
  'event.organiser': 'Veranstaltet von {{name}}',
  'event.rules': 'Gut zu wissen',
  'event.terms': 'Bedingungen',
  'event.refunds': 'Erstattung',
  'event.tickets': 'Tickets',
  'event.cancelled.title': 'Diese Veranstaltung ist abgesagt',
  'event.cancelled.text':
    'Wer Tickets hat, bekommt wegen des Geldes eine E-Mail. Gekauft werden kann nichts mehr.',
  'event.cancelled.badge': 'Abgesagt',
  'event.over.title': 'Diese Veranstaltung ist vorbei',
  'event.over.text': 'Sie fand am {{date}} statt.',
  'event.more': 'Mehr von {{name}}',
  'event.soldOut.title': 'Ausverkauft',
  'event.soldOut.text':
    'Alle Tickets sind vergeben. Wird ein Platz zurückgegeben, erscheint er hier von selbst.',
  'event.ended.title': 'Der Verkauf ist beendet',
  'event.ended.text': 'Hier gibt es keine Tickets mehr. Vielleicht noch an der Abendkasse.',
  'event.notYet.title': 'Noch nicht im Verkauf',
  'event.notYet.text':
    'Der Verkauf beginnt am {{date}}. Diese Seite öffnet sich von selbst, ohne neu zu laden.',
  'event.noTickets.title': 'Noch keine Tickets',
  'event.noTickets.text': 'Für diese Veranstaltung wurden noch keine Tickets veröffentlicht.',
  'event.live.lost':
    'Die Verfügbarkeit wird gerade nicht laufend aktualisiert und kann einen Moment alt sein.',

  'ticket.free': 'Kostenlos',
  'ticket.breakdown': 'Zusammensetzung',
  'ticket.face': 'Ticket',
  'ticket.fees': 'Gebühren',
  'ticket.tax': 'Steuer',
  'ticket.taxIncluded': 'Steuer, im Ticket enthalten',
  'ticket.total': 'Sie zahlen',
  'ticket.few': 'Nur noch wenige',
  'ticket.last': 'Die letzten {{count}}',
  'ticket.soldOut': 'Ausverkauft',
  'ticket.ended': 'Verkauf beendet',
  'ticket.notYet': 'Ab {{date}}',
  'ticket.opensIn': 'Öffnet in',
  'ticket.until': 'Bis {{date}}',
  'ticket.max_one': 'Höchstens {{count}} je Bestellung',
  'ticket.max_other': 'Höchstens {{count}} je Bestellung',
  'ticket.reduced': 'Es sind weniger übrig, als Sie gewählt hatten; Ihre Anzahl wurde gesenkt.',

  'basket.count_one': '{{count}} Ticket',
  'basket.count_other': '{{count}} Tickets',
  'basket.continue': 'Weiter',
  'basket.empty': 'Wählen Sie Ihre Tickets. Ein Konto ist nicht nötig.',
  'basket.region': 'Ihr Warenkorb',
  'basket.busy': 'Gerade kaufen sehr viele. Wir versuchen es weiter für Sie.',
  'basket.soldOut.title': 'Jemand war schneller',
  'basket.soldOut.some':
    'Von „{{name}}“ sind im Moment nur {{count}} zu haben. Ihre Anzahl wurde gesenkt; bitte prüfen Sie sie.',
  'basket.soldOut.none':
    '„{{name}}“ ist soeben ausverkauft. Es wurde nichts zurückgelegt; bitte wählen Sie neu.',

  'refund.none': 'keine Erstattung, außer bei Absage oder Verlegung.',
  'refund.always': 'Geld zurück bis zum Beginn der Veranstaltung.',
  'refund.past':
    'die Frist für Erstattungen endete am {{date}}; danach gibt es keine, außer bei Absage oder Verlegung.',
  'refund.until': 'Geld zurück bis {{date}}.',
  'refund.keepsFees': 'Gebühren werden einbehalten.',
  'refund.short.none': 'Keine Erstattung, außer bei Absage oder Verlegung.',
  'refund.short.always': 'Geld zurück bis zum Beginn der Veranstaltung.',
  'refund.short.past': 'Die Frist für Erstattungen endete am {{date}}.',
  'refund.short.until': 'Geld zurück bis {{date}}.',

  'error.notFound.title': 'Unter dieser Adresse ist nichts',
  'error.notFound.text': 'Der Link ist vielleicht alt, oder unterwegs ging ein Buchstabe verloren.',
  'error.offline.title': 'Keine Verbindung',
  'error.offline.text':
    'Der Server ist nicht erreichbar. Prüfen Sie Ihr Netz und versuchen Sie es erneut; es ist nichts verloren.',
  'error.busy.title': 'Gerade sind sehr viele hier',
  'error.busy.text': 'Bitte warten Sie einen Moment und versuchen Sie es erneut.',
  'error.other.title': 'Bei uns ist etwas schiefgegangen',
  'error.other.text': 'Der Fehler ist vermerkt. Bitte versuchen Sie es gleich noch einmal.',
  'error.retry': 'Erneut versuchen',

  'problem.network.unreachable': 'Keine Verbindung. Es ist nichts geschehen; bitte versuchen Sie es erneut.',
  'problem.request.too-many': 'Das war etwas zu oft. Bitte warten Sie einen Moment.',
  'problem.server.busy': 'Gerade sind sehr viele hier. Bitte versuchen Sie es gleich noch einmal.',
  'problem.server.unexpected':
    'Bei uns ist etwas schiefgegangen. Der Fehler ist vermerkt; bitte versuchen Sie es erneut.',
  'problem.holds.busy': 'Gerade kaufen sehr viele. Bitte versuchen Sie es gleich noch einmal.',
  'problem.holds.not-on-sale': 'Eines dieser Tickets ist im Moment nicht im Verkauf.',
  'problem.holds.limit': 'Das sind mehr oder weniger, als in eine Bestellung dürfen.',
  'problem.holds.unknown-ticket-type': 'Eines dieser Tickets gibt es nicht mehr. Bitte wählen Sie neu.',
  'problem.title': 'Das hat nicht geklappt',
  'problem.form': 'Bitte sehen Sie sich die markierten Felder an.',
}
