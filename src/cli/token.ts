/** `authgate token …`: tokens by their ids, of the configured database or of a server; never the tokens themselves. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { tokenStatuses } from '../oauth/token/token-list.ts'
import { administer, administrativeCommand } from './administration/administer.ts'
import type { ShownToken, TokenMove } from './administration/port.ts'
import { CommandError } from './command-error.ts'
import { printable } from './login/words.ts'
import { printJson, printLine, printTable } from './print.ts'
import type { ProgramContext } from './program.ts'

interface ListOptions {
  type: 'access' | 'refresh'
  status?: string
  client?: string
  user?: string
  limit: number
  json?: boolean
}

/** What each act leads to, and what is said when it is done. */
const moves: Record<TokenMove, { about: string; to: string; done(id: string): string }> = {
  revoke: {
    about: 'revoke a token for good; a refresh token with all that came of the same grant',
    to: 'revoked',
    done: (id) => `Revoked ${id}.`,
  },
  disable: {
    about: 'take a token out of use until it is enabled again',
    to: 'disabled',
    done: (id) => `Disabled ${id}.`,
  },
  enable: { about: 'put a disabled token back into use', to: 'active', done: (id) => `Enabled ${id}.` },
}

const usualLimit = 100
const maxLimit = 100_000

export function tokenCommand(context: ProgramContext): Command {
  const command = administrativeCommand('token').description('find, disable and revoke tokens')

  command
    .command('list')
    .description('list tokens of one type, newest first')
    .addOption(
      new Option('--type <type>', 'access or refresh tokens')
        .choices(['access', 'refresh'])
        .default('access'),
    )
    .addOption(new Option('--status <status>', 'of this status only').choices(tokenStatuses.refresh))
    .option('--client <client-id>', 'of this client only')
    .option('--user <username>', 'of this person only')
    .option('--limit <number>', 'how many at most', readLimit, usualLimit)
    .option('--json', 'print JSON')
    .action((options: ListOptions) =>
      administer(context, command, async ({ tokens, users }) => {
        const { type, status, client: clientId, user: username, limit } = options
        if (type === 'access' && status === 'superseded') {
          throw new CommandError('status: superseded is a status of refresh tokens only')
        }
        const user = username === undefined ? undefined : await users.find(username)
        if (username !== undefined && user === undefined) {
          throw new CommandError(`there is no account ${username}`)
        }
        const found = await tokens.list({ type, status, clientId, userId: user?.id, limit })
        if (options.json === true) {
          printJson(found.map(encodeToken))
          return
        }
        printTable(
          ['TOKEN ID', 'STATUS', 'CLIENT', 'USER', 'EXPIRES', 'SCOPE'],
          found.map((token) => [
            token.id,
            token.status,
            token.clientName,
            token.username ?? '-',
            timeOf(token.expiresAt),
            token.scopes.join(' '),
          ]),
        )
      }),
    )

  for (const [name, { about, to, done }] of Object.entries(moves)) {
    command
      .command(`${name} <token-id>`)
      .description(about)
      .option('--json', 'print JSON')
      .action((id: string, options: { json?: boolean }) =>
        administer(context, command, async ({ tokens }) => {
          const outcome = await tokens.move(id, name as TokenMove)
          if (outcome === undefined) throw new CommandError(`there is no token ${id}`)
          if (outcome !== 'done') {
            const already = outcome.status === to ? ' already' : ''
            throw new CommandError(`${id} is ${printable(outcome.status)}${already}`)
          }
          if (options.json === true) printJson({ token_id: id, status: to })
          else printLine(done(id))
        }),
      )
  }

  return command
}

function readLimit(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > maxLimit) throw new InvalidArgumentError(`A number from 1 to ${maxLimit}.`)
  return limit
}

function encodeToken(token: ShownToken): Record<string, unknown> {
  return {
    token_id: token.id,
    token_type: token.type,
    status: token.status,
    client_id: token.clientId,
    client_name: token.clientName,
    username: token.username,
    scope: token.scopes.join(' '),
    issued_at: timeOf(token.issuedAt),
    expires_at: timeOf(token.expiresAt),
  }
}

function timeOf(at: number): string {
  return new Date(at).toISOString()
}
