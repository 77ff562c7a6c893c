/** {@link Administration} of a server, through its Admin API. */
import type { Administration } from '../port.ts'
import type { Api } from './api.ts'
import { remoteClients } from './clients.ts'
import { remoteKeys } from './keys.ts'
import { remoteResources } from './resources.ts'
import { remoteTokens } from './tokens.ts'
import { remoteUsers } from './users.ts'

/** @param issuer the server's address: the document of an authorization server is looked for under no other name. */
export function remoteAdministration(api: Api, issuer: string): Administration {
  return {
    issuer,
    clients: remoteClients(api),
    users: remoteUsers(api),
    keys: remoteKeys(api),
    resources: remoteResources(api),
    tokens: remoteTokens(api),
  }
}
