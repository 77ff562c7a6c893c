/** Every operation of the Admin API: the one list that routes, document and pages are made from. */
import type { AccountAdministration } from '../../administration/accounts.ts'
import type { ClientAdministration } from '../../administration/clients.ts'
import type { ResourceAdministration } from '../../administration/resources.ts'
import type { SigningKeyAdministration } from '../../administration/signing-keys.ts'
import type { TokenAdministration } from '../../administration/tokens.ts'
import type { Publisher } from '../../events/bus.ts'
import type { RotationPolicy } from '../../oauth/token/key-rotation.ts'
import type { SigningKeys } from '../../oauth/token/signing-keys.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Encryption } from '../../shared/encryption.ts'
import type { Storage } from '../../storage/storage.ts'
import { auditOperations } from './audit.ts'
import { clientOperations } from './clients.ts'
import { keyOperations } from './keys.ts'
import type { Operation } from './operation.ts'
import { resourceOperations } from './resources.ts'
import { tokenOperations } from './tokens.ts'
import { userOperations } from './users.ts'

export interface ApiDependencies {
  storage: Pick<Storage, 'read'>
  publisher: Publisher
  clock: Clock
  issuer: string
  encryption: Encryption
  rotation: RotationPolicy
  signingKeys: Pick<SigningKeys, 'reload'>
  clients: ClientAdministration
  accounts: AccountAdministration
  tokens: TokenAdministration
  keys: SigningKeyAdministration
  resources: ResourceAdministration
}

export function apiOperations(dependencies: ApiDependencies): Operation[] {
  const { keys: administration, ...shared } = dependencies
  return [
    ...auditOperations(shared),
    ...clientOperations(shared),
    ...userOperations(shared),
    ...tokenOperations(shared),
    ...keyOperations({ ...shared, administration }),
    ...resourceOperations(shared),
  ]
}
