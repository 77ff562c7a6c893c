/** What administrators do, behind the pages and the Admin API alike. */
import { passwordHasher } from '../accounts/password.ts'
import {
  type AccountAdministration,
  createAccountAdministration,
  passwordRulesOf,
} from '../administration/accounts.ts'
import { publishingAnnouncer } from '../administration/announcer.ts'
import { type ClientAdministration, createClientAdministration } from '../administration/clients.ts'
import { createOwnClients, type OwnClients } from '../administration/own-clients.ts'
import { createResourceAdministration, type ResourceAdministration } from '../administration/resources.ts'
import {
  createSigningKeyAdministration,
  type SigningKeyAdministration,
} from '../administration/signing-keys.ts'
import { createTokenAdministration, type TokenAdministration } from '../administration/tokens.ts'
import type { Parts } from './parts.ts'

export interface Administration {
  readonly clients: ClientAdministration
  /** Of people who are no administrators. */
  readonly ownClients: OwnClients
  readonly accounts: AccountAdministration
  readonly tokens: TokenAdministration
  readonly keys: SigningKeyAdministration
  readonly resources: ResourceAdministration
}

export function administrationOf({ config, clock, random, ids, storage, bus }: Parts): Administration {
  const shared = { storage, announcer: publishingAnnouncer(bus), clock, random, ids }
  return {
    clients: createClientAdministration(shared),
    ownClients: createOwnClients({ ...shared, settings: config.apps }),
    accounts: createAccountAdministration({
      ...shared,
      hashPassword: passwordHasher.hash,
      passwordRules: passwordRulesOf(config),
    }),
    tokens: createTokenAdministration(shared),
    keys: createSigningKeyAdministration(shared),
    resources: createResourceAdministration({
      ...shared,
      maxTokenLifetimeSeconds: config.tokens.accessTtlMaxSeconds,
    }),
  }
}
