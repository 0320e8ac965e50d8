/** Markup that is safe to insert as it is. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = Markup | string | number | null | undefined | false | Part[]

/** Escapes text for markup and for quoted attributes. */
export function escapeHtml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (part instanceof Markup) return part.text
  if (Array.isArray(part)) return part.map(render).join('')
  return escapeHtml(String(part))
}

/** Builds markup; every value is escaped unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  let out = strings[0] ?? ''
  for (const [i, part] of parts.entries()) out += render(part) + (strings[i + 1] ?? '')
  return new Markup(out)
}

/** An answer of a page: markup, or the address to go to next. */
export type PageAnswer =
  | { kind: 'page'; status: number; markup: Markup; script?: string | undefined }
  | { kind: 'redirect'; to: string }
