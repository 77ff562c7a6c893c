/** {@link Administration} on the configured database. */
import type { AdministrationTools } from '../../database.ts'
import type { Administration } from '../port.ts'
import { localClients } from './clients.ts'
import { localKeys } from './keys.ts'
import { localResources } from './resources.ts'
import { localTokens } from './tokens.ts'
import { localUsers } from './users.ts'

export function localAdministration(tools: AdministrationTools): Administration {
  return {
    issuer: tools.config.server.issuer,
    clients: localClients(tools),
    users: localUsers(tools),
    keys: localKeys(tools),
    resources: localResources(tools),
    tokens: localTokens(tools),
  }
}
