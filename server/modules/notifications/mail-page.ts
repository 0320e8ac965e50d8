import {
  Body,
  Button,
  Column,
  Container,
  Head,
  Heading,
  Hr,
  Html,
  Preview,
  render,
  Row,
  Section,
  Text,
} from '@react-email/components'
import { createElement as h, Fragment, type ReactElement } from 'react'
import type { Accent, Language } from '#modules/tickets'

/** What a mail says, before it has a look. The HTML and the plain text are made from the same. */
export interface MailContent {
  language: Language
  subject: string
  /** The line that mailboxes show beside the subject. */
  preview: string
  brand: string
  accent: Accent
  heading: string
  paragraphs: readonly string[]
  /** Label and what it says, possibly on several lines. */
  facts: readonly { label: string; lines: readonly string[] }[]
  action: { label: string; url: string } | undefined
  /** Other orders, each with its own link. */
  links: readonly { title: string; detail: string; label: string; url: string }[]
  smallPrint: readonly string[]
}

export async function htmlOf(content: MailContent): Promise<string> {
  return render(mailPage(content))
}

/** For readers without HTML, and for filters that distrust mails that have none. */
export function textOf({
  heading,
  paragraphs,
  facts,
  action,
  links,
  smallPrint,
  brand,
}: MailContent): string {
  const blocks = [
    brand,
    heading,
    ...paragraphs,
    ...facts.map(({ label, lines }) => [`${label}:`, ...lines.map((line) => `  ${line}`)].join('\n')),
    ...(action ? [`${action.label}:\n${action.url}`] : []),
    ...links.map((link) => `${link.title}\n${link.detail}\n${link.url}`),
    `--\n${smallPrint.join('\n')}`,
  ]
  return `${blocks.join('\n\n')}\n`
}

const colors = { ink: '#111827', quiet: '#5b6472', page: '#f3f4f6', card: '#ffffff', line: '#e5e7eb' }

// Mail programs that turn colours round by themselves do it badly; these are the ones for the dark, said outright.
const darkMode = `
  :root { color-scheme: light dark; supported-color-schemes: light dark; }
  @media (prefers-color-scheme: dark) {
    .page, .page > table > tbody > tr > td { background-color: #0b0f14 !important; }
    .card { background-color: #161c24 !important; border-color: #2a323d !important; }
    .ink, .ink a { color: #f3f4f6 !important; }
    .quiet { color: #a3adba !important; }
    .line { border-color: #2a323d !important; }
  }
  @media (max-width: 480px) { .inset { padding-left: 22px !important; padding-right: 22px !important; } }`

const fonts = "'Hanken Grotesk', 'Helvetica Neue', Helvetica, Arial, sans-serif"
const text = { fontFamily: fonts, fontSize: '16px', lineHeight: '25px', margin: '0 0 16px' }

function mailPage(content: MailContent): ReactElement {
  const { language, preview, accent, brand, heading, paragraphs, facts, action, links, smallPrint } = content
  return h(
    Html,
    { lang: language, dir: 'ltr' },
    h(
      Head,
      null,
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('meta', { name: 'supported-color-schemes', content: 'light dark' }),
      h('title', null, content.subject),
      h('style', { dangerouslySetInnerHTML: { __html: darkMode } }),
    ),
    h(Preview, null, preview),
    h(
      Body,
      { className: 'page', style: { backgroundColor: colors.page, margin: 0, padding: '28px 12px' } },
      h(
        Container,
        {
          className: 'card',
          style: {
            backgroundColor: colors.card,
            border: `1px solid ${colors.line}`,
            borderRadius: '16px',
            overflow: 'hidden',
            maxWidth: '560px',
            width: '100%',
          },
        },
        brandBand(brand, accent),
        h(
          Section,
          { className: 'inset', style: { padding: '32px 36px 28px' } },
          h(
            Heading,
            {
              as: 'h1',
              className: 'ink',
              style: {
                ...text,
                color: colors.ink,
                fontSize: '25px',
                lineHeight: '31px',
                fontWeight: 700,
                margin: '0 0 18px',
              },
            },
            heading,
          ),
          ...paragraphs.map((paragraph, key) =>
            h(Text, { key, className: 'ink', style: { ...text, color: colors.ink } }, paragraph),
          ),
          factTable(facts),
          action ? actionButton(action, accent) : null,
          ...links.map((link, key) => linkCard(link, accent, key)),
          h(Hr, { className: 'line', style: { borderColor: colors.line, margin: '28px 0 18px' } }),
          ...smallPrint.map((line, key) =>
            h(
              Text,
              {
                key,
                className: 'quiet',
                style: {
                  ...text,
                  color: colors.quiet,
                  fontSize: '13px',
                  lineHeight: '19px',
                  margin: '0 0 6px',
                },
              },
              line,
            ),
          ),
        ),
      ),
    ),
  )
}

function brandBand(brand: string, accent: Accent): ReactElement {
  return h(
    Section,
    { className: 'inset', style: { backgroundColor: accent.fill, padding: '20px 36px' } },
    h(
      Text,
      {
        style: {
          ...text,
          color: accent.onFill,
          fontWeight: 700,
          fontSize: '15px',
          lineHeight: '20px',
          margin: 0,
        },
      },
      brand,
    ),
  )
}

const cell = { ...text, lineHeight: '21px', margin: 0, padding: '11px 0', verticalAlign: 'top' } as const

function factTable(facts: MailContent['facts']): ReactElement | null {
  if (facts.length === 0) return null
  return h(
    Section,
    { className: 'line', style: { borderTop: `1px solid ${colors.line}`, margin: '8px 0 24px' } },
    ...facts.map((fact, key) =>
      h(Row, {
        key,
        className: 'line',
        style: { borderBottom: `1px solid ${colors.line}` },
        children: factCells(fact),
      }),
    ),
  )
}

function factCells({ label, lines }: MailContent['facts'][number]): ReactElement {
  const left = { ...cell, color: colors.quiet, fontSize: '14px', width: '108px', paddingRight: '12px' }
  const right = { ...cell, color: colors.ink, fontSize: '15px' }
  const said = lines.map((line, index) =>
    h(Fragment, { key: index }, index === 0 ? null : h('br'), h(index === 0 ? 'strong' : 'span', null, line)),
  )
  return h(
    Fragment,
    null,
    h(Column, { className: 'quiet', style: left }, label),
    h(Column, { className: 'ink', style: right }, ...said),
  )
}

function actionButton(action: { label: string; url: string }, accent: Accent): ReactElement {
  return h(
    Button,
    {
      href: action.url,
      style: {
        backgroundColor: accent.fill,
        color: accent.onFill,
        fontFamily: fonts,
        fontSize: '16px',
        fontWeight: 700,
        borderRadius: '10px',
        padding: '14px 26px',
        textDecoration: 'none',
        display: 'inline-block',
      },
    },
    action.label,
  )
}

function linkCard(link: MailContent['links'][number], accent: Accent, key: number): ReactElement {
  return h(
    Section,
    {
      key,
      className: 'line',
      style: {
        border: `1px solid ${colors.line}`,
        borderLeft: `4px solid ${accent.fill}`,
        borderRadius: '10px',
        padding: '14px 18px',
        margin: '0 0 12px',
      },
    },
    h(
      Text,
      { className: 'ink', style: { ...text, color: colors.ink, fontWeight: 700, margin: 0 } },
      link.title,
    ),
    h(
      Text,
      {
        className: 'quiet',
        style: { ...text, color: colors.quiet, fontSize: '14px', lineHeight: '20px', margin: '2px 0 8px' },
      },
      link.detail,
    ),
    h(
      'a',
      {
        href: link.url,
        className: 'ink',
        style: {
          fontFamily: fonts,
          fontSize: '15px',
          fontWeight: 700,
          color: colors.ink,
          textDecoration: 'underline',
        },
      },
      link.label,
    ),
  )
}
