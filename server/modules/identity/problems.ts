import { defineProblems } from '#platform/problem'

export const signInProblems = defineProblems('auth', {
  wrongCredentials: {
    status: 401,
    title: 'The e-mail address or the password is not right',
    help: 'Try again. The answer is the same whether the address is known or not.',
  },
  emailTaken: {
    status: 422,
    title: 'Somebody has signed up with this e-mail address already',
    help: 'Sign in instead.',
  },
  crossSite: {
    status: 403,
    title: 'This request came from another site',
    help: "A request with a session cookie must come from the installation's own pages (Origin or Sec-Fetch-Site). Programs use an API key.",
  },
  signInFailed: {
    status: 400,
    title: 'Signing in did not work',
    help: 'The detail says what was wrong.',
  },
})

export const organisationProblems = defineProblems('organisations', {
  slugTaken: { status: 409, title: 'This short name is taken', help: 'Choose another one.' },
})

export const memberProblems = defineProblems('members', {
  unknownPerson: {
    status: 422,
    title: 'Nobody has signed up with this e-mail address',
    help: 'Ask them to sign up first, then add them.',
  },
  alreadyMember: {
    status: 409,
    title: 'This person is a member already',
    help: 'Change their role instead.',
  },
  lastOwner: {
    status: 409,
    title: 'An organisation needs an owner',
    help: 'Make somebody else an owner first.',
  },
  roleTooHigh: {
    status: 403,
    title: 'This role may do more than you may',
    help: 'You can give and take only roles whose permissions you have yourself.',
  },
})

export const keyProblems = defineProblems('keys', {
  scopeTooWide: {
    status: 403,
    title: 'A key cannot do more than who makes it',
    help: 'Leave out the permissions that you do not have.',
  },
})

export const identityProblems = {
  ...signInProblems,
  ...organisationProblems,
  ...memberProblems,
  ...keyProblems,
}
