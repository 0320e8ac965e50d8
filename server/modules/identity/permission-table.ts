import { z } from 'zod'

/** Everything that can be allowed or refused inside an organisation. */
export const permissions = [
  'organisation.manage',
  'members.manage',
  'keys.manage',
  'catalog.read',
  'catalog.write',
  'orders.read',
  'money.read',
  'tickets.manage',
  'messages.resend',
  'admission.scan',
  'admission.read',
] as const

export type Permission = (typeof permissions)[number]

export const roles = ['owner', 'manager', 'finance', 'box_office', 'door'] as const

export type Role = (typeof roles)[number]

/** The one table that says what each role may do. */
export const permissionTable: Readonly<Record<Role, readonly Permission[]>> = {
  owner: permissions,
  manager: [
    'members.manage',
    'catalog.read',
    'catalog.write',
    'orders.read',
    'money.read',
    'tickets.manage',
    'messages.resend',
    'admission.scan',
    'admission.read',
  ],
  finance: ['catalog.read', 'orders.read', 'money.read', 'admission.read'],
  box_office: [
    'catalog.read',
    'orders.read',
    'tickets.manage',
    'messages.resend',
    'admission.scan',
    'admission.read',
  ],
  door: ['catalog.read', 'admission.scan', 'admission.read'],
}

export const roleSchema = z.enum(roles)
export const permissionSchema = z.enum(permissions)
