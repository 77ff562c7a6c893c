/**
 * A long audit log: what writing to it costs, and how long each search of the pages takes. A program of its own;
 * arguments: `sqlite` or `postgres`, where the database is, how many rows to insert before; 0 searches what is there.
 * Prints one line a search.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditFilters, AuditRecord } from '../src/observability/audit-record.ts'
import { auditRowKinds } from '../src/observability/audit-table.ts'
import { addSeconds, type Instant, instant, systemClock } from '../src/shared/clock.ts'
import { createIds } from '../src/shared/ids.ts'
import type { ListWindow } from '../src/shared/listing.ts'
import { createSystemRandom } from '../src/shared/random.ts'
import { openStorage } from '../src/storage/open.ts'

const [driver, dsn = '', rowsText = ''] = process.argv.slice(2)
const rows = Number(rowsText)
if ((driver !== 'sqlite' && driver !== 'postgres') || dsn === '' || !(rows >= 0)) {
  throw new Error('arguments: sqlite|postgres DSN ROWS')
}

const days = 90
const accounts = 2000
const batch = 100
const repeats = 15

const open = () =>
  openStorage({
    driver,
    dsn,
    synchronous: 'NORMAL',
    maxOpenConnections: 5,
    connectionMaxLifetimeSeconds: 0,
    connectionMaxIdleSeconds: 0,
    initTimeoutSeconds: 60,
    closeTimeoutSeconds: 60,
  })
let storage = await open()

const end = systemClock.now()
const start = addSeconds(end, -days * 86_400)
let at = start
const random = createSystemRandom()
const ids = createIds({ now: () => at, monotonicSeconds: () => 0 }, random)
const types = Object.entries(auditRowKinds)
const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!
/** Half of what happens is one of a few kinds, as in a server in use. */
const usual = types.filter(([name]) =>
  ['TOKEN_REFRESHED', 'ACCESS_TOKEN_ISSUED', 'AUTHENTICATION_SUCCESS', 'SESSION_CREATED'].includes(name),
)

function record(): AuditRecord {
  const [eventType, kind] = random.below(10) < 9 ? pick(usual) : pick(types)
  const account = random.below(accounts)
  return {
    id: ids.next(),
    eventType,
    at,
    severity: kind.severity,
    actorId: `0199a000-0000-7000-8000-${String(account).padStart(12, '0')}`,
    actorName: `person-${account}`,
    actorIp: `10.${random.below(250)}.${random.below(20)}.7`,
    resourceType: kind.resourceType,
    resourceId: ids.next(),
    resourceName: 'Backup CLI',
    action: kind.when.slice(0, 60),
    details: {
      client_id: `client-${random.below(50)}`,
      grant_type: 'device_code',
      scopes: ['read', 'write'],
    },
    success: kind.success,
    errorMessage: kind.success ? undefined : 'bad_credentials',
    requestId: random.base64url(12),
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    requestPath: '/oauth/token',
    requestMethod: 'POST',
  }
}

const batchTimes: number[] = []
for (let done = 0; done < rows; done += batch) {
  const records: AuditRecord[] = []
  for (let index = 0; index < Math.min(batch, rows - done); index++) {
    at = instant(Math.round(start + ((end - start) * (done + index)) / rows))
    records.push(record())
  }
  const began = performance.now()
  await storage.transaction((tx) => tx.audit.insertMany(records))
  batchTimes.push(performance.now() - began)
}
const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1]!
if (rows > 0) {
  const last = batchTimes.slice(-500)
  console.log(
    `insert ${batch}: first ${median(batchTimes.slice(0, 500)).toFixed(2)} ms, last ${median(last).toFixed(2)} ms`,
  )
}
// What was written is moved into the database, and read back from where it lies in a server that has run for long.
await storage.close()
await sleep(1000)
storage = await open()

const person = 'person-42'
const personId = '0199a000-0000-7000-8000-000000000042'
const week: Pick<AuditFilters, 'from' | 'to'> = { from: addSeconds(end, -7 * 86_400), to: end }
const oldDay: Pick<AuditFilters, 'from' | 'to'> = {
  from: addSeconds(start, 86_400),
  to: addSeconds(start, 2 * 86_400),
}
const cases: Record<string, AuditFilters> = {
  none: {},
  'usual type': { eventType: 'TOKEN_REFRESHED' },
  'rare type': { eventType: 'CLIENT_DELETED' },
  'type nobody has': { eventType: 'NOTHING' },
  'severity INFO': { severity: 'INFO' },
  'severity WARNING': { severity: 'WARNING' },
  'severity CRITICAL': { severity: 'CRITICAL' },
  'severity ERROR (none)': { severity: 'ERROR' },
  success: { success: true },
  failure: { success: false },
  'actor id': { actorId: personId },
  'actor name': { actorName: person },
  address: { actorIp: '10.1.1.7' },
  'resource (none)': { resourceId: 'nothing' },
  'resource type': { resourceType: 'KEY' },
  'resource type, usual': { resourceType: 'TOKEN' },
  'text, everywhere': { text: 'tokens' },
  'text, nowhere': { text: 'nothing of the kind' },
  week,
  'old day': oldDay,
  'old day, type': { ...oldDay, eventType: 'TOKEN_REFRESHED' },
  'old day, failures': { ...oldDay, success: false },
  'old day, text nowhere': { ...oldDay, text: 'nothing of the kind' },
  'usual type and address': { eventType: 'TOKEN_REFRESHED', actorIp: '10.1.1.7' },
  'usual type, failure (never)': { eventType: 'TOKEN_REFRESHED', success: false },
  'usual type, other severity (never)': { eventType: 'TOKEN_REFRESHED', severity: 'CRITICAL' },
  'failures, text nowhere': { success: false, text: 'nothing of the kind' },
  'warnings, resource type (rare)': { severity: 'WARNING', resourceType: 'KEY' },
  'usual type, text nowhere, week': { ...week, eventType: 'TOKEN_REFRESHED', text: 'nothing of the kind' },
  everything: {
    ...week,
    eventType: 'TOKEN_REFRESHED',
    severity: 'INFO',
    success: true,
    actorId: personId,
    actorName: person,
    actorIp: '10.1.1.7',
    resourceType: 'TOKEN',
    text: 'refresh',
  },
}

async function time(work: () => Promise<unknown>): Promise<string> {
  const times: number[] = []
  for (let round = 0; round < repeats; round++) {
    const began = performance.now()
    await work()
    times.push(performance.now() - began)
  }
  return `${median(times).toFixed(1)}/${Math.max(...times).toFixed(1)}`
}

console.log('median/worst ms   page · next · deep · count')
for (const [name, filters] of Object.entries(cases)) {
  const search = (window: ListWindow) => storage.read.audit.search(filters, window)
  const first = await search({ limit: 20 })
  const next = first.next
  // In the middle of the log, as somebody gets there who goes on and on.
  const middle = Buffer.from(JSON.stringify([((start + end) / 2) as Instant, '~'])).toString('base64url')
  console.log(
    [
      name.padEnd(36),
      await time(() => search({ limit: 20 })),
      next === null ? '-' : await time(() => search({ limit: 20, after: next })),
      await time(() => search({ limit: 20, after: middle })),
      await time(() => storage.read.audit.count(filters)),
    ].join('  '),
  )
}
console.log(`numbered page 500  ${await time(() => storage.read.audit.numberedPage({}, 500, 20))}`)
console.log(
  `statistics, 30 days  ${await time(() => storage.read.audit.statistics(addSeconds(end, -30 * 86_400), end))}`,
)
console.log(`statistics, all  ${await time(() => storage.read.audit.statistics(start, end))}`)
await storage.close()
