/** Clients of a server. */
import type { ClientInput } from '../../../administration/client-rules.ts'
import type { ClientMove, Clients, ShownClient, ShownDocument } from '../port.ts'
import type { Api } from './api.ts'
import type { Members } from './read.ts'
import { Conflict } from './refusal.ts'

/** The status that each act leads out of. */
const statusBefore = {
  approve: 'pending',
  reject: 'pending',
  activate: 'inactive',
  deactivate: 'active',
} as const satisfies Record<ClientMove, string>

export function remoteClients(api: Api): Clients {
  const pathOf = (id: string): string => `/clients/${encodeURIComponent(id)}`
  const get = (id: string): Promise<ShownClient | undefined> =>
    api.ask({ method: 'GET', path: pathOf(id) }, readClient)

  return {
    list: () => api.list('/clients', {}, readClient),

    async find(id) {
      const client = await get(id)
      if (client === undefined) return undefined
      const document =
        client.origin === 'metadata_document'
          ? await api.ask({ method: 'GET', path: `${pathOf(id)}/document` }, readDocument)
          : undefined
      return { client, document }
    },

    create: (input) =>
      api.get({ method: 'POST', path: '/clients', body: encodeInput(input) }, (answer) => ({
        client: readClient(answer.object('client')),
        secret: answer.textOrNone('client_secret'),
      })),

    async move(id, move) {
      const before = await get(id)
      if (before === undefined) return undefined
      if (before.status !== statusBefore[move]) return { status: before.status }
      const moved = await api.ask({ method: 'POST', path: `${pathOf(id)}/${move}` }, readClient)
      return moved && 'done'
    },

    async replaceSecret(id) {
      try {
        return await api.ask({ method: 'POST', path: `${pathOf(id)}/secret` }, (answer) => ({
          secret: answer.text('client_secret'),
        }))
      } catch (error) {
        if (error instanceof Conflict) return 'has_none'
        throw error
      }
    },

    delete: (id) => api.act({ method: 'DELETE', path: pathOf(id) }),
  }
}

function encodeInput(input: ClientInput): Record<string, unknown> {
  return {
    client_name: input.name,
    description: input.description,
    client_type: input.type,
    grant_types: input.grants,
    scope: input.scope,
    redirect_uris: input.redirectUris,
    allowed_resources: input.allowedResources,
    token_profile: input.tokenProfile,
    introspect_any: input.introspectAny,
    project: input.project,
    service_account: input.serviceAccount,
    metadata: input.metadata,
    security_profile: input.securityProfile,
    id_token_claims: input.idTokenClaims,
    extra_claims: input.extraClaims,
    token_exchange_subjects: input.tokenExchangeSubjects,
  }
}

function readClient(client: Members): ShownClient {
  return {
    id: client.text('client_id'),
    name: client.text('client_name'),
    description: client.text('description'),
    type: client.text('client_type'),
    status: client.text('status'),
    origin: client.text('origin'),
    grants: client.texts('grant_types'),
    scope: client.text('scope'),
    redirectUris: client.texts('redirect_uris'),
    allowedResources: client.texts('allowed_resources'),
    introspectAny: client.flag('introspect_any'),
    project: client.textOrNone('project'),
    serviceAccount: client.textOrNone('service_account'),
    securityProfile: client.textOrNone('security_profile'),
    metadata: client.anything('metadata'),
    idTokenClaims: client.flag('id_token_claims'),
    extraClaims: client.flag('extra_claims'),
    tokenExchangeSubjects: client.texts('token_exchange_subjects'),
    createdAt: client.instant('created_at'),
  }
}

function readDocument(document: Members): ShownDocument {
  return {
    sha256: document.text('sha256'),
    firstSeenAt: document.instant('first_seen_at'),
    fetchedAt: document.instant('fetched_at'),
    approvedAt: document.instantOrNone('approved_at'),
    pinnedAt: document.instantOrNone('pinned_at'),
    withdrawnAt: document.instantOrNone('withdrawn_at'),
  }
}
