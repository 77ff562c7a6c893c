/**
 * The one gate: whoever is about to be given tokens passes here, whatever the grant, so that no grant can forget a
 * check. Flows ask it before they sign, and {@link holdStill} again inside the transaction that stores the tokens.
 * Tokens that come back pass here too ({@link standingOf}): `token/look-up.ts` finds none without asking.
 * `tests/flows/gate.test.ts` knows every way in and fails when there is another.
 */
import type { Account } from '../accounts/account.ts'
import type { AccountId, ClientId } from '../shared/ids.ts'
import type { Readers, Stores } from '../storage/storage.ts'
import { type Client, type ClientGrant, mayUseGrant } from './client.ts'
import type { ClientReader } from './client-store.ts'
import { OAuthError } from './errors.ts'

/** @throws {OAuthError} unauthorized_client when the client may not use this grant (RFC 6749 §5.2). */
export function requireGrant(client: Client, grant: ClientGrant): void {
  if (!mayUseGrant(client, grant)) {
    throw new OAuthError('unauthorized_client', {
      description: `this client may not use the ${grant} grant`,
      reason: 'grant_not_allowed',
    })
  }
}

/** @throws {OAuthError} invalid_grant when the person behind a grant is gone or disabled. */
export function requireActiveAccount(account: Account | undefined): Account {
  if (account === undefined || account.status !== 'active') {
    throw new OAuthError('invalid_grant', {
      description: 'the account behind this grant is not active',
      reason: 'account_inactive',
    })
  }
  return account
}

/**
 * Inside the issuing transaction: the client and the person are still there, and cannot be disabled or deleted until
 * the commit, so that no token slips in behind a revocation that runs at the same moment.
 * @throws {OAuthError} invalid_grant
 */
export async function holdStill(
  tx: Stores,
  clientId: ClientId,
  accountId: AccountId | undefined,
): Promise<void> {
  const clientActive = await tx.clients.holdActive(clientId)
  const accountActive = accountId === undefined || (await tx.accounts.holdActive(accountId))
  if (!clientActive || !accountActive) {
    throw new OAuthError('invalid_grant', { description: 'the grant has ended', reason: 'ended_meanwhile' })
  }
}

/** Whom a good token stands for. */
export interface Standing {
  readonly client: Client
  /** `undefined` when the client speaks for itself. */
  readonly account: Account | undefined
}

/**
 * Who is behind a token that was presented, if they are still there: its client active, and its person. What ends a
 * client, a person's account or a grant ends the tokens as well; this holds whatever changed the one and not the other.
 */
export async function standingOf(
  read: Pick<Readers, 'accounts'> & { readonly clients: Pick<ClientReader, 'find'> },
  token: { readonly clientId: ClientId; readonly accountId: AccountId | undefined },
): Promise<Standing | undefined> {
  const { clientId, accountId } = token
  const [client, account] = await Promise.all([
    read.clients.find(clientId),
    accountId === undefined ? undefined : read.accounts.find(accountId),
  ])
  if (client?.status !== 'active') return undefined
  if (accountId !== undefined && account?.status !== 'active') return undefined
  return { client, account }
}
