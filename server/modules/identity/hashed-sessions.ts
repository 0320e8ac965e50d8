import type { DBAdapter, DBTransactionAdapter, Where } from '@better-auth/core/db/adapter'
import { sha256 } from '#platform/crypto'

/**
 * Keeps session tokens out of the database: the sign-in library thinks that it stores the token, while the row has
 * its hash. Whoever reads the table (a backup, a report, an injected query) holds nothing that signs anybody in.
 * A row that was found by its token gets the token back, because the library renews cookies from what it read; a row
 * that was found otherwise keeps the hash, which opens nothing.
 */
export function withHashedSessions(adapter: DBAdapter): DBAdapter {
  return {
    ...hashing(adapter),
    transaction: (work) => adapter.transaction((tx) => work(hashing(tx))),
  }
}

function hashing(inner: DBTransactionAdapter): DBTransactionAdapter {
  return {
    ...inner,
    create: async (input) => {
      if (input.model !== 'session') return inner.create(input)
      const token: unknown = (input.data as { token?: unknown }).token
      if (typeof token !== 'string') throw new Error('a session without a token')
      const row = await inner.create({ ...input, data: { ...input.data, token: sha256(token) } })
      return { ...(row as object), token } as never
    },
    findOne: async (input) => withToken(await inner.findOne(hashed(input)), input),
    findMany: (input) => inner.findMany(hashed(input)),
    count: (input) => inner.count(hashed(input)),
    update: async (input) => {
      if (input.model === 'session' && 'token' in input.update)
        throw new Error('the token of a session never changes')
      return withToken(await inner.update(hashed(input)), input)
    },
    updateMany: (input) => inner.updateMany(hashed(input)),
    delete: (input) => inner.delete(hashed(input)),
    deleteMany: (input) => inner.deleteMany(hashed(input)),
    consumeOne: async (input) => withToken(await inner.consumeOne(hashed(input)), input),
  }
}

function hashed<Input extends { model: string; where?: Where[] | undefined }>(input: Input): Input {
  if (input.model !== 'session' || !input.where) return input
  return {
    ...input,
    where: input.where.map((condition) =>
      condition.field === 'token' ? { ...condition, value: hashOf(condition.value) } : condition,
    ),
  }
}

function hashOf(value: Where['value']): Where['value'] {
  if (typeof value === 'string') return sha256(value)
  if (Array.isArray(value)) return value.map((one) => sha256(String(one)))
  return value
}

function withToken<Row>(row: Row, input: { model: string; where: Where[] }): Row {
  if (input.model !== 'session' || row === null) return row
  const token = input.where.find(
    (condition) => condition.field === 'token' && typeof condition.value === 'string',
  )
  return token ? { ...row, token: token.value } : row
}
