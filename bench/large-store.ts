/**
 * A SQLite store growing large: how fast it still writes, and what counting it for the gauges takes. A program of its
 * own; arguments: a folder to write in and how many access tokens to insert. Prints a {@link LargeStore} as JSON.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { addSeconds, systemClock } from '../src/shared/clock.ts'
import { digestOf } from '../src/shared/digest.ts'
import { type AccessTokenId, type ClientId, createIds } from '../src/shared/ids.ts'
import { createSystemRandom } from '../src/shared/random.ts'
import { openStorage } from '../src/storage/open.ts'
import type { Storage } from '../src/storage/storage.ts'
import { median } from './statistics.ts'

export interface LargeStore {
  readonly rows: number
  /** Access tokens committed per second, among the first and the last {@link LargeStore.window} rows. */
  readonly firstRate: number
  readonly lastRate: number
  /** CPU microseconds per row there, all threads together. */
  readonly firstCpuMicroseconds: number
  readonly lastCpuMicroseconds: number
  readonly window: number
  readonly insertSeconds: number
  /** Duration of one count, the median of several. */
  readonly countMs: number
  /** Greatest delay of the event loop during those counts, and during as long a time without anything to do. */
  readonly countingDelayMs: number
  readonly idleDelayMs: number
}

const window = 20_000
const rehearsedRows = 3 * window
/** Transactions under way at a time: as many as share a commit at most. */
const inFlight = 512
const counts = 5
const clients = 50
/** Longer than the benchmark runs, so that every token is counted. */
const tokenLifetimeSeconds = 86_400

const random = createSystemRandom()
const ids = createIds(systemClock, random)
const clientIds = Array.from({ length: clients }, () => ids.next<ClientId>())

function open(path: string): Promise<Storage> {
  return openStorage({
    driver: 'sqlite',
    dsn: path,
    synchronous: 'NORMAL',
    maxOpenConnections: 1,
    connectionMaxLifetimeSeconds: 0,
    connectionMaxIdleSeconds: 0,
    initTimeoutSeconds: 30,
    closeTimeoutSeconds: 30,
  })
}

/** What inserting some rows took, until the last one was committed. */
interface Inserted {
  readonly seconds: number
  readonly cpuMicroseconds: number
}

async function insert(storage: Storage, rows: number): Promise<Inserted> {
  const began = performance.now()
  const cpuBefore = process.cpuUsage()
  for (let done = 0; done < rows; done += inFlight) {
    const now = systemClock.now()
    const wave = Array.from({ length: Math.min(inFlight, rows - done) }, (_, index) =>
      storage.transaction((tx) =>
        tx.accessTokens.insert({
          id: ids.next<AccessTokenId>(),
          digest: digestOf(random.base64url(32)),
          clientId: clientIds[index % clients]!,
          accountId: undefined,
          grantId: undefined,
          scopes: ['read'],
          audience: ['https://auth.example.com'],
          dpopJkt: undefined,
          exchanged: false,
          issuedAt: now,
          expiresAt: addSeconds(now, tokenLifetimeSeconds),
          state: 'active',
        }),
      ),
    )
    await Promise.all(wave)
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  return { seconds: (performance.now() - began) / 1000, cpuMicroseconds: user + system }
}

/** The greatest gap between two turns of the event loop during `work`, less the interval of looking. */
async function greatestDelayMs(work: () => Promise<void>): Promise<number> {
  const intervalMs = 1
  const monitor = monitorEventLoopDelay({ resolution: intervalMs })
  monitor.enable()
  await work()
  // The turn that a delay at the very end held up.
  await sleep(2 * intervalMs)
  monitor.disable()
  return Math.max(0, monitor.max / 1e6 - intervalMs)
}

async function measureLargeStore(folder: string, rows: number): Promise<LargeStore> {
  // Compiles what inserting runs, in a store of its own: the first window would pay for it otherwise.
  const rehearsal = await open(`${folder}/rehearsal.db`)
  await insert(rehearsal, rehearsedRows)
  await rehearsal.close()

  const storage = await open(`${folder}/large.db`)
  const first = await insert(storage, window)
  const between = await insert(storage, rows - 2 * window)
  const last = await insert(storage, window)
  // The checkpoint after the last commit is not part of a count.
  await sleep(2000)

  const durations: number[] = []
  const countingDelayMs = await greatestDelayMs(async () => {
    for (let count = 0; count < counts; count += 1) {
      const began = performance.now()
      const { accessTokensActive } = await storage.count(systemClock.now())
      durations.push(performance.now() - began)
      if (accessTokensActive !== rows) throw new Error(`${accessTokensActive} of ${rows} tokens were counted`)
    }
  })
  const idleDelayMs = await greatestDelayMs(async () => {
    await sleep(durations.reduce((sum, each) => sum + each, 0))
  })
  await storage.close()
  return {
    rows,
    firstRate: window / first.seconds,
    lastRate: window / last.seconds,
    firstCpuMicroseconds: first.cpuMicroseconds / window,
    lastCpuMicroseconds: last.cpuMicroseconds / window,
    window,
    insertSeconds: first.seconds + between.seconds + last.seconds,
    countMs: median(durations),
    countingDelayMs,
    idleDelayMs,
  }
}

const [folder = '', rows = ''] = process.argv.slice(2)
if (folder === '' || !(Number(rows) >= 2 * window)) throw new Error('arguments: FOLDER ROWS')
process.stdout.write(`${JSON.stringify(await measureLargeStore(folder, Number(rows)))}\n`)
