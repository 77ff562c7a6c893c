/** `authgate resource …`: protected resources (RFC 8707, RFC 9728), on the configured database. */
import { Command } from 'commander'
import { createResourceAdministration } from '../administration/resources.ts'
import {
  protectedResourceMetadata,
  protectedResourceMetadataUrl,
  type Resource,
} from '../oauth/resources/resource.ts'
import { CommandError, printFields, printTable, withDatabase } from './database.ts'
import type { ProgramContext } from './program.ts'

interface CreateOptions {
  identifier: string
  name: string
  scope?: string[]
  defaultScope?: string[]
  discoveredScope?: string[]
  open?: boolean
  json?: boolean
}

export function resourceCommand(context: ProgramContext): Command {
  const command = new Command('resource').description('manage the services that tokens are for')

  command
    .command('create')
    .description('register a service, such as an MCP server, under the address it publishes')
    .requiredOption('--identifier <uri>', 'its address, exactly as its own metadata has it')
    .requiredOption('--name <name>', 'what people see when they are asked to allow an app to use it')
    .option('--scope <name=sentence...>', 'a scope and what it lets an app do, in words for people')
    .option(
      '--default-scope <name...>',
      'scopes given to a request that names none (default: all it may have)',
    )
    .option('--discovered-scope <name...>', 'scopes that clients nobody vouches for may have (default: all)')
    .option('--open', 'let clients ask for it that nobody vouches for')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) =>
      withDatabase(context, async (tools) => {
        const resource = await createResourceAdministration(tools).create(
          {
            identifier: options.identifier,
            name: options.name,
            scopes: (options.scope ?? []).map(readScope),
            defaultScopes: options.defaultScope,
            discoveredScopes: options.discoveredScope,
            openToDiscovered: options.open ?? false,
          },
          tools.actor,
        )
        if (options.json === true) console.log(JSON.stringify(encodeResource(resource)))
        else printResource(resource)
      }),
    )

  command
    .command('list')
    .description('list services by name')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      withDatabase(context, async ({ storage }) => {
        const resources = await storage.read.resources.list()
        if (options.json === true) {
          console.log(JSON.stringify(resources.map(encodeResource)))
          return
        }
        printTable(
          ['IDENTIFIER', 'NAME', 'OPEN', 'SCOPES'],
          resources.map(({ identifier, name, openToDiscovered, scopes }) => [
            identifier,
            name,
            openToDiscovered ? 'yes' : 'no',
            scopes.map((scope) => scope.name).join(' '),
          ]),
        )
      }),
    )

  command
    .command('show <identifier>')
    .description('print the metadata document for the service to publish (RFC 9728)')
    .action((identifier: string) =>
      withDatabase(context, async ({ storage, config }) => {
        const resource = (await storage.read.resources.list()).find((each) => each.identifier === identifier)
        if (resource === undefined) throw new CommandError(`there is no resource ${identifier}`)
        console.error(`To be served at ${protectedResourceMetadataUrl(identifier)}`)
        console.log(JSON.stringify(protectedResourceMetadata(resource, config.server.issuer), undefined, 2))
      }),
    )

  command
    .command('delete <identifier>')
    .description('delete a service: no client gets new tokens for it')
    .option('--json', 'print JSON')
    .action((identifier: string, options: { json?: boolean }) =>
      withDatabase(context, async (tools) => {
        if (!(await createResourceAdministration(tools).delete(identifier, tools.actor))) {
          throw new CommandError(`there is no resource ${identifier}`)
        }
        if (options.json === true) console.log(JSON.stringify({ resource: identifier, deleted: true }))
        else console.log(`Deleted ${identifier}. Access tokens for it work until they expire.`)
      }),
    )

  return command
}

function readScope(text: string): { name: string; description: string } {
  const equals = text.indexOf('=')
  if (equals < 1)
    throw new CommandError(`scope: “${text}” lacks its sentence, as in notes:read=Read your notes`)
  return { name: text.slice(0, equals), description: text.slice(equals + 1) }
}

function encodeResource(resource: Resource): Record<string, unknown> {
  return {
    resource: resource.identifier,
    resource_name: resource.name,
    open_to_discovered_clients: resource.openToDiscovered,
    scopes: resource.scopes.map(({ name, description, byDefault, forDiscovered }) => ({
      scope: name,
      description,
      default: byDefault,
      discovered_clients: forDiscovered,
    })),
    created_at: new Date(resource.createdAt).toISOString(),
  }
}

function printResource(resource: Resource): void {
  const namesOf = (scopes: Resource['scopes']): string | undefined =>
    scopes.length > 0 ? scopes.map(({ name }) => name).join(' ') : undefined
  printFields({
    identifier: resource.identifier,
    name: resource.name,
    scopes: namesOf(resource.scopes),
    default_scopes: namesOf(resource.scopes.filter(({ byDefault }) => byDefault)),
    discovered_clients: resource.openToDiscovered
      ? `may ask for ${namesOf(resource.scopes.filter(({ forDiscovered }) => forDiscovered)) ?? 'it'}`
      : 'may not ask for it',
    created: new Date(resource.createdAt).toISOString(),
  })
}
