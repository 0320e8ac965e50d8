import { z } from 'zod'
import { defineEvent } from '#platform/events'
import { roleSchema } from './permission-table.ts'

const by = { actor: z.string() }

export const organisationCreated = defineEvent(
  'organisationCreated',
  1,
  z.object({ organisationId: z.uuid(), ...by }),
)
export const organisationChanged = defineEvent(
  'organisationChanged',
  1,
  z.object({ organisationId: z.uuid(), fields: z.array(z.string()), ...by }),
)
export const memberAdded = defineEvent(
  'memberAdded',
  1,
  z.object({ personId: z.uuid(), role: roleSchema, ...by }),
)
export const memberRoleChanged = defineEvent(
  'memberRoleChanged',
  1,
  z.object({ personId: z.uuid(), from: roleSchema, to: roleSchema, ...by }),
)
export const memberRemoved = defineEvent(
  'memberRemoved',
  1,
  z.object({ personId: z.uuid(), role: roleSchema, ...by }),
)
export const apiKeyCreated = defineEvent(
  'apiKeyCreated',
  1,
  z.object({ keyId: z.uuid(), scopes: z.array(z.string()), ...by }),
)
export const apiKeyRevoked = defineEvent('apiKeyRevoked', 1, z.object({ keyId: z.uuid(), ...by }))
