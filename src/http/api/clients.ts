/** Operations on OAuth clients, and on what people allowed them. */
import type { ClientInput } from '../../administration/client-rules.ts'
import type { ClientAdministration } from '../../administration/clients.ts'
import {
  type Client,
  type ClientStatus,
  clientGrants,
  clientOrigins,
  clientStatuses,
  clientTypes,
  tokenProfiles,
} from '../../oauth/client.ts'
import type { ClientDocument } from '../../oauth/client-documents/store.ts'
import { encodeMetadata } from '../../oauth/registration/encode.ts'
import { formatScope } from '../../oauth/scope.ts'
import type { AccountId, ClientId, ConsentId } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import { type Call, type Operation, operation } from './operation.ts'
import { encodePage, pageOf, pageQuery, windowOf } from './paging.ts'
import { ApiProblem } from './problem.ts'
import {
  answer,
  anyObject,
  choice,
  flag,
  input,
  list,
  named,
  nullable,
  optional,
  text,
  time,
  uuid,
  type ValueOf,
  whole,
} from './schema.ts'

const metadataNote =
  'Members of a registration by their own names (RFC 7591 §2), such as `token_endpoint_auth_method`, `jwks_uri` or `logo_uri`.'

/** What is told of a client and can be changed. */
const decided = {
  client_name: text({ maxLength: 100, description: 'What people see when they are asked to allow it.' }),
  description: text({ maxLength: 1000, lines: true, description: 'A note for administrators.' }),
  client_type: choice(clientTypes),
  grant_types: list(choice(clientGrants)),
  scope: text({ description: 'Every scope it may be given, separated by spaces.', example: 'openid email' }),
  redirect_uris: list(text()),
  allowed_resources: list(text(), { description: 'Resources it may ask tokens for (RFC 8707).' }),
  token_profile: choice(tokenProfiles, { description: 'How long its tokens live.' }),
  introspect_any: flag({ description: 'Whether it may introspect every token, not only its own.' }),
  project: nullable(text({ maxLength: 64, description: 'Its project, as a claim of its tokens.' })),
  service_account: nullable(
    text({ maxLength: 255, description: 'Its service account, as a claim of its tokens.' }),
  ),
  metadata: anyObject({ description: metadataNote }),
  security_profile: nullable(choice(['fapi2'])),
  id_token_claims: flag({ description: 'Puts the claims of its scopes into the ID token as well.' }),
  extra_claims: flag({ description: 'Lets its token requests add claims.' }),
  token_exchange_subjects: list(text(), {
    description: 'Ids of clients whose tokens it may exchange (RFC 8693), or `*`.',
  }),
}

const clientSchema = named(
  'Client',
  answer({
    client_id: text(),
    ...decided,
    status: choice(clientStatuses, { description: '`pending` waits for an administrator.' }),
    origin: choice(clientOrigins, { description: 'Who made it.' }),
    owner_id: nullable(uuid({ description: 'The person who finds it among their own.' })),
    has_secret: flag(),
    created_at: time(),
    updated_at: time({ description: 'Also its version: the `ETag` is made of it.' }),
  }),
)

const createdSchema = named(
  'CreatedClient',
  answer({
    client: clientSchema,
    client_secret: nullable(text({ description: 'Shown this once; `null` for a client that has none.' })),
  }),
)

const { client_name, ...others } = decided
const optionalMembers = <M extends Record<string, Parameters<typeof optional>[0]>>(members: M) =>
  Object.fromEntries(Object.entries(members).map(([name, schema]) => [name, optional(schema)])) as {
    [K in keyof M]: ReturnType<typeof optional<ValueOf<M[K]>>>
  }
const newClient = input({ client_name, ...optionalMembers(others) })
const clientChange = input({
  ...optionalMembers(decided),
  owner_id: optional(nullable(uuid({ description: 'Gives the client to somebody, or to nobody.' }))),
})
type ClientChange = ValueOf<typeof clientChange>

const authorizationSchema = named(
  'ClientAuthorization',
  answer({
    authorization_id: uuid(),
    user_id: uuid(),
    username: nullable(text()),
    permissions: list(answer({ resource: nullable(text()), scopes: list(text()) }), {
      description: 'Scopes, each at the resource they were asked for.',
    }),
    granted_at: time(),
  }),
)

const secretSchema = named(
  'ClientSecret',
  answer({ client_id: text(), client_secret: text({ description: 'Shown this once.' }) }),
)

const documentSchema = named(
  'ClientDocument',
  answer({
    client_id: text({ description: 'Its address.' }),
    sha256: text({ description: 'Of what it says, in hexadecimal.' }),
    first_seen_at: time(),
    fetched_at: time({ description: 'When its host last said that this is what it says.' }),
    approved_at: nullable(time()),
    pinned_at: nullable(time({ description: 'Since when its host is not asked (`authgate client pin`).' })),
    withdrawn_at: nullable(time({ description: 'Since when its host has no such document.' })),
  }),
)

const endedSchema = named(
  'EndedAccess',
  answer({
    access_tokens: whole({ minimum: 0 }),
    refresh_tokens: whole({ minimum: 0 }),
    authorizations: whole({ minimum: 0 }),
  }),
)

const clientFilters = {
  status: optional(choice(clientStatuses)),
  client_type: optional(choice(clientTypes)),
  origin: optional(choice(clientOrigins)),
  owner_id: optional(uuid()),
  search: optional(text({ maxLength: 255, description: 'The beginning of a name, or a whole id.' })),
  ...pageQuery,
}

export function clientOperations(dependencies: {
  storage: Pick<Storage, 'read'>
  clients: ClientAdministration
  issuer: string
}): Operation[] {
  const { storage, clients, issuer } = dependencies
  const { read } = storage

  const find = async ({ params }: Pick<Call<never, unknown>, 'params'>): Promise<Client> => {
    const client = await read.clients.find(params.client_id as ClientId)
    if (client === undefined) throw new ApiProblem(404, 'there is no such client')
    return client
  }
  const shown = (client: Client) => ({ answer: encodeClient(client), headers: { etag: etagOf(client) } })
  const requireOwner = async (id: string | null | undefined): Promise<void> => {
    if (id == null || (await read.accounts.find(id as AccountId)) !== undefined) return
    throw new ApiProblem(422, 'owner_id: there is no such user', [
      { member: 'owner_id', message: 'there is no such user' },
    ])
  }

  /** An act that leads from one status to another. */
  const move = (
    name: 'approve' | 'reject' | 'activate' | 'deactivate',
    summary: string,
    to: ClientStatus,
  ): Operation =>
    operation(`POST /clients/{client_id}/${name}`, {
      id: `${name}Client`,
      group: 'clients',
      summary,
      answer: clientSchema,
      refusals: [409],
      async run(call) {
        const before = await find(call)
        const done = await clients[name](before.id, ...call.by)
        const client = await find(call)
        if (!done && client.status !== to) throw new ApiProblem(409, `the client is ${client.status}`)
        return shown(client)
      },
    })

  return [
    operation('GET /clients', {
      id: 'listClients',
      group: 'clients',
      summary: 'List clients, newest first',
      query: clientFilters,
      answer: named('ClientPage', pageOf(clientSchema)),
      async run({ query, search }) {
        const { status, origin } = query
        const filter = {
          status,
          origin,
          type: query.client_type,
          owner: query.owner_id as AccountId | undefined,
          search: query.search,
        }
        const [page, count] = await Promise.all([
          read.clients.page(filter, windowOf(query)),
          read.clients.count(filter),
        ])
        return { answer: encodePage({ issuer, path: '/clients', search }, page, count, encodeClient) }
      },
    }),
    operation('POST /clients', {
      id: 'createClient',
      group: 'clients',
      summary: 'Create a client',
      description:
        'What is left out is as `authgate client create` has it: a public client with `device_code` and `refresh_token`. A confidential one gets a secret, which is shown this once.',
      body: newClient,
      status: 201,
      answer: createdSchema,
      async run({ body, by }) {
        const { client, secret } = await clients.create(
          { ...inputOf(undefined, body), name: body.client_name },
          ...by,
        )
        return {
          answer: { client: encodeClient(client), client_secret: secret ?? null },
          headers: { location: `${issuer}/api/v1/clients/${client.id}`, etag: etagOf(client) },
        }
      },
    }),
    operation('GET /clients/{client_id}', {
      id: 'getClient',
      group: 'clients',
      summary: 'Look at a client',
      answer: clientSchema,
      run: async (call) => shown(await find(call)),
    }),
    operation('GET /clients/{client_id}/document', {
      id: 'getClientDocument',
      group: 'clients',
      summary: 'Look at what is kept of the document by which a client describes itself',
      answer: documentSchema,
      async run(call) {
        const document = await read.clientDocuments.find((await find(call)).id)
        if (document === undefined) throw new ApiProblem(404, 'no document describes this client')
        return { answer: encodeDocument(document) }
      },
    }),
    operation('PATCH /clients/{client_id}', {
      id: 'updateClient',
      group: 'clients',
      summary: 'Change a client',
      description:
        'Members that are left out stay as they are; `metadata` is replaced as a whole. Tokens end when the client proves itself otherwise from now on; what people allowed is forgotten when it is sent elsewhere. A secret that the change makes necessary is in `client_secret`.',
      body: clientChange,
      takesIfMatch: true,
      answer: createdSchema,
      refusals: [409],
      async run(call) {
        const before = await find(call)
        const { body, ifMatch, by } = call
        if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etagOf(before)) {
          throw new ApiProblem(412, 'the client was changed since')
        }
        await requireOwner(body.owner_id)
        const { owner_id: owner, ...change } = body
        let secret: string | undefined
        if (Object.keys(change).length > 0) {
          const outcome = await clients.update(before.id, inputOf(before, change), before.updatedAt, ...by)
          if (outcome.kind === 'not_found') throw new ApiProblem(404, 'there is no such client')
          if (outcome.kind === 'changed_meanwhile') {
            throw new ApiProblem(ifMatch === undefined ? 409 : 412, 'the client was changed meanwhile')
          }
          if (outcome.kind === 'described_elsewhere') {
            throw new ApiProblem(409, 'the document at its address says what this client is')
          }
          secret = outcome.secret
        }
        if (owner !== undefined && owner !== (before.createdBy ?? null)) {
          await clients.assignOwner(before.id, (owner ?? undefined) as AccountId | undefined, ...by)
        }
        const client = await find(call)
        return {
          answer: { client: encodeClient(client), client_secret: secret ?? null },
          headers: { etag: etagOf(client) },
        }
      },
    }),
    operation('DELETE /clients/{client_id}', {
      id: 'deleteClient',
      group: 'clients',
      summary: 'Delete a client and end every token it was given',
      status: 204,
      async run({ params, by }) {
        if (!(await clients.delete(params.client_id as ClientId, ...by))) {
          throw new ApiProblem(404, 'there is no such client')
        }
        return { answer: undefined }
      },
    }),
    operation('POST /clients/{client_id}/secret', {
      id: 'replaceClientSecret',
      group: 'clients',
      summary: 'Make another secret; the one before stops working at once',
      answer: secretSchema,
      refusals: [409],
      async run(call) {
        const client = await find(call)
        const secret = await clients.replaceSecret(client.id, ...call.by)
        if (secret === undefined) throw new ApiProblem(409, 'the client has no secret')
        return { answer: { client_id: client.id, client_secret: secret } }
      },
    }),
    move('approve', 'Let a client that waits work', 'active'),
    move('reject', 'Switch a client off that waits', 'inactive'),
    move('deactivate', 'Switch a client off and end all it was given', 'inactive'),
    move('activate', 'Switch a client on again', 'active'),
    operation('POST /clients/{client_id}/end-access', {
      id: 'endClientAccess',
      group: 'clients',
      summary: 'End every token of a client and forget what people allowed it',
      answer: endedSchema,
      async run({ params, by }) {
        const ended = await clients.endAccess(params.client_id as ClientId, ...by)
        if (ended === undefined) throw new ApiProblem(404, 'there is no such client')
        return {
          answer: {
            access_tokens: ended.accessTokens,
            refresh_tokens: ended.refreshTokens,
            authorizations: ended.consents,
          },
        }
      },
    }),
    operation('GET /clients/{client_id}/authorizations', {
      id: 'listClientAuthorizations',
      group: 'clients',
      summary: 'List what people allowed a client, newest first',
      query: pageQuery,
      answer: named('ClientAuthorizationPage', pageOf(authorizationSchema)),
      async run(call) {
        const client = await find(call)
        const [page, count] = await Promise.all([
          read.consents.pageOfClient(client.id, windowOf(call.query)),
          read.consents.countOfClient(client.id),
        ])
        const path = `/clients/${encodeURIComponent(client.id)}/authorizations`
        return {
          answer: encodePage({ issuer, path, search: call.search }, page, count, ({ consent, person }) => ({
            authorization_id: consent.id,
            user_id: consent.accountId,
            username: person?.username ?? null,
            permissions: consent.permissions,
            granted_at: new Date(consent.grantedAt).toISOString(),
          })),
        }
      },
    }),
    operation('DELETE /clients/{client_id}/authorizations/{authorization_id}', {
      id: 'revokeClientAuthorization',
      group: 'clients',
      summary: 'Take back what one person allowed a client, with its tokens',
      status: 204,
      async run(call) {
        const client = await find(call)
        const id = call.params.authorization_id as ConsentId
        if (!(await clients.withdrawConsent(client.id, id, ...call.by))) {
          throw new ApiProblem(404, 'there is no such authorization')
        }
        return { answer: undefined }
      },
    }),
  ]
}

/** A client as it is, with what a request says in the place of what it says of it. */
function inputOf(client: Client | undefined, change: Omit<ClientChange, 'owner_id'>): ClientInput {
  const before = client === undefined ? undefined : encodeClient(client)
  const value = <K extends keyof typeof change>(name: K) =>
    change[name] ?? before?.[name as keyof typeof before]
  const given = <K extends keyof typeof change>(name: K) =>
    (change[name] === undefined ? before?.[name as keyof typeof before] : change[name]) as ClientChange[K]
  const type = given('client_type')
  const metadata = { ...(value('metadata') as Record<string, unknown> | undefined) }
  // A method of the other kind goes with the kind.
  if (
    change.client_type !== undefined &&
    change.client_type !== client?.type &&
    change.metadata === undefined
  ) {
    delete metadata.token_endpoint_auth_method
  }
  return {
    name: (given('client_name') ?? '') as string,
    description: given('description'),
    type,
    grants: given('grant_types'),
    scope: given('scope'),
    redirectUris: given('redirect_uris'),
    allowedResources: given('allowed_resources'),
    tokenProfile: given('token_profile'),
    introspectAny: given('introspect_any'),
    project: given('project') ?? undefined,
    serviceAccount: given('service_account') ?? undefined,
    metadata,
    securityProfile: given('security_profile') ?? undefined,
    idTokenClaims: given('id_token_claims'),
    extraClaims: given('extra_claims'),
    tokenExchangeSubjects: subjectsOf(given('token_exchange_subjects')),
  }
}

/** None is the same as not being said. */
function subjectsOf(subjects: readonly string[] | undefined): readonly string[] | undefined {
  return subjects === undefined || subjects.length === 0 ? undefined : subjects
}

/** When a version was made is its name. */
function etagOf({ updatedAt }: Client): string {
  return `"${updatedAt}"`
}

export function encodeClient(client: Client) {
  const { metadata } = client
  return {
    client_id: client.id,
    client_name: client.name,
    description: client.description,
    client_type: client.type,
    status: client.status,
    origin: client.origin,
    grant_types: client.grants,
    scope: formatScope(client.scopes),
    redirect_uris: client.redirectUris,
    allowed_resources: client.allowedResources,
    token_profile: client.tokenProfile,
    introspect_any: client.introspectAny,
    project: client.project ?? null,
    service_account: client.serviceAccount ?? null,
    metadata: encodeMetadata(metadata),
    security_profile: metadata.securityProfile ?? null,
    id_token_claims: metadata.idTokenClaims ?? false,
    extra_claims: metadata.extraClaims ?? false,
    token_exchange_subjects: metadata.tokenExchangeSubjects ?? [],
    owner_id: client.createdBy ?? null,
    has_secret: client.secretHash !== undefined,
    created_at: new Date(client.createdAt).toISOString(),
    updated_at: new Date(client.updatedAt).toISOString(),
  }
}

function encodeDocument(document: ClientDocument) {
  const at = (instant: number | undefined): string | null =>
    instant === undefined ? null : new Date(instant).toISOString()
  return {
    client_id: document.clientId,
    sha256: Buffer.from(document.digest, 'base64url').toString('hex'),
    first_seen_at: new Date(document.firstSeenAt).toISOString(),
    fetched_at: new Date(document.fetchedAt).toISOString(),
    approved_at: at(document.approvedAt),
    pinned_at: at(document.pinnedAt),
    withdrawn_at: at(document.withdrawnAt),
  }
}
