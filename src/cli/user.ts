/** `authgate user …`: people's accounts, on the configured database. */
import { text } from 'node:stream/consumers'
import { Command, Option } from 'commander'
import type { Account } from '../accounts/account.ts'
import { passwordHasher } from '../accounts/password.ts'
import { normalizeUsername } from '../accounts/username.ts'
import {
  type AccountAdministration,
  createAccountAdministration,
  passwordRulesOf,
} from '../administration/accounts.ts'
import type { AuthSource } from '../events/catalogue.ts'
import { type AdministrationTools, CommandError, printFields, printTable, withDatabase } from './database.ts'
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
  role?: Account['role']
  status?: Account['status']
  source?: AuthSource
  json?: boolean
}

const pageSize = 200

export function userCommand(context: ProgramContext): Command {
  const command = new Command('user').description('manage accounts')

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
      withDatabase(context, async (tools) => {
        const { account, password } = await administration(tools).create(
          {
            username: options.username,
            email: options.email,
            emailVerified: options.emailVerified ?? false,
            fullName: options.fullName ?? '',
            role: options.admin === true ? 'admin' : 'user',
            password: options.passwordStdin === true ? await readPassword() : undefined,
            ...(options.keepPassword === true ? { passwordChangeRequired: false } : {}),
          },
          tools.actor,
        )
        if (options.json === true) {
          console.log(JSON.stringify({ ...encodeAccount(account), password }))
          return
        }
        printAccount(account)
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
      withDatabase(context, async ({ storage }) => {
        const { search, role, status, source: authSource } = options
        const accounts: Account[] = []
        for (let after: string | undefined; ; ) {
          const filter = { search, role, status, authSource }
          const page = await storage.read.accounts.page(filter, { limit: pageSize, after })
          accounts.push(...page.entries)
          if (page.next === null) break
          after = page.next
        }
        if (options.json === true) {
          console.log(JSON.stringify(accounts.map(encodeAccount)))
          return
        }
        printTable(
          ['USERNAME', 'EMAIL', 'ROLE', 'STATUS', 'SOURCE'],
          accounts.map((account) => [
            account.username,
            account.email,
            account.role,
            account.status,
            account.authSource,
          ]),
        )
      }),
    )

  command
    .command('disable <username>')
    .description('disable an account and end its sessions and tokens')
    .option('--json', 'print JSON')
    .action((username: string, options: { json?: boolean }) =>
      withDatabase(context, async (tools) => {
        const account = await find(tools, username)
        if (!(await administration(tools).disable(account, tools.actor))) {
          throw new CommandError(`${account.username} is disabled already`)
        }
        if (options.json === true)
          console.log(JSON.stringify({ username: account.username, status: 'disabled' }))
        else console.log(`Disabled ${account.username} and ended its sessions and tokens.`)
      }),
    )

  command
    .command('enable <username>')
    .description('enable a disabled account; the sessions and tokens it had do not come back')
    .option('--json', 'print JSON')
    .action((username: string, options: { json?: boolean }) =>
      withDatabase(context, async (tools) => {
        const account = await find(tools, username)
        if (!(await administration(tools).enable(account, tools.actor))) {
          throw new CommandError(`${account.username} is active already`)
        }
        if (options.json === true) {
          console.log(JSON.stringify({ username: account.username, status: 'active' }))
        } else console.log(`Enabled ${account.username}.`)
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
      withDatabase(context, async (tools) => {
        const account = await find(tools, username)
        if (options.yes !== true) {
          throw new CommandError(
            `this deletes ${account.username} for good, with its sessions, tokens and consents; repeat it with --yes`,
          )
        }
        if (!(await administration(tools).delete(account, tools.actor))) {
          throw new CommandError(`there is no account ${username}`)
        }
        if (options.json === true) console.log(JSON.stringify({ username: account.username, deleted: true }))
        else console.log(`Deleted ${account.username} with its sessions, tokens and consents.`)
      }),
    )

  command
    .command('reset-password <username>')
    .description('replace the password of an account and end its sessions and tokens')
    .option('--password-stdin', 'read the new password from standard input')
    .option('--json', 'print JSON')
    .action((username: string, options: { passwordStdin?: boolean; json?: boolean }) =>
      withDatabase(context, async (tools) => {
        const account = await find(tools, username)
        const given = options.passwordStdin === true ? await readPassword() : undefined
        const password = await administration(tools).resetPassword(account, tools.actor, given)
        const generated = given === undefined ? password : undefined
        if (options.json === true) {
          console.log(JSON.stringify({ username: account.username, password: generated }))
          return
        }
        console.log(`Replaced the password of ${account.username} and ended its sessions and tokens.`)
        showPassword(generated)
      }),
    )

  command
    .command('reset-factors <username>')
    .description('remove every second factor of somebody who lost theirs')
    .option('--json', 'print JSON')
    .action((username: string, options: { json?: boolean }) =>
      withDatabase(context, async (tools) => {
        const account = await find(tools, username)
        if (!(await administration(tools).removeFactors(account, tools.actor))) {
          throw new CommandError(`${account.username} has no second factor`)
        }
        if (options.json === true) console.log(JSON.stringify({ username: account.username, factors: [] }))
        else console.log(`Removed the second factors of ${account.username}, recovery codes included.`)
      }),
    )

  return command
}

function administration(tools: AdministrationTools): AccountAdministration {
  return createAccountAdministration({
    ...tools,
    hashPassword: passwordHasher.hash,
    passwordRules: passwordRulesOf(tools.config),
  })
}

async function find({ storage }: AdministrationTools, username: string): Promise<Account> {
  const name = normalizeUsername(username)
  const account = name === undefined ? undefined : await storage.read.accounts.findByUsername(name)
  if (account === undefined) throw new CommandError(`there is no account ${username}`)
  return account
}

/** Everything on standard input, without the line end that `echo` adds. */
async function readPassword(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}

function encodeAccount(account: Account): Record<string, unknown> {
  return {
    id: account.id,
    username: account.username,
    email: account.email,
    email_verified: account.emailVerified,
    full_name: account.fullName,
    role: account.role,
    status: account.status,
    auth_source: account.authSource,
    created_at: new Date(account.createdAt).toISOString(),
  }
}

function printAccount(account: Account): void {
  printFields({
    username: account.username,
    email: account.email,
    name: account.fullName === '' ? undefined : account.fullName,
    role: account.role,
    status: account.status,
  })
}

function showPassword(password: string | undefined): void {
  if (password === undefined) return
  printFields({ password })
  console.error('\nThe password is not stored in the clear and cannot be shown again.')
}
