import type { MoreStrings } from './en-more.ts'

export const germanMore: MoreStrings = {
  'checkout.title': 'Kasse',
  'checkout.back': 'Tickets ändern',
  'checkout.held': 'Ihre Plätze sind zurückgelegt für',
  'checkout.heldNoClock': 'Ihre Plätze sind zurückgelegt',
  'checkout.ended.title': 'Die Zeit für diese Plätze ist um',
  'checkout.ended.text':
    'Sie sind wieder im Verkauf, damit andere sie haben können. Ihre Eingaben sind noch da: Versuchen Sie es erneut, und wenn die Plätze noch frei sind, gehören sie Ihnen.',
  'checkout.ended.again': 'Erneut versuchen',
  'checkout.ended.choose': 'Andere Tickets wählen',
  'checkout.empty.title': 'Ihr Warenkorb ist leer',
  'checkout.empty.text': 'Wählen Sie zuerst Tickets. Wir legen sie zurück, während Sie den Rest ausfüllen.',
  'checkout.empty.action': 'Tickets wählen',
  'checkout.you': 'Für wen sind die Tickets?',
  'checkout.name': 'Name',
  'checkout.name.hint': 'So, wie er auf den Tickets stehen soll.',
  'checkout.email': 'E-Mail',
  'checkout.email.hint': 'Hierhin kommen die Tickets. Keine Werbung.',
  'checkout.agree': 'Womit Sie einverstanden sind',
  'checkout.terms': 'Ich nehme die Bedingungen von {{organiser}} an.',
  'checkout.terms.read': 'Bedingungen lesen',
  'checkout.terms.free':
    'Ich nehme die Bedingungen von {{organiser}} und die Regeln zur Rückgabe von Tickets an.',
  'checkout.terms.free.read': 'Bedingungen und Regeln lesen',
  'checkout.refund': 'Ich habe die Regeln zur Erstattung gelesen: {{rule}}',
  'checkout.refund.read': 'Regeln zur Erstattung ganz lesen',
  'checkout.pay': '{{price}} bezahlen',
  'checkout.free': 'Tickets holen',
  'checkout.pay.note':
    'Sie zahlen auf der gesicherten Seite unseres Zahlungsdienstes. Dieser Shop sieht Ihre Karte nie.',
  'checkout.summary': 'Ihre Bestellung',
  'checkout.total': 'Gesamt',
  'checkout.allIn': 'Alles enthalten',
  'checkout.breakdown': 'Wie es sich zusammensetzt',
  'checkout.included': 'enthalten',
  'checkout.name.missing': 'Bitte geben Sie einen Namen ein.',
  'checkout.name.long': 'Bitte höchstens 200 Zeichen.',
  'checkout.email.wrong': 'Bitte prüfen Sie die Adresse. Sie sollte wie name@example.com aussehen.',
  'checkout.accept.missing': 'Bitte kreuzen Sie dieses Feld an, um fortzufahren.',

  'return.checking.title': 'Wir fragen beim Zahlungsdienst nach',
  'return.checking.text': 'Einen Moment, bitte. Ihre Plätze sind sicher.',
  'return.line.title': 'Sie stehen an der Kasse an',
  'return.line.position_one': 'Sie sind als Nächstes dran.',
  'return.line.position_other': 'Platz {{count}} in der Reihe.',
  'return.line.text':
    'Gerade zahlen sehr viele. Ihre Plätze bleiben zurückgelegt, und die Zahlungsseite öffnet sich von selbst.',
  'return.open.title': 'Noch nicht bezahlt',
  'return.open.text': 'Ihre Plätze sind noch zurückgelegt. Sie können jetzt bezahlen oder sie freigeben.',
  'return.open.until': 'Zurückgelegt für weitere',
  'return.open.pay': 'Jetzt bezahlen',
  'return.open.cancel': 'Plätze freigeben',
  'return.opening.title': 'Die Zahlungsseite wird geöffnet',
  'return.unopened.title': 'Die Zahlungsseite ließ sich nicht öffnen',
  'return.unopened.held': 'Ihre Plätze sind weiter zurückgelegt.',
  'return.unopened.again': 'Erneut versuchen',
  'return.declined.title': 'Die Zahlung wurde abgelehnt',
  'return.declined.text':
    'Es wurde nichts abgebucht, und Ihre Plätze sind noch zurückgelegt. Versuchen Sie es erneut, vielleicht mit einer anderen Karte.',
  'return.declined.again': 'Erneut versuchen',
  'return.failed.title': 'Die Zahlung wurde abgelehnt',
  'return.failed.text':
    'Es wurde nichts abgebucht, und die Plätze sind wieder im Verkauf. Gibt es noch Tickets, können Sie neu bestellen, vielleicht mit einer anderen Karte.',
  'return.bank.title': 'Ihre Bank bestätigt noch',
  'return.bank.text':
    'Ihre Plätze sind sicher. Das kann Minuten dauern, bei manchen Zahlungsarten Tage. Sie können diese Seite schließen: Ihre Tickets kommen per E-Mail an {{email}}, sobald das Geld da ist.',
  'return.returned.title': 'Ihr Geld ist auf dem Rückweg',
  'return.returned.text':
    'Die Zahlung kam an, als Ihre Plätze schon vergeben waren. Wir haben deshalb alles zurückgeschickt: {{total}}. Bei den meisten Banken ist es in 5 bis 10 Tagen wieder da. Es tut uns leid.',
  'return.cancelled.title': 'Diese Bestellung ist storniert',
  'return.cancelled.text': 'Die Plätze sind wieder im Verkauf, und es wurde nichts abgebucht.',
  'return.expired.title': 'Die Zeit zum Bezahlen ist um',
  'return.expired.text':
    'Die Plätze sind wieder im Verkauf, und es wurde nichts abgebucht. Gibt es noch Tickets, können Sie neu bestellen.',
  'return.again': 'Neue Tickets wählen',
  'return.trouble':
    'Der Server ist gerade nicht erreichbar. Wir versuchen es weiter; Ihre Bestellung geht nicht verloren.',

  'order.in': 'Sie sind dabei.',
  'order.in.text':
    'Wir haben Ihre Tickets an {{email}} geschickt. Sie stehen auch hier, und diese Seite geht ohne Netz, sobald Sie sie einmal geöffnet haben.',
  'order.title': 'Ihre Tickets',
  'order.number': 'Bestellung {{number}}',
  'order.eventCancelled.title': 'Diese Veranstaltung ist abgesagt',
  'order.eventCancelled.text':
    'Wegen Ihres Geldes schreibt Ihnen der Veranstalter an {{email}}. Sie müssen nichts tun.',
  'order.refunded': 'Diese Bestellung wurde erstattet.',
  'order.partlyRefunded': 'Ein Teil dieser Bestellung wurde erstattet.',
  'order.pdf': 'Als PDF sichern',
  'order.calendar': 'In den Kalender',
  'order.resend': 'Erneut per E-Mail',
  'order.resent': 'Erneut an {{email}} geschickt.',
  'order.resend.many':
    'Gerade erst geschickt. Bitte sehen Sie im Posteingang und im Spam nach, bevor Sie es erneut versuchen.',
  'order.failed': 'Das hat nicht geklappt. Bitte versuchen Sie es gleich noch einmal.',
  'order.receipt': 'Was Sie bezahlt haben',
  'order.paidOn': 'Bezahlt am {{date}}',
  'order.buyer': 'Gekauft von {{name}}, {{email}}',
  'order.offline': 'Kein Netz. Das sind Ihre Tickets vom Stand {{date}}; die Codes gelten an der Tür.',
  'order.noToken.title': 'Öffnen Sie die Bestellung aus Ihrer E-Mail',
  'order.noToken.text':
    'Zu Ihrer Sicherheit öffnet sich eine Bestellung nur mit dem Link aus der Bestätigung oder auf dem Gerät, auf dem gekauft wurde.',
  'order.noToken.action': 'Links zusenden',
  'order.noTickets': 'Ihre Tickets entstehen gerade. In wenigen Sekunden sind sie hier.',
  'order.event': 'Zur Veranstaltung',

  'code.show': 'Code groß zeigen',
  'code.alt': 'Einlasscode von Ticket {{serial}}',
  'code.back': 'Alle Tickets dieser Bestellung',
  'code.serial': 'Nr. {{serial}}',
  'code.admits_one': 'Gilt für {{count}} Person',
  'code.admits_other': 'Gilt für {{count}} Personen',
  'code.used': 'Bereits eingelassen',
  'code.void': 'Nicht mehr gültig',
  'code.refunded': 'Erstattet',
  'code.bright':
    'Halten Sie diesen Code an den Scanner. Der Bildschirm bleibt an, solange die Seite offen ist.',
  'code.previous': 'Voriges Ticket',
  'code.next': 'Nächstes Ticket',
  'code.of': '{{index}} von {{count}}',
  'code.missing.title': 'Dieses Ticket gehört nicht zu dieser Bestellung',

  'find.title': 'Bestellung finden',
  'find.lead':
    'Nennen Sie uns die E-Mail-Adresse Ihrer Bestellung. Wir senden Ihnen einen Link zu jeder Bestellung dieser Adresse.',
  'find.email': 'E-Mail',
  'find.send': 'Links zusenden',
  'find.sent.title': 'Sehen Sie in Ihren Posteingang',
  'find.sent.text':
    'Gibt es Bestellungen für {{email}}, ist eine E-Mail mit den Links unterwegs. Das kann eine Minute dauern; sehen Sie auch im Spam nach.',
  'find.again': 'Andere Adresse versuchen',

  'problem.order.unsure':
    'Keine Verbindung. Vielleicht kam Ihre Bestellung an, vielleicht nicht. Drücken Sie einfach noch einmal: Doppelt bestellen können Sie nicht.',
  'problem.orders.hold-ended': 'Die Zeit für diese Plätze ist um.',
  'problem.orders.terms-required': 'Bitte nehmen Sie die Bedingungen und die Regeln zur Erstattung an.',
  'problem.orders.terms-changed':
    'Die Bedingungen oder die Regeln zur Erstattung wurden soeben geändert. Bitte lesen und bestätigen Sie sie erneut.',
  'problem.orders.price-changed':
    'Der Preis hat sich soeben geändert. Bitte sehen Sie sich den neuen Gesamtbetrag an.',
  'problem.orders.limit-per-buyer':
    'Mit dieser E-Mail-Adresse gibt es unfertige Bestellungen. Bitte bezahlen oder stornieren Sie diese zuerst; Sie finden sie unter „Bestellung finden“.',
  'problem.orders.not-payable':
    'Diese Bestellung kann nicht mehr bezahlt werden. Bitte sehen Sie nach, wie sie steht.',
  'problem.orders.already-placed': 'Diese Bestellung wurde schon in einem anderen Tab abgeschickt.',
}
