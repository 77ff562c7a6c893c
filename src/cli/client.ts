/** `authgate client …`: OAuth clients, on the configured database. */
import { Command, Option } from 'commander'
import { createClientAdministration } from '../administration/clients.ts'
import { type Client, clientGrants } from '../oauth/client.ts'
import { formatScope } from '../oauth/scope.ts'
import type { ClientId } from '../shared/ids.ts'
import { CommandError, printFields, printTable, withDatabase } from './database.ts'
import type { ProgramContext } from './program.ts'

interface CreateOptions {
  name: string
  type: 'public' | 'confidential'
  grant?: string[]
  redirectUri?: string[]
  scope?: string
  resource?: string[]
  description?: string
  introspectAny?: boolean
  json?: boolean
}

const pageSize = 200

export function clientCommand(context: ProgramContext): Command {
  const command = new Command('client').description('manage OAuth clients')

  command
    .command('create')
    .description('create a client; a confidential one gets a secret that is shown once')
    .requiredOption('--name <name>', 'what people see when they are asked to allow it')
    .addOption(
      new Option('--type <type>', 'kind of client').choices(['public', 'confidential']).default('public'),
    )
    .addOption(
      new Option('--grant <grant...>', 'grants it may use (default: device_code refresh_token)').choices(
        clientGrants,
      ),
    )
    .option('--redirect-uri <uri...>', 'where authorization responses may go')
    .option('--scope <scopes>', 'scopes it may be given, separated by spaces')
    .option('--resource <uri...>', 'resources it may ask tokens for (RFC 8707)')
    .option('--description <text>', 'a note for administrators')
    .option('--introspect-any', 'let it introspect every token, not only its own')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) =>
      withDatabase(context, async (tools) => {
        const { client, secret } = await createClientAdministration(tools).create(
          {
            name: options.name,
            type: options.type,
            grants: options.grant,
            scope: options.scope,
            redirectUris: options.redirectUri ?? [],
            allowedResources: options.resource ?? [],
            description: options.description ?? '',
            introspectAny: options.introspectAny ?? false,
          },
          tools.actor,
        )
        if (options.json === true) {
          console.log(JSON.stringify({ ...encodeClient(client), client_secret: secret }))
          return
        }
        printClient(client)
        if (secret !== undefined) {
          printFields({ client_secret: secret })
          console.error('\nThe secret is not stored and cannot be shown again.')
        }
      }),
    )

  command
    .command('list')
    .description('list clients, newest first')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      withDatabase(context, async ({ storage }) => {
        const clients: Client[] = []
        for (;;) {
          const page = await storage.read.clients.list({ limit: pageSize, after: clients.at(-1)?.id })
          clients.push(...page)
          if (page.length < pageSize) break
        }
        if (options.json === true) {
          console.log(JSON.stringify(clients.map(encodeClient)))
          return
        }
        printTable(
          ['CLIENT ID', 'NAME', 'TYPE', 'STATUS', 'GRANTS'],
          clients.map((client) => [
            client.id,
            client.name,
            client.type,
            client.status,
            client.grants.join(' '),
          ]),
        )
      }),
    )

  command
    .command('show <client-id>')
    .description('show one client')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      withDatabase(context, async ({ storage }) => {
        const client = await storage.read.clients.find(id as ClientId)
        if (client === undefined) throw new CommandError(`there is no client ${id}`)
        if (options.json === true) console.log(JSON.stringify(encodeClient(client)))
        else printClient(client)
      }),
    )

  command
    .command('approve <client-id>')
    .description('let a client that registered itself work')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      withDatabase(context, async (tools) => {
        if (!(await createClientAdministration(tools).approve(id as ClientId, tools.actor))) {
          throw new CommandError(`there is no client ${id} that waits for approval`)
        }
        if (options.json === true) console.log(JSON.stringify({ client_id: id, status: 'active' }))
        else console.log(`Approved ${id}.`)
      }),
    )

  command
    .command('delete <client-id>')
    .description('delete a client and end every token it was given')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      withDatabase(context, async (tools) => {
        if (!(await createClientAdministration(tools).delete(id as ClientId, tools.actor))) {
          throw new CommandError(`there is no client ${id}`)
        }
        if (options.json === true) console.log(JSON.stringify({ client_id: id, deleted: true }))
        else console.log(`Deleted ${id} and ended its tokens.`)
      }),
    )

  return command
}

function encodeClient(client: Client): Record<string, unknown> {
  return {
    client_id: client.id,
    client_name: client.name,
    description: client.description,
    client_type: client.type,
    status: client.status,
    grant_types: client.grants,
    scope: formatScope(client.scopes),
    redirect_uris: client.redirectUris,
    allowed_resources: client.allowedResources,
    introspect_any: client.introspectAny,
    created_at: new Date(client.createdAt).toISOString(),
  }
}

function printClient(client: Client): void {
  const some = (values: readonly string[]): string | undefined =>
    values.length > 0 ? values.join(' ') : undefined
  printFields({
    client_id: client.id,
    name: client.name,
    description: client.description === '' ? undefined : client.description,
    type: client.type,
    status: client.status,
    grants: client.grants.join(' '),
    scope: formatScope(client.scopes),
    redirect_uris: some(client.redirectUris),
    resources: some(client.allowedResources),
    introspects: client.introspectAny ? 'any token' : undefined,
    created: new Date(client.createdAt).toISOString(),
  })
}
