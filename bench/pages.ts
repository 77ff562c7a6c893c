/** `npm run bench:pages`: how fast each page answers on a large database. `--help` lists the options. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs, promisify } from 'node:util'
import { Client } from 'pg'
import { startPostgresAlone } from '../scripts/services.ts'
import { cleanUpAtExit, makeTemporaryFolder } from './clean-up.ts'
import { type Driver, fill, fullSizes, type Sizes } from './pages/fill.ts'
import { type MeasuredDatabase, type MeasuredPage, misses, pagesDocument } from './pages/report.ts'
import { type PageRequest, pageRequests, type Visitor } from './pages/requests.ts'
import { TimedVisitor } from './pages/visitor.ts'
import { root } from './root.ts'
import { missingProgram, type RunningServer, type ServerKind, serverKind, start } from './servers.ts'
import { percentile } from './statistics.ts'

const usage = `Usage: npm run bench:pages -- [options]

  --database NAME  sqlite or postgres only
  --times N        how often each page is asked (default 40)
  --page TEXT      only pages whose path and description hold TEXT; may be repeated
  --quick          a hundredth of the rows and 4 times, to see that everything works
  --no-write       print only; docs/performance-pages.md stays as it is (as with every other option)
`

const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    database: { type: 'string' },
    times: { type: 'string' },
    page: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: true },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const times = Number(options.times ?? (options.quick ? 4 : 40))
const drivers = (['sqlite', 'postgres'] as const).filter((name) => name === (options.database ?? name))
if (!Number.isSafeInteger(times) || times < 1 || drivers.length === 0) stopWith(usage)
const missing = missingProgram([serverKind('authgate')])
if (missing !== undefined) stopWith(`${missing} is missing; build first: npm run build`)

const sizes: Sizes = options.quick
  ? (Object.fromEntries(Object.entries(fullSizes).map(([of, rows]) => [of, rows / 100])) as unknown as Sizes)
  : fullSizes
/** Times that every page is asked in one round. */
const perRound = 5
const rehearsals = 3
const password = randomBytes(18).toString('base64url')
const encryptionKey = randomBytes(32).toString('base64')

cleanUpAtExit()
const stopping = new AbortController()
process.on('exit', () => stopping.abort())

const databases: MeasuredDatabase[] = []
for (const driver of drivers) {
  say(`${driver}:`)
  const database = driver === 'sqlite' ? await measureSqlite() : await measurePostgres()
  print(database)
  databases.push(database)
}

const whole =
  !options.quick && [options.database, options.times, options.page].every((each) => each === undefined)
if (options.write && whole) {
  const file = `${root}docs/performance-pages.md`
  writeFileSync(
    file,
    pagesDocument(
      {
        date: new Date().toISOString().slice(0, 10),
        machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
        processors: cpus().length,
        node: process.versions.node,
        times,
        rows: rowsInWords(),
      },
      databases,
    ),
  )
  process.stdout.write(`\nWritten: ${file}\n`)
}
process.exit(0)

function print(database: MeasuredDatabase): void {
  process.stdout.write(`\n${database.title}: ${misses(database).length} of ${database.pages.length} miss\n`)
  process.stdout.write('fastest, p50, p95 and max in ms\n')
  for (const { page, what, times: taken } of database.pages) {
    const figures = [0, 0.5, 0.95, 1].map((share) => percentile(taken, share).toFixed(1).padStart(8))
    process.stdout.write(`${figures.join('')}  ${page}  ${what}\n`)
  }
}

async function measureSqlite(): Promise<MeasuredDatabase> {
  const folder = makeTemporaryFolder()
  const { version } = new DatabaseSync(':memory:').prepare('select sqlite_version() as version').get() as {
    version: string
  }
  return measure('sqlite', `${folder}/authgate.db`, folder, `SQLite ${version}`)
}

async function measurePostgres(): Promise<MeasuredDatabase> {
  const postgres = await startPostgresAlone(stopping.signal)
  const stop = () => void postgres.stop()
  process.once('SIGINT', stop)
  try {
    const client = new Client({ connectionString: postgres.url })
    await client.connect()
    const version = String((await client.query('show server_version')).rows[0].server_version)
    await client.end()
    return await measure(
      'postgres',
      postgres.url,
      makeTemporaryFolder(),
      `PostgreSQL ${version.split(' ')[0]}`,
    )
  } finally {
    process.off('SIGINT', stop)
    await postgres.stop()
  }
}

async function measure(
  driver: Driver,
  dsn: string,
  folder: string,
  title: string,
): Promise<MeasuredDatabase> {
  const kind = onDatabase(driver, dsn)
  // Its first start makes the tables, and the command line the two who sign in.
  await (await start(kind, folder)).stop()
  await createAccount(kind, folder, 'watcher', ['--admin'])
  const busy = await createAccount(kind, folder, 'busy', [])
  const now = Date.now()
  const load = { before: loadavg()[0]!, after: 0 }
  const began = performance.now()
  const filled = await fill(driver, dsn, sizes, busy, now, say)
  const fillSeconds = (performance.now() - began) / 1000

  const server = await start(kind, folder)
  const pages = await ask(server, pageRequests(filled, now).filter(isWanted))
  await server.stopAndForget()
  load.after = loadavg()[0]!
  return { title, fillSeconds, load, pages }
}

async function ask(server: RunningServer, requests: readonly PageRequest[]): Promise<MeasuredPage[]> {
  const visitors: Record<Visitor, TimedVisitor> = {
    administrator: new TimedVisitor(server.url),
    person: new TimedVisitor(server.url),
    nobody: new TimedVisitor(server.url),
  }
  await visitors.administrator.signIn('watcher', password)
  await visitors.person.signIn('busy', password)

  const once = async ({ as, path, firstByte }: PageRequest) => {
    const answer = await visitors[as].get(path, firstByte)
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`)
    return { ...answer, ms: firstByte === true ? answer.firstByteMs : answer.wholeMs }
  }
  const asked: PageRequest[] = []
  for (const request of requests) {
    asked.push(request)
    if (request.next !== true) continue
    const href = /href="([^"]*)" rel="next"/.exec((await once(request)).text)?.[1]?.replaceAll('&amp;', '&')
    if (href !== undefined) asked.push({ ...request, what: `${request.what}, next page`, path: href })
  }
  for (const request of asked) {
    for (let rehearsal = 0; rehearsal < rehearsals; rehearsal++) await once(request)
  }
  const measured = new Map<PageRequest, number[]>(asked.map((request) => [request, []]))
  for (let done = 0; done < times; done += perRound) {
    say(`  asked ${done} of ${times} times, load ${loadavg()[0]!.toFixed(1)}`)
    for (const request of asked) {
      for (let time = 0; time < Math.min(perRound, times - done); time++) {
        measured.get(request)!.push((await once(request)).ms)
      }
    }
  }
  for (const visitor of Object.values(visitors)) visitor.close()
  return asked.map((request) => ({ page: request.page, what: request.what, times: measured.get(request)! }))
}

/** As an operator would run it, on this database. */
function onDatabase(driver: Driver, dsn: string): ServerKind {
  const kind = serverKind('authgate')
  return {
    ...kind,
    environment(folder, port) {
      const { DATABASE_PATH: _, ...rest } = kind.environment(folder, port)
      const database = { DATABASE_DRIVER: driver, DATABASE_DSN: dsn }
      return driver === 'sqlite'
        ? { ...rest, ...database }
        : { ...rest, ...database, ENCRYPTION_KEY: encryptionKey }
    },
  }
}

/** @returns its id. */
async function createAccount(
  kind: ServerKind,
  folder: string,
  username: string,
  more: readonly string[],
): Promise<string> {
  const program = [`${root}bin/authgate`, 'user', 'create', '--json', '--username', username]
  const running = promisify(execFile)(
    process.execPath,
    [...program, '--email', `${username}@example.com`, '--password-stdin', '--keep-password', ...more],
    { cwd: folder, env: { PATH: process.env.PATH ?? '', HOME: folder, ...kind.environment(folder, 8080) } },
  )
  running.child.stdin?.end(password)
  return (JSON.parse((await running).stdout) as { id: string }).id
}

function isWanted({ page, what }: PageRequest): boolean {
  return options.page?.some((text) => `${page} ${what}`.includes(text)) ?? true
}

function rowsInWords(): string {
  const number = (rows: number) => rows.toLocaleString('en-US')
  return [
    `${number(sizes.accounts)} people`,
    `${number(sizes.clients)} clients`,
    `${number(sizes.accessTokens)} access tokens and ${number(sizes.refreshTokens)} refresh tokens in every state`,
    `${number(sizes.grants)} grants (half of them one client's) and ${number(sizes.consents)} consents`,
    `${number(sizes.sessions)} sessions`,
    `${number(sizes.auditRows)} rows of the audit log over 90 days and a week of charts`,
  ].join(', ')
}

/** Progress, apart from the result. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

function stopWith(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
