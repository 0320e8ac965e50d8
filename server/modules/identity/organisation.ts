import { z } from 'zod'
import { humanText } from '#platform/http'
import type { OrgId } from '#platform/ids'
import { roundings, type Rounding } from '#platform/money'

/** The platform itself: it keeps books like every other organisation. Made by the migration. */
export const platformOrgId = '00000000-0000-7000-8000-000000000001' as OrgId

export interface Organisation {
  id: OrgId
  slug: string
  name: string
  about: string
  accentColor: string | null
  websiteUrl: string | null
  locale: 'en' | 'de'
  currency: string
  country: string
  rounding: Rounding
}

// First segments of the storefront's addresses (and names nobody should be able to pretend to be).
const reservedSlugs = new Set([
  'admin',
  'api',
  'assets',
  'backoffice',
  'door',
  'favicon',
  'find-order',
  'health',
  'help',
  'metrics',
  'openapi',
  'openapi-json',
  'orders',
  'platform',
  'reference',
  'support',
  'tessera',
  'v1',
  'www',
])

export const slugSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/, 'lower-case letters, digits and hyphens, at most 60')
  .refine((slug) => !reservedSlugs.has(slug), 'is reserved')

const currencies = new Set(Intl.supportedValuesOf('currency'))

/** What an organisation says about itself. */
export const organisationFields = {
  name: humanText({ max: 120 }),
  slug: slugSchema,
  about: humanText({ min: 0, max: 5000, lines: true }),
  accentColor: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'must be like #0f766e')
    .toLowerCase()
    .nullable(),
  websiteUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .nullable(),
  locale: z.enum(['en', 'de']),
  currency: z
    .string()
    .refine((code) => currencies.has(code), 'must be an ISO 4217 currency in capitals, like EUR'),
  country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166 country in capitals, like DE'),
  rounding: z.enum(roundings),
} as const

/** A slug made of a name; `suffix` tells two of the same name apart. */
export function slugFrom(name: string, suffix = ''): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll('ß', 'ss')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replaceAll(/^-+|-+$/g, '')
  const slug = [plain, suffix].filter((part) => part !== '').join('-')
  return slug === '' || reservedSlugs.has(slug) ? `organiser${slug === '' ? '' : `-${slug}`}` : slug
}
