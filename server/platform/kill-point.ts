/**
 * Named places between two steps at which a test may kill the process, to prove that nothing is lost there.
 * A no-op unless armed; arming is refused in production.
 */
let armed: { name: string; skip: number } | undefined

export function armKillPoint(name: string, skip = 0): void {
  armed = { name, skip }
}

export function killPoint(name: string): void {
  if (armed?.name !== name) return
  if (armed.skip > 0) {
    armed.skip -= 1
    return
  }
  process.kill(process.pid, 'SIGKILL')
}
