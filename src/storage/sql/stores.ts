/** All ports over one executor, each made when it is first asked for: a transaction uses one or two of them. */
import type { Stores } from '../storage.ts'
import { SqlAccountStore, SqlSessionStore } from './accounts.ts'
import { SqlAnnouncementStore } from './announcements.ts'
import { SqlAuditStore } from './audit.ts'
import { SqlAuthorizationCodeStore } from './authorization-codes.ts'
import { SqlAuthorizationRequestStore } from './authorization-requests.ts'
import { SqlClientDocumentStore } from './client-documents.ts'
import { SqlClientRegistrationStore } from './client-registrations.ts'
import { SqlClientStore } from './clients.ts'
import { SqlConsentStore } from './consents.ts'
import { SqlDeviceGrantStore } from './device-grants.ts'
import { SqlDirectoryReader } from './directory.ts'
import { SqlFactorStore } from './factors.ts'
import { SqlGrantStore } from './grants.ts'
import { SqlIdentityConnectionStore } from './identity-connections.ts'
import { SqlLogoutOutbox } from './logout-outbox.ts'
import { SqlMailedLinkStore } from './mailed-links.ts'
import { SqlPendingSignInStore } from './pending-sign-ins.ts'
import { SqlResourceStore } from './resources.ts'
import { SqlRollupStore } from './rollup.ts'
import { SqlSigningKeyStore } from './signing-keys.ts'
import type { Executor } from './statement.ts'
import { SqlTokenLists } from './token-lists.ts'
import { SqlAccessTokenStore, SqlRefreshTokenStore } from './tokens.ts'
import { SqlReplayStore } from './used-values.ts'

export class SqlStores implements Stores {
  readonly #sql: Executor
  #accounts: SqlAccountStore | undefined
  #sessions: SqlSessionStore | undefined
  #identityConnections: SqlIdentityConnectionStore | undefined
  #factors: SqlFactorStore | undefined
  #pendingSignIns: SqlPendingSignInStore | undefined
  #mailedLinks: SqlMailedLinkStore | undefined
  #clients: SqlClientStore | undefined
  #clientDocuments: SqlClientDocumentStore | undefined
  #clientRegistrations: SqlClientRegistrationStore | undefined
  #authorizationRequests: SqlAuthorizationRequestStore | undefined
  #authorizationCodes: SqlAuthorizationCodeStore | undefined
  #consents: SqlConsentStore | undefined
  #deviceGrants: SqlDeviceGrantStore | undefined
  #grants: SqlGrantStore | undefined
  #accessTokens: SqlAccessTokenStore | undefined
  #refreshTokens: SqlRefreshTokenStore | undefined
  #tokenLists: SqlTokenLists | undefined
  #usedValues: SqlReplayStore | undefined
  #resources: SqlResourceStore | undefined
  #signingKeys: SqlSigningKeyStore | undefined
  #audit: SqlAuditStore | undefined
  #rollup: SqlRollupStore | undefined
  #directory: SqlDirectoryReader | undefined
  #announcements: SqlAnnouncementStore | undefined
  #logoutOutbox: SqlLogoutOutbox | undefined

  constructor(sql: Executor) {
    this.#sql = sql
  }

  get accounts(): SqlAccountStore {
    this.#accounts ??= new SqlAccountStore(this.#sql)
    return this.#accounts
  }

  get sessions(): SqlSessionStore {
    this.#sessions ??= new SqlSessionStore(this.#sql)
    return this.#sessions
  }

  get identityConnections(): SqlIdentityConnectionStore {
    this.#identityConnections ??= new SqlIdentityConnectionStore(this.#sql)
    return this.#identityConnections
  }

  get factors(): SqlFactorStore {
    this.#factors ??= new SqlFactorStore(this.#sql)
    return this.#factors
  }

  get pendingSignIns(): SqlPendingSignInStore {
    this.#pendingSignIns ??= new SqlPendingSignInStore(this.#sql)
    return this.#pendingSignIns
  }

  get mailedLinks(): SqlMailedLinkStore {
    this.#mailedLinks ??= new SqlMailedLinkStore(this.#sql)
    return this.#mailedLinks
  }

  get clients(): SqlClientStore {
    this.#clients ??= new SqlClientStore(this.#sql)
    return this.#clients
  }

  get clientDocuments(): SqlClientDocumentStore {
    this.#clientDocuments ??= new SqlClientDocumentStore(this.#sql)
    return this.#clientDocuments
  }

  get clientRegistrations(): SqlClientRegistrationStore {
    this.#clientRegistrations ??= new SqlClientRegistrationStore(this.#sql)
    return this.#clientRegistrations
  }

  get authorizationRequests(): SqlAuthorizationRequestStore {
    this.#authorizationRequests ??= new SqlAuthorizationRequestStore(this.#sql)
    return this.#authorizationRequests
  }

  get authorizationCodes(): SqlAuthorizationCodeStore {
    this.#authorizationCodes ??= new SqlAuthorizationCodeStore(this.#sql)
    return this.#authorizationCodes
  }

  get consents(): SqlConsentStore {
    this.#consents ??= new SqlConsentStore(this.#sql)
    return this.#consents
  }

  get deviceGrants(): SqlDeviceGrantStore {
    this.#deviceGrants ??= new SqlDeviceGrantStore(this.#sql)
    return this.#deviceGrants
  }

  get grants(): SqlGrantStore {
    this.#grants ??= new SqlGrantStore(this.#sql)
    return this.#grants
  }

  get accessTokens(): SqlAccessTokenStore {
    this.#accessTokens ??= new SqlAccessTokenStore(this.#sql)
    return this.#accessTokens
  }

  get refreshTokens(): SqlRefreshTokenStore {
    this.#refreshTokens ??= new SqlRefreshTokenStore(this.#sql)
    return this.#refreshTokens
  }

  get tokenLists(): SqlTokenLists {
    this.#tokenLists ??= new SqlTokenLists(this.#sql)
    return this.#tokenLists
  }

  get usedValues(): SqlReplayStore {
    this.#usedValues ??= new SqlReplayStore(this.#sql)
    return this.#usedValues
  }

  get resources(): SqlResourceStore {
    this.#resources ??= new SqlResourceStore(this.#sql)
    return this.#resources
  }

  get signingKeys(): SqlSigningKeyStore {
    this.#signingKeys ??= new SqlSigningKeyStore(this.#sql)
    return this.#signingKeys
  }

  get audit(): SqlAuditStore {
    this.#audit ??= new SqlAuditStore(this.#sql)
    return this.#audit
  }

  get rollup(): SqlRollupStore {
    this.#rollup ??= new SqlRollupStore(this.#sql)
    return this.#rollup
  }

  get directory(): SqlDirectoryReader {
    this.#directory ??= new SqlDirectoryReader(this.#sql)
    return this.#directory
  }

  get announcements(): SqlAnnouncementStore {
    this.#announcements ??= new SqlAnnouncementStore(this.#sql)
    return this.#announcements
  }

  get logoutOutbox(): SqlLogoutOutbox {
    this.#logoutOutbox ??= new SqlLogoutOutbox(this.#sql)
    return this.#logoutOutbox
  }
}
