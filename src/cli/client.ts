/** `authgate client …`: OAuth clients, on the configured database. */
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { createClientAdministration } from '../administration/clients.ts'
import { type Client, clientGrants } from '../oauth/client.ts'
import {
  clientAuthenticationMethods,
  clientSigningAlgorithms,
  signingAlgorithms,
} from '../oauth/client-metadata.ts'
import { encodeMetadata } from '../oauth/registration/encode.ts'
import { formatScope } from '../oauth/scope.ts'
import type { ClientId } from '../shared/ids.ts'
import { describeDocument, encodeDocument, pinCommand, unpinCommand } from './client-document.ts'
import { CommandError, printFields, printTable, withDatabase } from './database.ts'
import type { ProgramContext } from './program.ts'

interface CreateOptions {
  name: string
  type?: 'public' | 'confidential'
  grant?: string[]
  redirectUri?: string[]
  scope?: string
  resource?: string[]
  description?: string
  introspectAny?: boolean
  json?: boolean
  jwksFile?: string
  profile?: 'fapi2'
  idTokenClaims?: boolean
  extraClaims?: boolean
  tokenExchangeSubject?: string[]
  project?: string
  serviceAccount?: string
  requirePar?: boolean
  dpopBound?: boolean
}

/** Options named after a member of a registration (RFC 7591 §2); one that may be repeated is its member in the singular. */
const metadataOptions = [
  new Option('--token-endpoint-auth-method <method>', 'the only way it may prove itself').choices(
    clientAuthenticationMethods,
  ),
  new Option('--token-endpoint-auth-signing-alg <alg>', 'algorithm of its assertions').choices(
    clientSigningAlgorithms,
  ),
  new Option('--jwks-uri <url>', 'where its public keys are'),
  new Option('--id-token-signed-response-alg <alg>', 'signature of its ID tokens (default: RS256)').choices(
    signingAlgorithms,
  ),
  new Option('--userinfo-signed-response-alg <alg>', 'sign userinfo as well').choices(signingAlgorithms),
  new Option('--introspection-signed-response-alg <alg>', 'sign answers of introspection (RFC 9701)').choices(
    signingAlgorithms,
  ),
  new Option('--post-logout-redirect-uri <uri...>', 'where a person may go after signing out'),
  new Option('--backchannel-logout-uri <url>', 'where it is told that a person signed out'),
  new Option('--backchannel-logout-session-required', 'that notice names the session'),
  new Option('--initiate-login-uri <url>', 'where a sign-in can be started by somebody else'),
  new Option('--client-uri <url>', 'its home page'),
  new Option('--logo-uri <url>', 'its logo'),
  new Option('--policy-uri <url>', 'its privacy policy'),
  new Option('--tos-uri <url>', 'its terms of service'),
]

const pageSize = 200

export function clientCommand(context: ProgramContext): Command {
  const command = new Command('client').description('manage OAuth clients')

  const create = command
    .command('create')
    .description('create a client; a confidential one gets a secret that is shown once')
    .requiredOption('--name <name>', 'what people see when they are asked to allow it')
    .addOption(
      new Option(
        '--type <type>',
        'kind of client (default: public, unless it is told how to prove itself)',
      ).choices(['public', 'confidential']),
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
    .option('--jwks-file <file>', 'its public keys, a JWK Set')
    .option('--require-par', 'its authorization requests must be pushed (RFC 9126)')
    .option('--dpop-bound', 'its access tokens are bound to a key (RFC 9449)')
    .option('--id-token-claims', 'put the claims of its scopes into the ID token as well')
    .option('--extra-claims', 'let its token requests add claims')
    .option(
      '--token-exchange-subject <client-id...>',
      'clients whose tokens it may exchange, * for all (RFC 8693)',
    )
    .option('--project <name>', 'its project, as a claim of its tokens')
    .option('--service-account <name>', 'its service account, as a claim of its tokens')
    .addOption(new Option('--profile <profile>', 'hold it to a security profile').choices(['fapi2']))
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
            metadata: metadataOf(options, create.opts()),
            securityProfile: options.profile,
            idTokenClaims: options.idTokenClaims,
            extraClaims: options.extraClaims,
            tokenExchangeSubjects: options.tokenExchangeSubject,
            project: options.project,
            serviceAccount: options.serviceAccount,
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

  for (const option of metadataOptions) create.addOption(option)

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
        const document = await storage.read.clientDocuments.find(client.id)
        if (options.json === true) {
          const described = document === undefined ? {} : { document: encodeDocument(document) }
          console.log(JSON.stringify({ ...encodeClient(client), ...described }))
          return
        }
        printClient(client, document === undefined ? {} : describeDocument(document))
      }),
    )

  command
    .command('approve <client-id>')
    .description('let a client that waits for approval work')
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

  command.addCommand(pinCommand(context))
  command.addCommand(unpinCommand(context))

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

/** The options as members of a registration. */
function metadataOf(
  options: CreateOptions,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const metadata: Record<string, unknown> = {
    jwks: options.jwksFile === undefined ? undefined : readKeys(options.jwksFile),
    require_pushed_authorization_requests: options.requirePar,
    dpop_bound_access_tokens: options.dpopBound,
  }
  for (const option of metadataOptions) {
    const member = option.name().replaceAll('-', '_')
    metadata[option.variadic ? `${member}s` : member] = given[option.attributeName()]
  }
  return metadata
}

function readKeys(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new CommandError(`the keys in ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
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
    ...describeClaims(client),
    ...describeMetadata(client),
    created_at: new Date(client.createdAt).toISOString(),
  }
}

/** What its registration says beyond the ordinary, and what an operator decided. */
function describeMetadata({ origin, metadata }: Client): Record<string, unknown> {
  return {
    ...(origin === 'operator' ? {} : { origin }),
    ...(metadata.securityProfile === undefined ? {} : { security_profile: metadata.securityProfile }),
    ...encodeMetadata(metadata),
    ...(metadata.idTokenClaims === true ? { id_token_claims: true } : {}),
    ...(metadata.extraClaims === true ? { extra_claims: true } : {}),
    ...(metadata.tokenExchangeSubjects === undefined
      ? {}
      : { token_exchange_subjects: metadata.tokenExchangeSubjects }),
  }
}

function describeClaims({ project, serviceAccount }: Client): Record<string, unknown> {
  return {
    ...(project === undefined ? {} : { project }),
    ...(serviceAccount === undefined ? {} : { service_account: serviceAccount }),
  }
}

function inWords(name: string, value: unknown): string {
  if (name === 'jwks') {
    const { keys } = value as NonNullable<Client['metadata']['jwks']>
    return keys.map(({ kty, kid }) => (kid === undefined ? kty : `${kty} ${kid}`)).join(', ')
  }
  return Array.isArray(value) ? value.join(' ') : String(value)
}

function printClient(client: Client, more: Record<string, string | undefined> = {}): void {
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
    ...Object.fromEntries(
      Object.entries({ ...describeClaims(client), ...describeMetadata(client) }).map(([name, value]) => [
        name,
        inWords(name, value),
      ]),
    ),
    ...more,
    created: new Date(client.createdAt).toISOString(),
  })
}
