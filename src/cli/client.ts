/** `authgate client …`: OAuth clients, of the configured database or of a server. */
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { clientGrants } from '../oauth/client.ts'
import {
  clientAuthenticationMethods,
  clientSigningAlgorithms,
  signingAlgorithms,
} from '../oauth/client-metadata.ts'
import { administer, administrativeCommand } from './administration/administer.ts'
import type { ClientMove, ShownClient } from './administration/port.ts'
import { addPinCommand, addUnpinCommand, describeDocument, encodeDocument } from './client-document.ts'
import { CommandError } from './command-error.ts'
import { members } from './login/http.ts'
import { printable } from './login/words.ts'
import { printFields, printJson, printLine, printTable } from './print.ts'
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

interface JsonOption {
  json?: boolean
}

/** What each act leads to, and what is said when it is done. */
const moves: Record<ClientMove, { about: string; to: string; done(id: string): string }> = {
  approve: {
    about: 'let a client that waits for approval work',
    to: 'active',
    done: (id) => `Approved ${id}.`,
  },
  reject: {
    about: 'switch a client off that waits for approval',
    to: 'inactive',
    done: (id) => `Rejected ${id}.`,
  },
  deactivate: {
    about: 'switch a client off: its tokens end, and what people allowed it',
    to: 'inactive',
    done: (id) => `Switched ${id} off and ended its tokens.`,
  },
  activate: {
    about: 'switch a client on again; what it had does not come back',
    to: 'active',
    done: (id) => `Switched ${id} on.`,
  },
}

export function clientCommand(context: ProgramContext): Command {
  const command = administrativeCommand('client').description('manage OAuth clients')

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
      administer(context, command, async ({ clients }) => {
        const { client, secret } = await clients.create({
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
        })
        if (options.json === true) {
          printJson({ ...encodeClient(client), client_secret: secret })
          return
        }
        printClient(client)
        showSecret(secret)
      }),
    )

  for (const option of metadataOptions) create.addOption(option)

  command
    .command('list')
    .description('list clients, newest first')
    .option('--json', 'print JSON')
    .action((options: JsonOption) =>
      administer(context, command, async ({ clients }) => {
        const all = await clients.list()
        if (options.json === true) {
          printJson(all.map(encodeClient))
          return
        }
        printTable(
          ['CLIENT ID', 'NAME', 'TYPE', 'STATUS', 'GRANTS'],
          all.map((client) => [client.id, client.name, client.type, client.status, client.grants.join(' ')]),
        )
      }),
    )

  command
    .command('show <client-id>')
    .description('show one client')
    .option('--json', 'print JSON')
    .action((id: string, options: JsonOption) =>
      administer(context, command, async ({ clients }) => {
        const found = await clients.find(id)
        if (found === undefined) throw nobody(id)
        const { client, document } = found
        if (options.json === true) {
          const described = document === undefined ? {} : { document: encodeDocument(document) }
          printJson({ ...encodeClient(client), ...described })
          return
        }
        printClient(client, document === undefined ? {} : describeDocument(document))
      }),
    )

  for (const [name, { about, to, done }] of Object.entries(moves)) {
    command
      .command(`${name} <client-id>`)
      .description(about)
      .option('--json', 'print JSON')
      .action((id: string, options: JsonOption) =>
        administer(context, command, async ({ clients }) => {
          const outcome = await clients.move(id, name as ClientMove)
          if (outcome !== 'done') throw unmoved(id, name as ClientMove, outcome)
          if (options.json === true) printJson({ client_id: id, status: to })
          else printLine(done(id))
        }),
      )
  }

  command
    .command('new-secret <client-id>')
    .description('make another secret, shown once; the one before stops working at once')
    .option('--json', 'print JSON')
    .action((id: string, options: JsonOption) =>
      administer(context, command, async ({ clients }) => {
        const outcome = await clients.replaceSecret(id)
        if (outcome === undefined) throw nobody(id)
        if (outcome === 'has_none') throw new CommandError(`${id} has no secret`)
        if (options.json === true) {
          printJson({ client_id: id, client_secret: outcome.secret })
          return
        }
        printFields({ client_id: id })
        showSecret(outcome.secret)
      }),
    )

  addPinCommand(context, command)
  addUnpinCommand(context, command)

  command
    .command('delete <client-id>')
    .description('delete a client and end every token it was given')
    .option('--json', 'print JSON')
    .action((id: string, options: JsonOption) =>
      administer(context, command, async ({ clients }) => {
        if (!(await clients.delete(id))) throw nobody(id)
        if (options.json === true) printJson({ client_id: id, deleted: true })
        else printLine(`Deleted ${id} and ended its tokens.`)
      }),
    )

  return command
}

function nobody(id: string): CommandError {
  return new CommandError(`there is no client ${id}`)
}

function unmoved(id: string, move: ClientMove, found: { status: string } | undefined): CommandError {
  if (move === 'approve' || move === 'reject') {
    return new CommandError(`there is no client ${id} that waits for approval`)
  }
  if (found === undefined) return nobody(id)
  const { status } = found
  const remedy = status === 'pending' ? ': approve or reject it' : status === moves[move].to ? ' already' : ''
  return new CommandError(`${id} is ${printable(status)}${remedy}`)
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

function encodeClient(client: ShownClient): Record<string, unknown> {
  return {
    client_id: client.id,
    client_name: client.name,
    description: client.description,
    client_type: client.type,
    status: client.status,
    grant_types: client.grants,
    scope: client.scope,
    redirect_uris: client.redirectUris,
    allowed_resources: client.allowedResources,
    introspect_any: client.introspectAny,
    ...describeClaims(client),
    ...describeMetadata(client),
    created_at: new Date(client.createdAt).toISOString(),
  }
}

/** What its registration says beyond the ordinary, and what an operator decided. */
function describeMetadata(client: ShownClient): Record<string, unknown> {
  const { origin, securityProfile, tokenExchangeSubjects: subjects } = client
  return {
    ...(origin === 'operator' ? {} : { origin }),
    ...(securityProfile === undefined ? {} : { security_profile: securityProfile }),
    ...client.metadata,
    ...(client.idTokenClaims ? { id_token_claims: true } : {}),
    ...(client.extraClaims ? { extra_claims: true } : {}),
    ...(subjects.length === 0 ? {} : { token_exchange_subjects: subjects }),
  }
}

function describeClaims({ project, serviceAccount }: ShownClient): Record<string, unknown> {
  return {
    ...(project === undefined ? {} : { project }),
    ...(serviceAccount === undefined ? {} : { service_account: serviceAccount }),
  }
}

function inWords(name: string, value: unknown): string {
  if (name === 'jwks') {
    const { keys } = members(value)
    return (Array.isArray(keys) ? keys.map(members) : [])
      .map(({ kty, kid }) => (kid === undefined ? String(kty) : `${kty} ${kid}`))
      .join(', ')
  }
  return Array.isArray(value) ? value.join(' ') : String(value)
}

function printClient(client: ShownClient, more: Record<string, string | undefined> = {}): void {
  const some = (values: readonly string[]): string | undefined =>
    values.length > 0 ? values.join(' ') : undefined
  printFields({
    client_id: client.id,
    name: client.name,
    description: client.description === '' ? undefined : client.description,
    type: client.type,
    status: client.status,
    grants: client.grants.join(' '),
    scope: client.scope,
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

function showSecret(secret: string | undefined): void {
  if (secret === undefined) return
  printFields({ client_secret: secret })
  console.error('\nThe secret is not stored and cannot be shown again.')
}
