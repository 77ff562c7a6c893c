/** `authgate user …`: people's accounts, of the configured database or of a server. */
import { text } from 'node:stream/consumers'
import { type Command, Option } from 'commander'
import { administer, administrativeCommand } from './administration/administer.ts'
import type { ShownUser, Users } from './administration/port.ts'
import { CommandError } from './command-error.ts'
import { printFields, printJson, printLine, printTable } from './print.ts'
import type { ProgramContext } from './program.ts'

interface CreateOptions {
  username: string
  email: string
  emailVerified?: boolean
  fullName?: string
  admin?: boolean
  passwordStdin?: boolean
  keepPassword?: boolean
  json?: boolean
}

interface ListOptions {
  search?: string
  role?: 'admin' | 'user'
  status?: 'active' | 'disabled'
  source?: string
  json?: boolean
}

export function userCommand(context: ProgramContext): Command {
  const command = administrativeCommand('user').description('manage accounts')

  command
    .command('create')
    .description('create an account; without --password-stdin its password is generated and shown once')
    .requiredOption('--username <name>', 'sign-in name: a–z, 0–9, “_” and “-”')
    .requiredOption('--email <address>', 'e-mail address')
    .option('--email-verified', 'the address is known to be theirs; clients are told so (email_verified)')
    .option('--full-name <name>', 'name that people see')
    .option('--admin', 'make it an administrator')
    .option('--password-stdin', 'read the password from standard input')
    .option('--keep-password', 'do not ask its owner to choose another one at the first sign-in')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) =>
      administer(context, command, async ({ users }) => {
        const { user, password } = await users.create({
          username: options.username,
          email: options.email,
          emailVerified: options.emailVerified ?? false,
          fullName: options.fullName ?? '',
          role: options.admin === true ? 'admin' : 'user',
          password: options.passwordStdin === true ? await readPassword() : undefined,
          ...(options.keepPassword === true ? { passwordChangeRequired: false } : {}),
        })
        if (options.json === true) {
          printJson({ ...encodeUser(user), password })
          return
        }
        printUser(user)
        showPassword(password)
      }),
    )

  command
    .command('list')
    .description('list accounts, newest first')
    .option('--search <text>', 'the beginning of a username, an e-mail address or a name, or a whole id')
    .addOption(new Option('--role <role>', 'of this role only').choices(['admin', 'user']))
    .addOption(new Option('--status <status>', 'of this status only').choices(['active', 'disabled']))
    .option('--source <source>', 'of this source only, such as local')
    .option('--json', 'print JSON')
    .action((options: ListOptions) =>
      administer(context, command, async ({ users }) => {
        const { search, role, status, source } = options
        const found = await users.list({ search, role, status, source })
        if (options.json === true) {
          printJson(found.map(encodeUser))
          return
        }
        printTable(
          ['USERNAME', 'EMAIL', 'ROLE', 'STATUS', 'SOURCE'],
          found.map((user) => [user.username, user.email, user.role, user.status, user.authSource]),
        )
      }),
    )

  command
    .command('disable <username>')
    .description('disable an account and end its sessions and tokens')
    .option('--json', 'print JSON')
    .action((username: string, options: { json?: boolean }) =>
      administer(context, command, async ({ users }) => {
        const user = await find(users, username)
        if (!(await users.disable(user))) {
          throw new CommandError(`${user.username} is disabled already`)
        }
        if (options.json === true) printJson({ username: user.username, status: 'disabled' })
        else printLine(`Disabled ${user.username} and ended its sessions and tokens.`)
      }),
    )

  command
    .command('enable <username>')
    .description('enable a disabled account; the sessions and tokens it had do not come back')
    .option('--json', 'print JSON')
    .action((username: string, options: { json?: boolean }) =>
      administer(context, command, async ({ users }) => {
        const user = await find(users, username)
        if (!(await users.enable(user))) {
          throw new CommandError(`${user.username} is active already`)
        }
        if (options.json === true) {
          printJson({ username: user.username, status: 'active' })
        } else printLine(`Enabled ${user.username}.`)
      }),
    )

  command
    .command('delete <username>')
    .description(
      'delete an account with its sessions, tokens and consents; clients it owns stay, without an owner',
    )
    .option('--yes', 'do not ask: needed, because nothing brings it back')
    .option('--json', 'print JSON')
    .action((username: string, options: { yes?: boolean; json?: boolean }) =>
      administer(context, command, async ({ users }) => {
        const user = await find(users, username)
        if (options.yes !== true) {
          throw new CommandError(
            `this deletes ${user.username} for good, with its sessions, tokens and consents; repeat it with --yes`,
          )
        }
        if (!(await users.delete(user))) {
          throw new CommandError(`there is no account ${username}`)
        }
        if (options.json === true) printJson({ username: user.username, deleted: true })
        else printLine(`Deleted ${user.username} with its sessions, tokens and consents.`)
      }),
    )

  command
    .command('reset-password <username>')
    .description('replace the password of an account and end its sessions and tokens')
    .option('--password-stdin', 'read the new password from standard input')
    .option('--json', 'print JSON')
    .action((username: string, options: { passwordStdin?: boolean; json?: boolean }) =>
      administer(context, command, async ({ users }) => {
        const user = await find(users, username)
        const given = options.passwordStdin === true ? await readPassword() : undefined
        const generated = await users.resetPassword(user, given)
        if (options.json === true) {
          printJson({ username: user.username, password: generated })
          return
        }
        printLine(`Replaced the password of ${user.username} and ended its sessions and tokens.`)
        showPassword(generated)
      }),
    )

  command
    .command('reset-factors <username>')
    .description('remove every second factor of somebody who lost theirs')
    .option('--json', 'print JSON')
    .action((username: string, options: { json?: boolean }) =>
      administer(context, command, async ({ users }) => {
        const user = await find(users, username)
        if (!(await users.removeFactors(user))) {
          throw new CommandError(`${user.username} has no second factor`)
        }
        if (options.json === true) printJson({ username: user.username, factors: [] })
        else printLine(`Removed the second factors of ${user.username}, recovery codes included.`)
      }),
    )

  return command
}

async function find(users: Users, username: string): Promise<ShownUser> {
  const user = await users.find(username)
  if (user === undefined) throw new CommandError(`there is no account ${username}`)
  return user
}

/** Everything on standard input, without the line end that `echo` adds. */
async function readPassword(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}

function encodeUser(user: ShownUser): Record<string, unknown> {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    email_verified: user.emailVerified,
    full_name: user.fullName,
    role: user.role,
    status: user.status,
    auth_source: user.authSource,
    created_at: new Date(user.createdAt).toISOString(),
  }
}

function printUser(user: ShownUser): void {
  printFields({
    username: user.username,
    email: user.email,
    name: user.fullName === '' ? undefined : user.fullName,
    role: user.role,
    status: user.status,
  })
}

function showPassword(password: string | undefined): void {
  if (password === undefined) return
  printFields({ password })
  console.error('\nThe password is not stored in the clear and cannot be shown again.')
}
