/** `authgate keys …`: signing keys, of the configured database or of a server. */
import { type Command, Option } from 'commander'
import { metadataMaxAgeSeconds, signingKeyReloadSeconds } from '../config/fixed-times.ts'
import { settleSeconds } from '../oauth/token/key-rotation.ts'
import { keyAlgorithms } from '../oauth/token/signing-key.ts'
import type { Instant } from '../shared/clock.ts'
import { administer, administrativeCommand } from './administration/administer.ts'
import type { Keys, ShownKey } from './administration/port.ts'
import { CommandError } from './command-error.ts'
import { printJson, printLine, printTable } from './print.ts'
import type { ProgramContext } from './program.ts'

interface RotateOptions {
  algorithm?: string
  now?: boolean
  json?: boolean
}

export function keysCommand(context: ProgramContext): Command {
  const command = administrativeCommand('keys').description('show, rotate and retire signing keys')

  command
    .command('list')
    .description('list the keys in the JWK set, newest first, and what becomes of each')
    .option('--all', 'list retired keys as well')
    .option('--json', 'print JSON')
    .action((options: { all?: boolean; json?: boolean }) =>
      administer(context, command, async ({ keys }) => {
        print(await keys.list({ retiredToo: options.all === true }), options)
      }),
    )

  command
    .command('rotate')
    .description('publish a new key for each algorithm; it takes over after SIGNING_KEY_PUBLISH_AHEAD')
    .addOption(new Option('--algorithm <name>', 'rotate only this one').choices(keyAlgorithms))
    .option('--now', 'let it take over at once, though verifiers may not know it yet: for emergencies')
    .option('--json', 'print JSON')
    .action((options: RotateOptions) => administer(context, command, ({ keys }) => rotate(keys, options)))

  command
    .command('retire <kid>')
    .description('take a next or previous key out of the JWK set and erase its private part')
    // A key id may begin with a dash (RFC 7638: base64url), and is no option then, nor a short one with more behind it.
    .allowUnknownOption()
    .helpOption('--help', 'display help for command')
    .option('--force', 'even while access tokens that it may have signed are good')
    .option('--json', 'print JSON')
    .action((kid: string, options: { force?: boolean; json?: boolean }) =>
      administer(context, command, ({ keys }) => retire(keys, kid, options)),
    )

  return command
}

async function rotate(keys: Keys, options: RotateOptions): Promise<void> {
  const immediately = options.now === true
  print(await keys.rotate({ algorithm: options.algorithm, immediately }), options)
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

async function retire(keys: Keys, kid: string, options: { force?: boolean; json?: boolean }): Promise<void> {
  const result = await keys.retire(kid, { force: options.force === true })
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
      if (options.json === true) printJson({ kid, state: 'retired' })
      else
        printLine(`Retired ${kid}; servers publish it no longer within ${signingKeyReloadSeconds} seconds.`)
  }
}

function print(keys: readonly ShownKey[], { json }: { json?: boolean }): void {
  if (json === true) {
    printJson(keys.map(encodeKey))
    return
  }
  printTable(
    ['KID', 'ALGORITHM', 'STATE', 'SINCE', 'THEN'],
    keys.map((key) => [
      key.kid,
      key.algorithm,
      key.state,
      timeOf(key.retiredAt ?? key.supersededAt ?? key.activatedAt ?? key.createdAt),
      key.next === undefined ? '' : `${key.next.state} ${timeOf(key.next.at)}`,
    ]),
  )
}

function encodeKey(key: ShownKey): Record<string, unknown> {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    state: key.state,
    created_at: timeOf(key.createdAt),
    activated_at: key.activatedAt && timeOf(key.activatedAt),
    superseded_at: key.supersededAt && timeOf(key.supersededAt),
    retired_at: key.retiredAt && timeOf(key.retiredAt),
    next_state: key.next?.state,
    next_state_at: key.next && timeOf(key.next.at),
  }
}

function timeOf(at: Instant): string {
  return new Date(at).toISOString()
}
