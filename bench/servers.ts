/** The servers under test: how each is set up, started, recognized as ready and stopped. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { killAtExit, makeTemporaryFolder, removeFolder } from './clean-up.ts'
import { measuringPrograms } from './measuring-process.ts'
import type { PeerSettings } from './peers/oidc-provider.ts'
import { cpuSeconds, residentMebibytes } from './process-tree.ts'
import { root } from './root.ts'

export type ServerId = 'authgate' | 'authgate-metrics-off' | 'oidc-memory' | 'oidc-sqlite'

/** A confidential client allowed to use client credentials, the device flow and introspection. */
export interface Client {
  readonly id: string
  readonly secret: string
}

/** Somebody who can sign in. */
export interface Account {
  readonly username: string
  readonly password: string
}

/** How to run one kind of server. Everything it writes goes into its own temporary folder. */
export interface ServerKind {
  readonly id: ServerId
  readonly title: string
  readonly paths: {
    readonly token: string
    readonly device: string
    readonly introspection: string
    readonly par: string
    readonly authorization: string
  }
  /** Answers 200 once the server can do its work. */
  readonly readyPath: string
  readonly program: readonly string[]
  environment(folder: string, port: number): Record<string, string>
  client(folder: string, port: number): Promise<Client>
  /** Makes an account of its own; absent where nobody signs in. */
  account?(folder: string, port: number, username: string): Promise<Account>
}

const authgateProgram = `${root}bin/authgate`
/** Compiled, so that stripping types is not part of the peer's start. */
const peerProgram = `${root}dist/bench/peers/oidc-provider.js`

/** The files that must have been built; the first one missing, or `undefined`. */
export function missingProgram(kinds: readonly ServerKind[]): string | undefined {
  const needed = kinds.flatMap((kind) =>
    kind.program.includes(authgateProgram)
      ? [authgateProgram, `${root}dist/bundle/main.js`, ...Object.values(measuringPrograms)]
      : [peerProgram],
  )
  return needed.find((file) => !existsSync(file))
}

/** As an operator would run it: metrics, audit log, access log and rate limits on, the limits above what we send. */
function authgateEnvironment(folder: string, port: number, metrics: boolean): Record<string, string> {
  const unreachable = '100000000'
  return {
    SERVER_ADDR: `127.0.0.1:${port}`,
    BASE_URL: `http://127.0.0.1:${port}`,
    DATA_DIR: folder,
    DATABASE_DRIVER: 'sqlite',
    DATABASE_PATH: `${folder}/authgate.db`,
    JWT_SIGNING_ALGORITHM: 'ES256',
    LOG_LEVEL: 'info',
    METRICS_ENABLED: String(metrics),
    ENABLE_AUDIT_LOGGING: 'true',
    ENABLE_RATE_LIMIT: 'true',
    LOGIN_RATE_LIMIT: unreachable,
    TOKEN_RATE_LIMIT: unreachable,
    DEVICE_CODE_RATE_LIMIT: unreachable,
    INTROSPECT_RATE_LIMIT: unreachable,
    AUTHORIZATION_RATE_LIMIT: unreachable,
    // Thousands of codes are made before the first is exchanged.
    AUTH_CODE_EXPIRATION: '10m',
  }
}

function authgate(id: ServerId, title: string, metrics: boolean): ServerKind {
  /** `authgate WHAT create`, on the server's database. */
  const create = async <Created>(
    folder: string,
    port: number,
    what: 'client' | 'user',
    options: readonly string[],
    input = '',
  ): Promise<Created> => {
    const running = promisify(execFile)(
      process.execPath,
      [authgateProgram, what, 'create', '--json', ...options],
      { cwd: folder, env: inherited(authgateEnvironment(folder, port, metrics)), timeout: 30_000 },
    )
    running.child.stdin?.end(input)
    return JSON.parse((await running).stdout) as Created
  }
  return {
    id,
    title,
    paths: {
      token: '/oauth/token',
      device: '/oauth/device/code',
      introspection: '/oauth/introspect',
      par: '/oauth/par',
      authorization: '/oauth/authorize',
    },
    readyPath: '/readyz',
    // The flag of `npm start` and of the program's own first line.
    program: ['--max-semi-space-size=16', authgateProgram, 'server'],
    environment: (folder, port) => authgateEnvironment(folder, port, metrics),
    async client(folder, port) {
      const grants = ['client_credentials', 'device_code', 'authorization_code'].flatMap((grant) => [
        '--grant',
        grant,
      ])
      const options = [
        ...['--name', 'bench', '--type', 'confidential', ...grants, '--scope', 'openid read'],
        // As the peer signs them.
        ...['--redirect-uri', redirectUri, '--id-token-signed-response-alg', 'ES256'],
      ]
      const created = await create<{ client_id: string; client_secret: string }>(
        folder,
        port,
        'client',
        options,
      )
      return { id: created.client_id, secret: created.client_secret }
    },
    async account(folder, port, username) {
      const password = randomBytes(18).toString('base64url')
      const options = [
        ...['--username', username, '--email', `${username}@example.com`],
        ...['--password-stdin', '--keep-password'],
      ]
      await create(folder, port, 'user', options, password)
      return { username, password }
    },
  }
}

/** Where codes are sent; nobody is there. */
export const redirectUri = 'https://app.example/callback'

const peerClient: Client = { id: 'bench', secret: randomBytes(32).toString('base64url') }
const peerKey = {
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  kid: 'bench',
  alg: 'ES256',
  use: 'sig',
}

function oidcProvider(id: ServerId, title: string, durable: boolean): ServerKind {
  return {
    id,
    title,
    paths: {
      token: '/token',
      device: '/device/auth',
      introspection: '/token/introspection',
      par: '/request',
      authorization: '/auth',
    },
    readyPath: '/.well-known/openid-configuration',
    program: [peerProgram],
    environment(folder, port) {
      const settings: PeerSettings = {
        port,
        clientId: peerClient.id,
        clientSecret: peerClient.secret,
        redirectUri,
        jwks: { keys: [peerKey as PeerSettings['jwks']['keys'][number]] },
        ...(durable ? { database: `${folder}/peer.db` } : {}),
      }
      return { PEER_SETTINGS: JSON.stringify(settings) }
    },
    client: async () => peerClient,
  }
}

export const serverKinds: readonly ServerKind[] = [
  authgate('authgate', 'AuthGate', true),
  authgate('authgate-metrics-off', 'AuthGate, metrics off', false),
  oidcProvider('oidc-memory', 'oidc-provider, in memory', false),
  oidcProvider('oidc-sqlite', 'oidc-provider + SQLite', true),
]

export function serverKind(id: ServerId): ServerKind {
  const found = serverKinds.find((kind) => kind.id === id)
  if (found === undefined) throw new Error(`unknown server ${id}`)
  return found
}

/** Nothing of the operator's own AuthGate settings may reach the servers under test. */
function inherited(environment: Record<string, string>): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    NODE_ENV: 'production',
    ...environment,
  }
}

/** A server that answers. */
export class RunningServer {
  readonly kind: ServerKind
  readonly folder: string
  readonly url: string
  /** From spawning the process to its first good answer. */
  readonly startMs: number
  readonly #child: ChildProcess
  readonly #port: number
  readonly #accounts: Account[] = []
  #client: Promise<Client> | undefined

  constructor(kind: ServerKind, folder: string, port: number, child: ChildProcess, startMs: number) {
    this.kind = kind
    this.folder = folder
    this.url = `http://127.0.0.1:${port}`
    this.startMs = startMs
    this.#child = child
    this.#port = port
  }

  /** Basic credentials of the client, which is created the first time they are asked for. */
  async authorization(): Promise<string> {
    const { id, secret } = await this.client()
    return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  }

  client(): Promise<Client> {
    this.#client ??= this.kind.client(this.folder, this.#port)
    return this.#client
  }

  /** The first `count` accounts, made where they are missing. */
  async accounts(count: number): Promise<readonly Account[]> {
    while (this.#accounts.length < count) {
      if (this.kind.account === undefined) throw new Error(`nobody signs in to ${this.kind.title}`)
      const username = `bench${this.#accounts.length + 1}`
      this.#accounts.push(await this.kind.account(this.folder, this.#port, username))
    }
    return this.#accounts.slice(0, count)
  }

  cpuSeconds(): number {
    return cpuSeconds(this.#child.pid!)
  }

  residentMebibytes(): number {
    return residentMebibytes(this.#child.pid!)
  }

  /** @throws {Error} with the end of its log, when it has died in the meantime. */
  assertAlive(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      throw new Error(`${this.kind.title} died:\n${logTail(this.folder)}`)
    }
  }

  /** Asks it to stop, insists after five seconds. The folder stays. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(insist)
  }

  async stopAndForget(): Promise<void> {
    await this.stop()
    removeFolder(this.folder)
  }
}

/**
 * Starts a server and waits until it answers.
 *
 * @param folder of an earlier run, to start on an existing database; a new one when absent
 * @throws {Error} with the end of its log, when it ends or does not answer within 30 s
 */
export async function start(kind: ServerKind, folder = makeTemporaryFolder()): Promise<RunningServer> {
  const port = await freePort()
  const log = openSync(`${folder}/server.log`, 'a')
  const began = performance.now()
  const child = spawn(process.execPath, [...kind.program], {
    cwd: folder,
    env: inherited(kind.environment(folder, port)),
    stdio: ['ignore', log, log],
  })
  killAtExit(child)
  closeSync(log)
  let failure: Error | undefined
  child.on('error', (error) => {
    failure = error
  })
  while (!(await answers(`http://127.0.0.1:${port}${kind.readyPath}`))) {
    const waited = performance.now() - began
    if (failure !== undefined || child.exitCode !== null || child.signalCode !== null || waited > 30_000) {
      throw new Error(`${kind.title} did not start:\n${failure?.message ?? logTail(folder)}`)
    }
    await sleep(2)
  }
  return new RunningServer(kind, folder, port, child, performance.now() - began)
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 5000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false))
    request.on('timeout', () => request.destroy())
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function logTail(folder: string): string {
  return readFileSync(`${folder}/server.log`, 'utf8').split('\n').slice(-20).join('\n')
}
