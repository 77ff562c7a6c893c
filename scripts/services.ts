/**
 * The servers and tools of other makers that the tests use: finds them, installs what is missing where that is
 * possible, starts one private PostgreSQL, and ends everything it started.
 *
 * `scripts/test.ts` uses it. Run by itself it keeps the services up and prints how to reach them:
 * `node scripts/services.ts`, then set what it prints and run a single test file by hand.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Client } from 'pg'
import { freePort } from '../tests/support/free-port.ts'
import { endProcess, untilReady } from '../tests/support/process.ts'
import { mcpPython } from './mcp-python.ts'

export interface Services {
  /** Variables for the tests: TEST_POSTGRES_URL, TEST_REDIS, TEST_PROMETHEUS, TEST_PROMTOOL, TEST_CHROMIUM, TEST_MCP_PYTHON. */
  env: Record<string, string>
  /** What is not there, as sentences: those suites skip themselves. */
  missing: string[]
  /** Ends what was started and removes its folders. */
  stop(): Promise<void>
}

interface Tool {
  name: string
  /** Debian packages that bring it. */
  packages: string[]
  find(): string | undefined
  skipped: string
}

const tools = {
  postgres: {
    name: 'PostgreSQL',
    packages: ['postgresql'],
    find: () => onPath('initdb', ['/usr/lib/postgresql/*/bin']),
    skipped: 'the suites on PostgreSQL',
  },
  redis: {
    name: 'Redis',
    packages: ['redis-server'],
    find: () => onPath('redis-server'),
    skipped: 'the suites with limits that replicas share',
  },
  prometheus: {
    name: 'Prometheus',
    packages: ['prometheus'],
    find: () => onPath('prometheus'),
    skipped: 'the suites with a real Prometheus',
  },
  promtool: {
    name: 'promtool',
    packages: ['prometheus'],
    find: () => onPath('promtool'),
    skipped: 'the checks of the alert rules',
  },
  chromium: {
    name: 'Chromium',
    packages: ['chromium', 'fonts-dejavu-core'],
    find: () => onPath('chromium') ?? onPath('chromium-browser') ?? onPath('google-chrome'),
    skipped: 'the suites in a browser',
  },
  python: {
    name: 'Python',
    packages: ['python3', 'python3-venv'],
    find: () => onPath('python3'),
    skipped: 'the suite with the MCP client for Python',
  },
} as const satisfies Record<string, Tool>

/** @param stopping ends an installation or start that is under way. */
export async function startServices(log: (line: string) => void, stopping: AbortSignal): Promise<Services> {
  const wanted: Tool[] = Object.values(tools)
  const packages = new Set(wanted.filter((tool) => !tool.find()).flatMap((tool) => tool.packages))
  if (packages.size > 0) await install([...packages], log, stopping)

  const missing = wanted
    .filter((tool) => !tool.find())
    .map((tool) => `${tool.name} is not here: skipping ${tool.skipped}`)
  const env: Record<string, string> = {}
  const promise = (variable: string, path: string | undefined) => {
    if (path !== undefined) env[variable] = path
  }
  promise('TEST_REDIS', tools.redis.find())
  promise('TEST_PROMETHEUS', tools.prometheus.find())
  promise('TEST_PROMTOOL', tools.promtool.find())
  promise('TEST_CHROMIUM', tools.chromium.find())
  const python = tools.python.find()
  if (python !== undefined) {
    const client = await mcpPython(python, log, stopping)
    if (client === undefined) missing.push(`mcp for Python is not here: skipping ${tools.python.skipped}`)
    promise('TEST_MCP_PYTHON', client)
  }

  const initdb = tools.postgres.find()
  stopping.throwIfAborted()
  const postgres = initdb === undefined ? undefined : await startPostgres(initdb, stopping)
  promise('TEST_POSTGRES_URL', postgres?.url)
  return { env, missing, stop: async () => postgres?.stop() }
}

/** The executable in `PATH`, or in the newest of the folders matching the patterns. */
function onPath(name: string, patterns: readonly string[] = []): string | undefined {
  const more = patterns
    .flatMap((pattern) => globSync(pattern))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  return [...(process.env.PATH ?? '').split(delimiter), ...more]
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function install(
  packages: string[],
  log: (line: string) => void,
  stopping: AbortSignal,
): Promise<void> {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  if (process.getuid?.() !== 0 || onPath('apt-get') === undefined) {
    log(`To run every suite on Debian: sudo ${command}`)
    return
  }
  log(`Installing what the tests need: ${packages.join(', ')}`)
  const restore = forbidServiceStarts()
  try {
    const options = ['-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3']
    await runQuietly('apt-get', ['update', ...options], log, stopping)
    await runQuietly(
      'apt-get',
      ['install', '-y', '--no-install-recommends', ...options, ...packages],
      log,
      stopping,
    )
  } finally {
    restore()
  }
}

/**
 * Keeps packages from starting their services while they are installed: Debian asks /usr/sbin/policy-rc.d, and
 * 101 means no. The tests bring their own.
 */
function forbidServiceStarts(): () => void {
  const policy = '/usr/sbin/policy-rc.d'
  const kept = `${policy}.kept-by-authgate-tests`
  const existed = existsSync(policy)
  if (existed) renameSync(policy, kept)
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => {
    if (existed) renameSync(kept, policy)
    else rmSync(policy, { force: true })
  }
}

/** Shows the output only when the command fails; a failed installation is not the end, its suites are skipped. */
async function runQuietly(
  command: string,
  args: string[],
  log: (line: string) => void,
  stopping: AbortSignal,
): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
  })
  const output = collect(child)
  const stop = () => void child.kill('SIGTERM')
  stopping.addEventListener('abort', stop)
  const [exitCode] = await once(child, 'close')
  stopping.removeEventListener('abort', stop)
  if (exitCode !== 0) log(`${command} ${args[0]} failed:\n${output()}`)
}

function collect(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text = `${text}${chunk}`.slice(-10_000)
    })
  }
  return () => text
}

/**
 * PostgreSQL alone, for a measurement.
 * @throws {Error} when there is none on this machine.
 */
export function startPostgresAlone(stopping: AbortSignal): Promise<{ url: string; stop(): Promise<void> }> {
  const initdb = tools.postgres.find()
  if (initdb === undefined) throw new Error(`${tools.postgres.name} is not here`)
  return startPostgres(initdb, stopping)
}

/** A PostgreSQL of our own, with its defaults (fsync on), reachable from this machine only. */
async function startPostgres(
  initdb: string,
  stopping: AbortSignal,
): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-pg-'))
  const data = join(folder, 'data')
  // PostgreSQL refuses to run as root.
  const owner = process.getuid?.() === 0 ? unprivilegedUser() : {}
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid)
  const as = { ...owner, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] }

  let server: ChildProcess | undefined
  const stop = async () => {
    // Fast, then immediate shutdown; the folder goes anyway.
    if (server !== undefined) await endProcess(server, ['SIGINT', 'SIGQUIT', 'SIGKILL'])
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    // Nothing to lose yet, so the empty cluster need not be flushed to disk.
    const init = spawn(
      initdb,
      ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
      as,
    )
    const initLog = collect(init)
    const [exitCode] = await once(init, 'close')
    if (exitCode !== 0) throw new Error(`initdb failed:\n${initLog()}`)
    stopping.throwIfAborted()

    const port = await freePort()
    const postgres = initdb.replace(/initdb$/, 'postgres')
    const address = ['-h', '127.0.0.1', '-p', String(port), '-k', folder]
    // In a process group of its own: Ctrl-C goes to the tests first, which may still have to roll back.
    server = spawn(postgres, ['-D', data, ...address, '-c', 'max_connections=200'], { ...as, detached: true })
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`
    await untilReady(server, () => answers(url), collect(server))
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  await client.query('select 1')
  await client.end()
  return true
}

function unprivilegedUser(): { uid?: number; gid?: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
  const entry = ['postgres', 'nobody']
    .map((name) => new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(users))
    .find((match) => match !== null)
  if (entry === undefined) throw new Error('No user but root is here, and PostgreSQL refuses to run as root')
  return { uid: Number(entry[1]), gid: Number(entry[2]) }
}

if (import.meta.main) {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const services = await startServices(console.error, stopping.signal)
  for (const line of services.missing) console.error(line)
  for (const [name, value] of Object.entries(services.env)) console.log(`export ${name}='${value}'`)
  console.error('Ctrl-C ends the services.')
  const keepAlive = setInterval(() => {}, 60_000)
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
  clearInterval(keepAlive)
  await services.stop()
}
