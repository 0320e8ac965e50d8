import { expect, test } from 'vitest'
import type { OrgId } from '#platform/ids'
import { callerFromPerson } from './authenticate.ts'
import { permissions, roles, type Permission, type Role } from './permission-table.ts'

const here = '00000000-0000-7000-8000-0000000000aa' as OrgId
const elsewhere = '00000000-0000-7000-8000-0000000000bb' as OrgId

// Written out by hand and on purpose: a change of the table must be a change of two places.
const yes = '+'
const expected: Record<Permission, Record<Role, string>> = {
  'organisation.manage': { owner: '+', manager: '-', finance: '-', box_office: '-', door: '-' },
  'members.manage': { owner: '+', manager: '+', finance: '-', box_office: '-', door: '-' },
  'keys.manage': { owner: '+', manager: '-', finance: '-', box_office: '-', door: '-' },
  'catalog.read': { owner: '+', manager: '+', finance: '+', box_office: '+', door: '+' },
  'catalog.write': { owner: '+', manager: '+', finance: '-', box_office: '-', door: '-' },
  'orders.read': { owner: '+', manager: '+', finance: '+', box_office: '+', door: '-' },
  'money.read': { owner: '+', manager: '+', finance: '+', box_office: '-', door: '-' },
  'tickets.manage': { owner: '+', manager: '+', finance: '-', box_office: '+', door: '-' },
  'messages.resend': { owner: '+', manager: '+', finance: '-', box_office: '+', door: '-' },
  'admission.scan': { owner: '+', manager: '+', finance: '-', box_office: '+', door: '+' },
  'admission.read': { owner: '+', manager: '+', finance: '+', box_office: '+', door: '+' },
}

const cases = roles.flatMap((role) => permissions.map((permission) => ({ role, permission })))

test.each(cases)(
  '$role and $permission: as the table says, and only in the own organisation',
  ({ role, permission }) => {
    const caller = callerFromPerson({
      id: 'p' as never,
      name: 'Somebody',
      email: 'somebody@example.com',
      operator: true,
      memberships: [{ orgId: here, role }],
    })
    expect(caller.can(permission, here)).toBe(expected[permission][role] === yes)
    // Not even an operator acts inside an organisation without being a member.
    expect(caller.can(permission, elsewhere)).toBe(false)
    expect(caller.belongsTo(elsewhere)).toBe(false)
  },
)

test('what nobody has declared, nobody may do', () => {
  const caller = callerFromPerson({
    id: 'p' as never,
    name: 'Somebody',
    email: 'somebody@example.com',
    operator: false,
    memberships: [{ orgId: here, role: 'owner' }],
  })
  expect(caller.can('everything', here)).toBe(false)
})
