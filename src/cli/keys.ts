/** `authgate keys …`: signing keys, on the configured database. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { createSigningKeyAdministration, KeysChanged } from '../administration/signing-keys.ts'
import { EncryptionKeyError, openEncryption } from '../config/encryption-key.ts'
import { metadataMaxAgeSeconds, signingKeyReloadSeconds } from '../config/fixed-times.ts'
import type { Config } from '../config/load.ts'
import { openPrivateKey } from '../oauth/token/key-material.ts'
import { dueChange, type RotationPolicy, rotationPolicy, settleSeconds } from '../oauth/token/key-rotation.ts'
import { keyAlgorithms, type SigningAlgorithm, type StoredSigningKey } from '../oauth/token/signing-key.ts'
import type { Instant } from '../shared/clock.ts'
import type { Encryption } from '../shared/encryption.ts'
import type { Storage } from '../storage/storage.ts'
import { type AdministrationTools, CommandError, printTable, withDatabase } from './database.ts'
import { describeError } from './describe-error.ts'
import type { ProgramContext } from './program.ts'

interface RotateOptions {
  algorithm?: SigningAlgorithm
  now?: boolean
  json?: boolean
}

const longestList = 1000

export function keysCommand(context: ProgramContext): Command {
  const command = new Command('keys').description('show, rotate and retire signing keys')

  command
    .command('list')
    .description('list the keys in the JWK set, newest first, and what becomes of each')
    .option('--all', 'list retired keys as well')
    .option('--json', 'print JSON')
    .action((options: { all?: boolean; json?: boolean }) =>
      withDatabase(context, async ({ storage, config }) => {
        const live = await storage.read.signingKeys.list()
        const retired = options.all === true ? await storage.read.signingKeys.listRetired(longestList) : []
        print([...live, ...retired], config, options)
      }),
    )

  command
    .command('rotate')
    .description('publish a new key for each algorithm; it takes over after SIGNING_KEY_PUBLISH_AHEAD')
    .addOption(new Option('--algorithm <name>', 'rotate only this one').choices(keyAlgorithms))
    .option('--now', 'let it take over at once, though verifiers may not know it yet: for emergencies')
    .option('--json', 'print JSON')
    .action((options: RotateOptions) =>
      withDatabase(context, (tools) => rotate(tools, options), { needsEncryptionKey: true }),
    )

  command
    .command('retire <kid>')
    .description('take a next or previous key out of the JWK set and erase its private part')
    // A key id may begin with a dash (RFC 7638: base64url), and is no option then, nor a short one with more behind it.
    .allowUnknownOption()
    .helpOption('--help', 'display help for command')
    .option('--force', 'even while access tokens that it may have signed are good')
    .option('--json', 'print JSON')
    .action((kid: string, options: { force?: boolean; json?: boolean }) =>
      withDatabase(context, (tools) => retire(tools, kid, options)),
    )

  return command
}

async function rotate(tools: AdministrationTools, options: RotateOptions): Promise<void> {
  const { storage, config, actor } = tools
  const encryption = await openStoredEncryption(tools)
  const immediately = options.now === true
  const kids = await asked(() =>
    createSigningKeyAdministration(tools).rotate(
      {
        algorithms: options.algorithm === undefined ? keyAlgorithms : [options.algorithm],
        immediately,
        encryption,
      },
      actor,
    ),
  )
  const keys = (await storage.read.signingKeys.list()).filter(({ kid }) => kids.includes(kid))
  print(keys, config, options)
  if (options.json === true) return
  console.error(
    immediately
      ? `
Servers sign with a key that was published already within ${signingKeyReloadSeconds} seconds, with one made now within ${settleSeconds + signingKeyReloadSeconds}.
Verifiers may keep the JWK set for ${metadataMaxAgeSeconds / 60} minutes; until they fetch it again they refuse tokens of a key made now.
The former keys stay published, and what they signed stays good. If one of them is no longer secret:
  authgate keys retire <kid> --force`
      : `\nServers publish these keys within ${signingKeyReloadSeconds} seconds.`,
  )
}

async function retire(
  tools: AdministrationTools,
  kid: string,
  options: { force?: boolean; json?: boolean },
): Promise<void> {
  const result = await asked(() =>
    createSigningKeyAdministration(tools).retire(kid, { force: options.force === true }, tools.actor),
  )
  switch (result.outcome) {
    case 'unknown':
      throw new CommandError(`there is no key ${kid}`)
    case 'current':
      throw new CommandError(
        `${kid} is the current key: rotate first, with --now if it must not sign any longer`,
      )
    case 'already_retired':
      throw new CommandError(`${kid} is retired already`)
    case 'in_use':
      throw new CommandError(
        `${result.livingTokens} access tokens issued while ${kid} signed are still good, and verifiers would refuse them; it retires by itself in time, or now with --force`,
      )
    case 'retired':
      if (options.json === true) console.log(JSON.stringify({ kid, state: 'retired' }))
      else
        console.log(`Retired ${kid}; servers publish it no longer within ${signingKeyReloadSeconds} seconds.`)
  }
}

async function asked<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof KeysChanged) throw new CommandError(`${error.message}: run the command again`)
    throw error
  }
}

/** The encryption key that the servers use: one made here, or another, would make keys that stop their next start. */
async function openStoredEncryption({ storage, config, random }: AdministrationTools): Promise<Encryption> {
  const { keys, keyFile } = config.encryption
  const generated = join(config.dataDir, 'authgate.key')
  if (keys === undefined && keyFile === undefined && !existsSync(generated)) {
    throw new CommandError(
      `there is no encryption key ${generated}: set DATA_DIR to the server's, or ENCRYPTION_KEY`,
    )
  }
  try {
    const encryption = openEncryption(config, random)
    openPrivateKey(await anyKey(storage), encryption)
    return encryption
  } catch (error) {
    if (error instanceof CommandError) throw error
    if (error instanceof EncryptionKeyError) throw new CommandError(error.message, { cause: error })
    throw new CommandError(describeError(error), { cause: error })
  }
}

async function anyKey(storage: Storage): Promise<StoredSigningKey> {
  const [key] = await storage.read.signingKeys.list()
  if (key === undefined) throw new CommandError('there are no signing keys yet: start the server once')
  return key
}

function print(keys: readonly StoredSigningKey[], config: Config, { json }: { json?: boolean }): void {
  const policy = rotationPolicy(config)
  if (json === true) {
    console.log(JSON.stringify(keys.map((key) => encodeKey(key, policy))))
    return
  }
  printTable(
    ['KID', 'ALGORITHM', 'STATE', 'SINCE', 'THEN'],
    keys.map((key) => {
      const change = dueChange(key, policy)
      return [
        key.kid,
        key.algorithm,
        key.state,
        timeOf(key.retiredAt ?? key.supersededAt ?? key.activatedAt ?? key.createdAt),
        change === undefined ? '' : `${change.to} ${timeOf(change.at)}`,
      ]
    }),
  )
}

function encodeKey(key: StoredSigningKey, policy: RotationPolicy): Record<string, unknown> {
  const change = dueChange(key, policy)
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    state: key.state,
    created_at: timeOf(key.createdAt),
    activated_at: key.activatedAt && timeOf(key.activatedAt),
    superseded_at: key.supersededAt && timeOf(key.supersededAt),
    retired_at: key.retiredAt && timeOf(key.retiredAt),
    next_state: change?.to,
    next_state_at: change && timeOf(change.at),
  }
}

function timeOf(at: Instant): string {
  return new Date(at).toISOString()
}
