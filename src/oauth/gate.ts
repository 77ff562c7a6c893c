/**
 * The one gate: whoever is about to be given tokens passes here, whatever the grant, so that no grant can forget a
 * check. Flows ask it before they sign, and {@link holdStill} again inside the transaction that stores the tokens.
 */
import type { Account } from '../accounts/account.ts'
import type { AccountId, ClientId } from '../shared/ids.ts'
import type { Stores } from '../storage/storage.ts'
import { type Client, type ClientGrant, mayUseGrant } from './client.ts'
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
