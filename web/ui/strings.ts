/** The design system's own words. An app merges them with its own. */
export const uiEnglish = {
  'ui.fewer': 'One fewer: {{name}}',
  'ui.more': 'One more: {{name}}',
  'ui.quantity': 'Number of tickets: {{name}}',
  'ui.close': 'Close',
  'ui.timeLeft_one': '{{count}} minute left',
  'ui.timeLeft_other': '{{count}} minutes left',
  'ui.secondsLeft': '{{count}} seconds left',
  'ui.loading': 'Loading',
  'ui.yourTime': '{{time}} where you are',
  'ui.reference': 'Reference for support: {{id}}',
  'ui.working': 'Working',
}

export type UiStrings = typeof uiEnglish

export const uiGerman: UiStrings = {
  'ui.fewer': 'Einmal weniger: {{name}}',
  'ui.more': 'Einmal mehr: {{name}}',
  'ui.quantity': 'Anzahl der Tickets: {{name}}',
  'ui.close': 'Schließen',
  'ui.timeLeft_one': 'noch {{count}} Minute',
  'ui.timeLeft_other': 'noch {{count}} Minuten',
  'ui.secondsLeft': 'noch {{count}} Sekunden',
  'ui.loading': 'Wird geladen',
  'ui.yourTime': '{{time}} bei Ihnen',
  'ui.reference': 'Kennung für den Support: {{id}}',
  'ui.working': 'Einen Moment',
}
