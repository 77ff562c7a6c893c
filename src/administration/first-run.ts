/**
 * What a fresh installation starts with: an administrator and a client for command-line tools. Their credentials are
 * in a file before they are in the database, so that nobody is left with a password that nobody knows.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Publisher } from '../events/bus.ts'
import type { Actor } from '../events/catalogue.ts'
import type { Client } from '../oauth/client.ts'
import type { Clock } from '../shared/clock.ts'
import type { ClientId, Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Secret } from '../shared/secret.ts'
import type { Storage } from '../storage/storage.ts'
import { accountCreated, generatePassword, newAccount } from './accounts.ts'
import { clientCreated } from './clients.ts'

const accountLines = /^(?:username|password): .*$/gm

const system: Actor = { type: 'system' }

export interface FirstRun {
  /** Where the credentials are; `undefined` when nothing was seeded now. */
  credentialsFile: string | undefined
}

/**
 * Seeds what is missing. Call under the storage's exclusive lock.
 * @throws {Error} when the credentials cannot be written: the start stops, and the database is untouched.
 */
export async function seed(dependencies: {
  storage: Storage
  publisher: Publisher
  hashPassword(password: string): Promise<string>
  clock: Clock
  random: Random
  ids: Ids
  dataDir: string
  adminPassword: Secret | undefined
  minPasswordLength: number
  /** Whether the password that is made here must be replaced at its first use. */
  passwordChangeRequired: boolean
}): Promise<FirstRun> {
  const { storage, publisher, clock, random, ids, dataDir } = dependencies
  const needsAccount = !(await storage.read.accounts.any())
  const needsClient = !(await storage.read.clients.any())
  if (!needsAccount && !needsClient) return { credentialsFile: undefined }

  const configured = dependencies.adminPassword?.reveal().trim()
  const password = configured ?? generatePassword(random)
  const account = needsAccount
    ? await newAccount(
        {
          username: 'admin',
          email: 'admin@localhost',
          fullName: 'Administrator',
          role: 'admin',
          // One that was configured is its owner's choice.
          passwordChangeRequired: configured === undefined && dependencies.passwordChangeRequired,
        },
        password,
        dependencies,
      )
    : undefined
  const client = needsClient ? commandLineClient(ids.next<ClientId>(), account?.id, clock) : undefined

  const lines: string[] = []
  if (account !== undefined) {
    lines.push(`username: ${account.username}`)
    // A configured password is known to whoever configured it and need not be in another file.
    if (configured === undefined) lines.push(`password: ${password}`)
  }
  if (client !== undefined) lines.push(`client_id: ${client.id}`)
  const credentialsFile = writeCredentials(dataDir, lines, { keepAccount: account === undefined })

  await storage.transaction(async (tx) => {
    if (account !== undefined) await tx.accounts.insert(account)
    if (client !== undefined) await tx.clients.insert(client)
  })
  if (account !== undefined) publisher.publish(accountCreated(account, system))
  if (client !== undefined) publisher.publish(clientCreated(client, system, client.createdAt))
  return { credentialsFile }
}

function commandLineClient(id: ClientId, createdBy: Client['createdBy'], clock: Clock): Client {
  const now = clock.now()
  return {
    id,
    name: 'AuthGate CLI',
    description: 'Command-line tools',
    type: 'public',
    secretHash: undefined,
    status: 'active',
    grants: ['device_code', 'authorization_code', 'refresh_token'],
    scopes: ['openid', 'profile', 'email', 'offline_access', 'read', 'write'],
    redirectUris: ['http://localhost:8888/callback', 'http://127.0.0.1/callback'],
    allowedResources: [],
    tokenProfile: 'standard',
    project: undefined,
    serviceAccount: undefined,
    introspectAny: false,
    origin: 'operator',
    metadata: {},
    createdBy,
    createdAt: now,
    updatedAt: now,
  }
}

/**
 * Replaces the file in one step, readable by its owner only: one left by an older database would mislead. With
 * `keepAccount` its lines about the account stay: nobody may have kept that password anywhere else yet.
 */
function writeCredentials(
  dataDir: string,
  lines: readonly string[],
  { keepAccount }: { keepAccount: boolean },
): string {
  const file = join(dataDir, 'authgate-credentials.txt')
  const partial = `${file}.${process.pid}.partial`
  try {
    mkdirSync(dataDir, { recursive: true })
    // In a container the process has the same number at every start, and one that was killed may have left its file.
    rmSync(partial, { force: true })
    const kept = keepAccount && existsSync(file) ? readFileSync(file, 'utf8').match(accountLines) : null
    writeFileSync(partial, `${[...(kept ?? []), ...lines].join('\n')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    })
    renameSync(partial, file)
  } catch (error) {
    throw new Error(
      `the first credentials could not be written to ${file}: make the folder writable, or set DATA_DIR`,
      { cause: error },
    )
  }
  return file
}
