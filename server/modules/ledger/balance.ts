import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { accountId, type AccountRef } from './account.ts'
import { accountsOf, readMoved, type AccountRow } from './ledger-store.ts'

export interface Balance extends AccountRef {
  currency: string
  debits: number
  credits: number
  /** On the account's own side: what is there (A, X) or what is owed or earned (L, R). S counts as A. */
  amount: number
}

/** What is on an account, now or at a time. An account that was never used has nothing on it. */
export async function balanceOf(
  tx: Tx,
  orgId: OrgId,
  account: AccountRef & { currency: string },
  at?: Date,
): Promise<number> {
  const [balance] = await balancesOf(tx, orgId, [account], at)
  return balance?.amount ?? 0
}

export async function balancesOf(
  tx: Tx,
  orgId: OrgId,
  accounts: readonly (AccountRef & { currency: string })[],
  at?: Date,
): Promise<Balance[]> {
  const ids = accounts.map((account) => accountId(orgId, account, account.currency))
  const moved = new Map((await readMoved(tx, orgId, ids, at)).map((row) => [row.accountId, row]))
  return accounts.map((account, index) => {
    const id = ids[index]
    const { debits, credits } = (id && moved.get(id)) ?? { debits: 0, credits: 0 }
    return { ...account, debits, credits, amount: onOwnSide(account.code, debits, credits) }
  })
}

export function onOwnSide(code: string, debits: number, credits: number): number {
  return code.startsWith('L.') || code.startsWith('R.') ? credits - debits : debits - credits
}

/** Every account of an organisation with what is on it, now or at a time. Debits and credits have the same sum per currency. */
export async function trialBalance(tx: Tx, orgId: OrgId, at?: Date): Promise<Balance[]> {
  const accounts = (await accountsOf(tx, orgId)) as (AccountRow & AccountRef)[]
  return balancesOf(tx, orgId, accounts, at)
}
