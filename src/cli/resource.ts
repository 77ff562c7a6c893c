/** `authgate resource …`: protected resources (RFC 8707, RFC 9728), of the configured database or of a server. */
import { type Command, InvalidArgumentError } from 'commander'
import type { ResourceChange } from '../administration/resources.ts'
import { protectedResourceMetadata, protectedResourceMetadataUrl } from '../oauth/resources/resource.ts'
import { administer, administrativeCommand } from './administration/administer.ts'
import type { ShownResource } from './administration/port.ts'
import { CommandError } from './command-error.ts'
import { printFields, printJson, printLine, printTable } from './print.ts'
import type { ProgramContext } from './program.ts'

interface ChangeOptions {
  name?: string
  scope?: string[]
  defaultScope?: string[]
  discoveredScope?: string[]
  open?: boolean
  tokenLifetime?: number | 'default'
  json?: boolean
}

interface CreateOptions extends ChangeOptions {
  identifier: string
  name: string
}

export function resourceCommand(context: ProgramContext): Command {
  const command = administrativeCommand('resource').description('manage the services that tokens are for')

  command
    .command('create')
    .description('register a service, such as an MCP server, under the address it publishes')
    .requiredOption('--identifier <uri>', 'its address, exactly as its own metadata has it')
    .requiredOption('--name <name>', 'what people see when they are asked to allow an app to use it')
    .option('--scope <name=sentence...>', scopeHelp)
    .option(
      '--default-scope <name...>',
      'scopes given to a request that names none (default: all it may have)',
    )
    .option('--discovered-scope <name...>', 'scopes that clients nobody vouches for may have (default: all)')
    .option('--open', 'let clients ask for it that nobody vouches for')
    .option('--token-lifetime <seconds>', lifetimeHelp, readLifetime)
    .option('--json', 'print JSON')
    .action((options: CreateOptions) =>
      administer(context, command, async ({ resources }) => {
        const { identifier, name } = options
        printOrEncode(await resources.create({ ...changeOf(options), identifier, name }), options)
      }),
    )

  command
    .command('update <identifier>')
    .description('change a service: what is not named stays as it is')
    .option('--name <name>', 'what people see when they are asked to allow an app to use it')
    .option('--scope <name=sentence...>', `${scopeHelp}; in the place of all it had`)
    .option('--default-scope <name...>', 'scopes given to a request that names none')
    .option('--discovered-scope <name...>', 'scopes that clients nobody vouches for may have')
    .option('--open', 'let clients ask for it that nobody vouches for')
    .option('--no-open', 'let only clients ask for it that were given it')
    .option(
      '--token-lifetime <seconds>',
      `${lifetimeHelp}; “default” for as long as the client says`,
      readLifetime,
    )
    .option('--json', 'print JSON')
    .action((identifier: string, options: ChangeOptions) =>
      administer(context, command, async ({ resources }) => {
        const resource = await resources.update(identifier, changeOf(options))
        if (resource === undefined) throw new CommandError(`there is no resource ${identifier}`)
        printOrEncode(resource, options)
      }),
    )

  command
    .command('list')
    .description('list services by name')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      administer(context, command, async ({ resources }) => {
        const all = await resources.list()
        if (options.json === true) {
          printJson(all.map(encodeResource))
          return
        }
        printTable(
          ['IDENTIFIER', 'NAME', 'OPEN', 'LIFETIME', 'SCOPES'],
          all.map(({ identifier, name, openToDiscovered, tokenLifetimeSeconds, scopes }) => [
            identifier,
            name,
            openToDiscovered ? 'yes' : 'no',
            tokenLifetimeSeconds === undefined ? '-' : `${tokenLifetimeSeconds} s`,
            scopes.map((scope) => scope.name).join(' '),
          ]),
        )
      }),
    )

  command
    .command('show <identifier>')
    .description('print the metadata document for the service to publish (RFC 9728)')
    .option('--registered', 'print what is registered here instead')
    .option('--json', 'print what is registered here as JSON')
    .action((identifier: string, options: { registered?: boolean; json?: boolean }) =>
      administer(context, command, async ({ resources, issuer }) => {
        const resource = (await resources.list()).find((each) => each.identifier === identifier)
        if (resource === undefined) throw new CommandError(`there is no resource ${identifier}`)
        if (options.registered === true || options.json === true) {
          printOrEncode(resource, options)
          return
        }
        console.error(`To be served at ${protectedResourceMetadataUrl(identifier)}`)
        printJson(protectedResourceMetadata(resource, issuer), 2)
      }),
    )

  command
    .command('delete <identifier>')
    .description('delete a service: no client gets new tokens for it')
    .option('--json', 'print JSON')
    .action((identifier: string, options: { json?: boolean }) =>
      administer(context, command, async ({ resources }) => {
        if (!(await resources.delete(identifier))) {
          throw new CommandError(`there is no resource ${identifier}`)
        }
        if (options.json === true) printJson({ resource: identifier, deleted: true })
        else printLine(`Deleted ${identifier}. Access tokens for it work until they expire.`)
      }),
    )

  return command
}

const scopeHelp = 'a scope and what it lets an app do, in words for people'
const lifetimeHelp = 'how long access tokens for it live at most, where a client would get longer ones'

function changeOf(options: ChangeOptions): ResourceChange {
  return {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.scope === undefined ? {} : { scopes: options.scope.map(readScope) }),
    ...(options.open === undefined ? {} : { openToDiscovered: options.open }),
    defaultScopes: options.defaultScope,
    discoveredScopes: options.discoveredScope,
    tokenLifetimeSeconds: options.tokenLifetime,
  }
}

function printOrEncode(resource: ShownResource, { json = false }: { json?: boolean }): void {
  if (json) printJson(encodeResource(resource))
  else printResource(resource)
}

function readLifetime(text: string): number | 'default' {
  if (text === 'default') return text
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A number of seconds, or “default”.')
  return Number(text)
}

function readScope(text: string): { name: string; description: string } {
  const equals = text.indexOf('=')
  if (equals < 1)
    throw new CommandError(`scope: “${text}” lacks its sentence, as in notes:read=Read your notes`)
  return { name: text.slice(0, equals), description: text.slice(equals + 1) }
}

function encodeResource(resource: ShownResource): Record<string, unknown> {
  return {
    resource: resource.identifier,
    resource_name: resource.name,
    open_to_discovered_clients: resource.openToDiscovered,
    ...(resource.tokenLifetimeSeconds === undefined
      ? {}
      : { token_lifetime_seconds: resource.tokenLifetimeSeconds }),
    scopes: resource.scopes.map(({ name, description, byDefault, forDiscovered }) => ({
      scope: name,
      description,
      default: byDefault,
      discovered_clients: forDiscovered,
    })),
    created_at: new Date(resource.createdAt).toISOString(),
  }
}

function printResource(resource: ShownResource): void {
  const namesOf = (scopes: ShownResource['scopes']): string | undefined =>
    scopes.length > 0 ? scopes.map(({ name }) => name).join(' ') : undefined
  printFields({
    identifier: resource.identifier,
    name: resource.name,
    scopes: namesOf(resource.scopes),
    default_scopes: namesOf(resource.scopes.filter(({ byDefault }) => byDefault)),
    discovered_clients: resource.openToDiscovered
      ? `may ask for ${namesOf(resource.scopes.filter(({ forDiscovered }) => forDiscovered)) ?? 'it'}`
      : 'may not ask for it',
    token_lifetime:
      resource.tokenLifetimeSeconds === undefined ? undefined : `${resource.tokenLifetimeSeconds} s at most`,
    created: new Date(resource.createdAt).toISOString(),
  })
}
