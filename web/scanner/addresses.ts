/** Every address of the door app, below /door. */
export const addresses = {
  choose: '/',
  signIn: '/sign-in',
  scan: (orgId: string, eventId: string) => `/${orgId}/${eventId}`,
}
