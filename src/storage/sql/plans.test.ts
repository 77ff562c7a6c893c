/**
 * Plans of the lists, as SQLite makes them for a database without statistics: no list reads a large table from end to
 * end, and none sorts more than a few rows. PostgreSQL plans by how much there is, which `npm run bench:pages` has.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { tokenStatuses } from '../../oauth/token/token-list.ts'
import type { AuditFilters } from '../../observability/audit-record.ts'
import { addSeconds, instant } from '../../shared/clock.ts'
import type { AccountId, ClientId, GrantId } from '../../shared/ids.ts'
import { countLimit, type ListWindow } from '../../shared/listing.ts'
import { sqlite } from '../dialect.ts'
import { openSqliteStorage } from '../sqlite.ts'
import { SqliteConnection } from '../sqlite-connection.ts'
import { SqlAccountStore, SqlSessionStore } from './accounts.ts'
import { SqlAuditStore } from './audit.ts'
import { SqlClientStore } from './clients.ts'
import { SqlConsentStore } from './consents.ts'
import { SqlDirectoryReader } from './directory.ts'
import { SqlGrantStore } from './grants.ts'
import { writeCursor } from './listing.ts'
import { SqlRollupStore } from './rollup.ts'
import { bind, type Executor, type Statement } from './statement.ts'
import { SqlTokenLists } from './token-lists.ts'

const folder = mkdtempSync(join(tmpdir(), 'authgate-plans-'))
await (
  await openSqliteStorage({ path: `${folder}/plans.db`, synchronous: 'NORMAL', lockTimeoutSeconds: 5 })
).close()
const connection = new SqliteConnection(`${folder}/plans.db`, { readOnly: true })
after(() => {
  connection.database.close()
  rmSync(folder, { recursive: true })
})

interface Step {
  detail: string
  /** 0 at the top. */
  parent: number
}

/** Runs what it is given on the empty database, and keeps how it would be done. */
class PlanKeeper implements Executor {
  readonly plans = new Map<string, Step[]>()
  readonly #many: boolean

  /** @param many whether lists are told that there are more entries than a few. */
  constructor(many: boolean) {
    this.#many = many
  }

  async one<P extends object, R extends object>(asked: Statement<P, R>, params: P): Promise<R | undefined> {
    this.#keep(asked, params)
    const row = await connection.one(asked, params)
    const isSize = asked.name.endsWith('.size') || asked.name === 'accounts.size_of_search'
    if (row === undefined || !isSize || !this.#many) return row
    return Object.fromEntries(Object.keys(row).map((name) => [name, countLimit])) as R
  }

  all<P extends object, R extends object>(asked: Statement<P, R>, params: P): Promise<R[]> {
    this.#keep(asked, params)
    return connection.all(asked, params)
  }

  run(): Promise<number> {
    throw new Error('a list writes nothing')
  }

  #keep<P extends object, R extends object>({ name, sql }: Statement<P, R>, params: P): void {
    const { text, parameters } = sqlite.compile(sql)
    const steps = connection.database.prepare(`explain query plan ${text}`).all(...bind(parameters, params))
    this.plans.set(
      name,
      steps.map(({ detail, parent }) => ({ detail: String(detail), parent: Number(parent) })),
    )
  }
}

const now = instant(Date.UTC(2026, 2, 4))
const accountId = 'a' as AccountId
const client = 'c' as ClientId
const keyed = (...values: (string | number)[]): ListWindow[] => [
  { limit: 20 },
  { limit: 20, after: writeCursor(values) },
  { limit: 20, before: writeCursor(values) },
]
const byTime = keyed(now, 'x')

/** Every page and every total of every list. */
async function askEverything(sql: Executor): Promise<void> {
  const accounts = new SqlAccountStore(sql)
  const role = 'user' as const
  for (const filter of [
    {},
    { role },
    { status: 'disabled' as const },
    { authSource: 'github' as const },
    { search: 'ana' },
    { search: 'ana', role },
  ]) {
    for (const window of byTime) await accounts.page(filter, window)
    await accounts.count(filter)
  }
  const clients = new SqlClientStore(sql)
  for (const filter of [
    {},
    { status: 'pending' as const },
    { origin: 'operator' as const },
    { owner: accountId },
  ]) {
    for (const window of byTime) await clients.page(filter, window)
    await clients.count(filter)
  }
  await clients.countOwnedBy(accountId)

  const tokens = new SqlTokenLists(sql)
  for (const kind of ['access', 'refresh'] as const) {
    for (const status of [undefined, ...tokenStatuses[kind]]) {
      for (const whose of [
        {},
        { clientIds: [client] },
        { clientIds: [client, 'd' as ClientId] },
        { accountId },
        { accountId, clientIds: [client] },
      ]) {
        for (const window of [...keyed('x'), ...byTime])
          await tokens.list({ kind, status, ...whose }, now, window)
      }
    }
    await tokens.list({ kind, id: 'x' }, now, { limit: 1 })
  }
  await tokens.liveOf({ accountId }, now)
  await tokens.liveOf({ clientIds: [client] }, now)
  await tokens.pageOfGrant('g' as GrantId, now, { limit: 20 })
  await tokens.countOfGrant('g' as GrantId, now)

  const grants = new SqlGrantStore(sql)
  for (const window of keyed('x')) await grants.pageLive(accountId, now, window)
  await grants.countLive(accountId, now)
  const sessions = new SqlSessionStore(sql)
  await sessions.page(accountId, now, { limit: 20 })
  await sessions.count(accountId, now)
  const consents = new SqlConsentStore(sql)
  await consents.pageOf(accountId, { limit: 20 })
  await consents.countOf(accountId)
  await consents.pageOfClient(client, { limit: 20 })
  await consents.countOfClient(client)

  const audit = new SqlAuditStore(sql)
  const each: AuditFilters[] = [
    {},
    { eventType: 'KEY_ROTATED' },
    ...(['INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const).map((severity) => ({ severity })),
    { success: true },
    { success: false },
    { actorId: 'a' },
    { actorName: 'ana' },
    { actorIp: '192.0.2.1' },
    { resourceId: 'x' },
    { resourceType: 'KEY' },
    { text: 'x' },
  ]
  for (const filters of each) {
    for (const times of [{}, { from: addSeconds(now, -60), to: now }]) {
      for (const window of byTime) await audit.search({ ...filters, ...times }, window)
      await audit.count({ ...filters, ...times })
    }
  }
  await audit.signInsOf('somebody', 10)
  await audit.statistics(addSeconds(now, -60), now)
  await new SqlDirectoryReader(sql).count()
  await new SqlRollupStore(sql).list(1, addSeconds(now, -60), now)
}

/** Lists of few, which are sorted: accounts that a search found, tokens of one client or person, what else one has. */
const sortedLists =
  /^(accounts\.few|token_list\.(access|refresh)\.by_grants|token_list\.of_grant|sessions\.live|consents\.of_account)\./
/** A search that finds thousands of people reads on. */
const samples = /^accounts\.many\.count_2$/

const keepers = { 'few entries': new PlanKeeper(false), 'many entries': new PlanKeeper(true) }
for (const keeper of Object.values(keepers)) await askEverything(keeper)

for (const [title, keeper] of Object.entries(keepers)) {
  const found = (isFault: (step: Step, steps: readonly Step[]) => boolean, expected: RegExp): string[] =>
    [...keeper.plans]
      .filter(([name]) => !expected.test(name))
      .flatMap(([name, steps]) =>
        steps.filter((step) => isFault(step, steps)).map(({ detail }) => `${name}: ${detail}`),
      )

  test(`of ${title}, no list reads a table from end to end`, () => {
    // Without an index, and not what a subquery made.
    const tables = connection.database.prepare("select name from sqlite_schema where type = 'table'").all()
    const names = new Set([...tables.map(({ name }) => String(name)), 't'])
    const isScan = ({ detail }: Step) =>
      names.has(/^SCAN (\w+)/.exec(detail)?.[1] ?? '') && !detail.includes(' USING ')
    assert.deepEqual(found(isScan, samples), [])
  })

  test(`of ${title}, no list sorts more than a page`, () => {
    // At the top, what a subquery picked is put in order.
    const isSort = ({ detail, parent }: Step, steps: readonly Step[]) =>
      detail === 'USE TEMP B-TREE FOR ORDER BY' &&
      (parent !== 0 || !steps.some((step) => /^(CO-ROUTINE picked|LIST SUBQUERY)/.test(step.detail)))
    assert.deepEqual(found(isSort, sortedLists), [])
  })
}
