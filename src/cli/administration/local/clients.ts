/** Clients of the configured database. */
import { createClientAdministration } from '../../../administration/clients.ts'
import type { Client } from '../../../oauth/client.ts'
import type { ClientDocument } from '../../../oauth/client-documents/store.ts'
import { encodeMetadata } from '../../../oauth/registration/encode.ts'
import { formatScope } from '../../../oauth/scope.ts'
import type { ClientId } from '../../../shared/ids.ts'
import type { AdministrationTools } from '../../database.ts'
import type { Clients, ShownClient, ShownDocument } from '../port.ts'

const pageSize = 200

export function localClients(tools: AdministrationTools): Clients {
  const { storage, actor } = tools
  const { read } = storage
  const administration = createClientAdministration(tools)
  return {
    async list() {
      const clients: Client[] = []
      for (;;) {
        const page = await read.clients.list({ limit: pageSize, after: clients.at(-1)?.id })
        clients.push(...page)
        if (page.length < pageSize) return clients.map(shownClient)
      }
    },

    async find(id) {
      const client = await read.clients.find(id as ClientId)
      if (client === undefined) return undefined
      const document = await read.clientDocuments.find(client.id)
      return { client: shownClient(client), document: document && shownDocument(document) }
    },

    async create(input) {
      const { client, secret } = await administration.create(input, actor)
      return { client: shownClient(client), secret }
    },

    async move(id, move) {
      if (await administration[move](id as ClientId, actor)) return 'done'
      const client = await read.clients.find(id as ClientId)
      return client && { status: client.status }
    },

    async replaceSecret(id) {
      const secret = await administration.replaceSecret(id as ClientId, actor)
      if (secret !== undefined) return { secret }
      return (await read.clients.find(id as ClientId)) === undefined ? undefined : 'has_none'
    },

    delete: (id) => administration.delete(id as ClientId, actor),
  }
}

function shownClient(client: Client): ShownClient {
  const { metadata } = client
  return {
    id: client.id,
    name: client.name,
    description: client.description,
    type: client.type,
    status: client.status,
    origin: client.origin,
    grants: client.grants,
    scope: formatScope(client.scopes),
    redirectUris: client.redirectUris,
    allowedResources: client.allowedResources,
    introspectAny: client.introspectAny,
    project: client.project,
    serviceAccount: client.serviceAccount,
    securityProfile: metadata.securityProfile,
    metadata: encodeMetadata(metadata),
    idTokenClaims: metadata.idTokenClaims ?? false,
    extraClaims: metadata.extraClaims ?? false,
    tokenExchangeSubjects: metadata.tokenExchangeSubjects ?? [],
    createdAt: client.createdAt,
  }
}

function shownDocument({ digest, ...document }: ClientDocument): ShownDocument {
  return { ...document, sha256: Buffer.from(digest, 'base64url').toString('hex') }
}
