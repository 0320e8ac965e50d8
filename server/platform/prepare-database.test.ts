import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterEach, expect, inject, test } from 'vitest'
import { createKeys } from '#platform/crypto'
import { openDatabase, type Database } from '#platform/database'
import {
  derivedPassword,
  missingMigrations,
  prepareDatabase,
  refuseBypass,
  verifyMasterKey,
} from '#platform/prepare-database'
import { asApplicationUrl, cloneDatabase } from '../tests/harness.ts'

const clean: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const one of clean.splice(0).toReversed()) await one()
})

const key = () => randomBytes(32)

function opened(url: string): Database {
  const db = openDatabase({ url, size: 3, applicationName: 'tessera tests' })
  clean.push(() => db.close())
  return db
}

async function migrated(): Promise<{ ownerUrl: string; url: string }> {
  const { ownerUrl, drop } = await cloneDatabase({ through: '0001' })
  clean.push(drop)
  return { ownerUrl, url: asApplicationUrl(ownerUrl) }
}

/** A database with nothing in it. */
async function empty(): Promise<string> {
  const name = `t_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: inject('postgresUrl') })
  await admin.connect()
  await admin.query(`create database ${name}`)
  clean.push(async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })
  const url = new URL(inject('postgresUrl'))
  url.pathname = name
  return url.toString()
}

test('the first start writes down which key it is; every later start with it passes, and with another does not', async () => {
  const db = opened((await migrated()).url)
  const right = key()
  await Promise.all(Array.from({ length: 5 }, () => verifyMasterKey(db, createKeys([right]))))
  await verifyMasterKey(db, createKeys([right]))
  await expect(verifyMasterKey(db, createKeys([key()]))).rejects.toThrow(
    /MASTER_KEY is not the key of this database/,
  )
})

test('a key that was rotated starts while the earlier one is listed, and from then on is the key', async () => {
  const db = opened((await migrated()).url)
  const [old, fresh] = [key(), key()]
  await verifyMasterKey(db, createKeys([old]))
  await expect(verifyMasterKey(db, createKeys([fresh]))).rejects.toThrow('MASTER_KEYS_OLD')
  await verifyMasterKey(db, createKeys([fresh, old]))
  await verifyMasterKey(db, createKeys([fresh]))
  await expect(verifyMasterKey(db, createKeys([old]))).rejects.toThrow('MASTER_KEY')
})

test('a check that somebody has tampered with is no key', async () => {
  const { url, ownerUrl } = await migrated()
  const db = opened(url)
  const keys = createKeys([key()])
  await verifyMasterKey(db, keys)
  await opened(ownerUrl).pool.query(
    `update platform.setting set value = '"t1.000000000000.x.y"' where name = 'master-key-check'`,
  )
  await expect(verifyMasterKey(db, keys)).rejects.toThrow('MASTER_KEY')
})

test('the server refuses to work as a superuser, and says what to do', async () => {
  const { url, ownerUrl } = await migrated()
  await expect(refuseBypass(opened(ownerUrl))).rejects.toThrow(/is a superuser.*tessera_app/)
  await refuseBypass(opened(url))
})

test.each([
  ['bypassrls', 'has BYPASSRLS'],
  ['', 'owns public.mine'],
])('the server refuses to work as a role %s that row-level security would not bind', async (option, why) => {
  const { ownerUrl } = await migrated()
  const role = `r_${randomBytes(6).toString('hex')}`
  const owner = opened(ownerUrl)
  await owner.pool.query(`create role ${role} login password 'pw' ${option}`)
  clean.push(async () => {
    await owner.pool.query(`drop owned by ${role}`)
    await owner.pool.query(`drop role ${role}`)
  })
  if (option === '')
    await owner.pool.query(`create table public.mine (); alter table public.mine owner to ${role}`)
  const url = new URL(ownerUrl)
  url.username = role
  url.password = 'pw'
  const db = openDatabase({ url: url.toString(), size: 1, applicationName: 'tessera tests' })
  await expect(refuseBypass(db)).rejects.toThrow(why)
  await db.close()
})

// The role is the whole server's, so this password is the one that every other test uses.
const testPassword = 'for-tests-only'
const testKeys = () => {
  const keys = createKeys([key()])
  return {
    ...keys,
    derive: (purpose: string) => (purpose === 'database-password' ? passwordBytes : keys.derive(purpose)),
  }
}
const passwordBytes = Object.assign(Buffer.alloc(32), { toString: () => testPassword })

test('given the owner, roles and tables are made, and the work is done as a role that owns nothing', async () => {
  const ownerUrl = await empty()
  const keys = testKeys()
  const first = await prepareDatabase({ url: ownerUrl, ownerUrl: undefined, keys, machines: [] })
  expect(first.applied).toContain('0001-platform.sql')
  expect(new URL(first.applicationUrl).username).toBe('tessera_app')
  const db = opened(first.applicationUrl)
  await refuseBypass(db)
  await verifyMasterKey(db, keys)
  expect(await missingMigrations(db.pool)).toEqual([])
  const again = await prepareDatabase({ url: ownerUrl, ownerUrl: undefined, keys, machines: [] })
  expect(again.applied).toEqual([])
})

test('a wrong master key is refused before anything is touched: the password that is in use stays', async () => {
  const ownerUrl = await empty()
  const keys = testKeys()
  const { applicationUrl } = await prepareDatabase({ url: ownerUrl, ownerUrl: undefined, keys, machines: [] })
  await verifyMasterKey(opened(applicationUrl), keys)
  await expect(
    prepareDatabase({ url: ownerUrl, ownerUrl: undefined, keys: createKeys([key()]), machines: [] }),
  ).rejects.toThrow('MASTER_KEY')
  await opened(applicationUrl).pool.query('select 1')
})

test('given tessera_app alone, a database that is not migrated is refused, with what to run', async () => {
  const ownerUrl = await empty()
  const url = asApplicationUrl(ownerUrl)
  const keys = testKeys()
  const options = { url, keys, machines: [] }
  await expect(prepareDatabase({ ...options, ownerUrl: undefined })).rejects.toThrow(
    /0001-platform.sql.*npx tessera migrate/,
  )
  const both = await prepareDatabase({ ...options, ownerUrl })
  expect(both.applicationUrl).toBe(url)
  expect(await prepareDatabase({ ...options, ownerUrl: undefined })).toEqual({
    applicationUrl: url,
    applied: [],
  })
})

test('an address where no database answers says so', async () => {
  const options = {
    url: 'postgres://x:y@127.0.0.1:1/z',
    ownerUrl: undefined,
    keys: createKeys([key()]),
    machines: [],
  }
  await expect(prepareDatabase(options)).rejects.toThrow(/cannot reach the database.*ECONNREFUSED/)
})

test('the derived password is the same for every process with the key, and tells nothing about it', () => {
  const master = key()
  expect(derivedPassword(createKeys([master]))).toBe(derivedPassword(createKeys([Buffer.from(master)])))
  expect(derivedPassword(createKeys([key()]))).not.toBe(derivedPassword(createKeys([master])))
})
