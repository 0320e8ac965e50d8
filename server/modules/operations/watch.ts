import { asPlatform, type Tx } from '#platform/database'
import type { Platform } from '#platform/platform'
import type { AlertRule } from './alert.ts'
import type { Health } from './health.ts'
import { factsLateSeconds, jobHealth } from './operations-store.ts'
import { raiseAlert, resolveAlert } from './raise-alert.ts'

export type WatchDeps = Pick<Platform, 'db' | 'clock' | 'metrics' | 'log'> & { health: () => Promise<Health> }

const lateSeconds = 300

/** Looks at the installation as a whole, raises what is wrong and resolves what is right again. Safe to repeat. */
export async function watch(deps: WatchDeps): Promise<void> {
  const { provider, mail } = await deps.health()
  await asPlatform(deps.db, async (tx) => {
    const jobs = await jobHealth(tx)
    const facts = await factsLateSeconds(tx)
    const say = (rule: AlertRule, wrong: boolean, summary: string, data: Record<string, unknown>) =>
      wrong ? raise(deps, tx, rule, summary, data) : resolveAlert(deps, tx, rule, installation)
    await say(
      'operations.jobs-late',
      jobs.lateSeconds > lateSeconds,
      'Jobs wait for more than five minutes: too few workers, or they are stuck.',
      { ...jobs },
    )
    await say('operations.jobs-failed', jobs.failed > 0, 'Jobs were given up after their last attempt.', {
      ...jobs,
    })
    await say(
      'operations.jobs-stuck',
      jobs.stuck > 0,
      'Jobs were begun more than ten minutes ago and are not done.',
      { ...jobs },
    )
    await say(
      'operations.facts-late',
      facts > lateSeconds,
      'Facts wait for their reactions for more than five minutes.',
      { seconds: Math.round(facts) },
    )
    await say('operations.provider-silent', !provider.ok, 'The payment provider does not answer.', {
      milliseconds: provider.milliseconds,
    })
    await say('operations.mail-silent', !mail.ok, 'The mail server does not answer.', {
      milliseconds: mail.milliseconds,
    })
  })
}

const installation = 'installation'

async function raise(
  deps: WatchDeps,
  tx: Tx,
  rule: AlertRule,
  summary: string,
  data: Record<string, unknown>,
): Promise<void> {
  await raiseAlert(deps, tx, { rule, subject: installation, summary, data })
}
