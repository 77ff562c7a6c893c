/**
 * Port: who can tell whether a password is right. The account's source decides who is asked: this server for its own
 * accounts, an outside authority for those it vouches for.
 */
import type { AuthMethod, AuthSource, LoginFailureReason } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { Secret } from '../shared/secret.ts'
import type { Storage } from '../storage/storage.ts'
import type { Account } from './account.ts'
import type { Passwords } from './password.ts'

export interface Credentials {
  /** Normalized; `undefined` when no account can have the name that was typed. */
  username: string | undefined
  password: Secret
  /** The account of that name, if there is one. */
  account: Account | undefined
}

export type Verdict =
  /** `account` as the password was compared with, or as it is kept since. */
  | { readonly kind: 'authenticated'; readonly account: Account }
  | { readonly kind: 'bad_credentials' }
  /** The credentials are right, but there is no account for their owner, and none can be made. */
  | { readonly kind: 'not_set_up'; readonly reason: LoginFailureReason }
  /** Nobody could be asked; says nothing about the credentials. */
  | { readonly kind: 'unavailable' }

export interface Authenticator {
  readonly method: AuthMethod
  readonly authSource: AuthSource
  /** Takes the same time whether or not there is an account. */
  authenticate(credentials: Credentials): Promise<Verdict>
}

export interface Authenticators {
  /** Asked about accounts of this source; the local one is asked about those without an entry. */
  readonly bySource: { readonly local: Authenticator } & {
    readonly [Source in AuthSource]?: Authenticator
  }
  /** Asked about names without an account: it may know them, and bring the account with it. */
  readonly unknownName: Authenticator
}

export function authenticatorFor(
  authenticators: Authenticators,
  account: Account | undefined,
): Authenticator {
  if (account === undefined) return authenticators.unknownName
  return authenticators.bySource[account.authSource] ?? authenticators.bySource.local
}

/** Compares with the password hash kept in the account, and renews a hash that is outdated. */
export function createLocalAuthenticator(dependencies: {
  storage: Storage
  passwords: Passwords
  clock: Clock
}): Authenticator {
  const { storage, passwords, clock } = dependencies

  const renew = async (account: Account, password: string): Promise<Account> => {
    const next = await passwords.hash(password)
    // With too many passwords waiting the old hash does for another time.
    if (next === undefined) return account
    const replaced = await storage.transaction((tx) =>
      tx.accounts.replacePasswordHash(account.id, account.passwordHash, next, clock.now()),
    )
    return replaced ? { ...account, passwordHash: next } : account
  }

  return {
    method: 'local',
    authSource: 'local',
    async authenticate({ password, account }) {
      const typed = password.reveal()
      const verdict = await passwords.verify(typed, account?.passwordHash)
      if (verdict === 'unavailable') return { kind: 'unavailable' }
      if (verdict === 'mismatch' || account === undefined) return { kind: 'bad_credentials' }
      return {
        kind: 'authenticated',
        account: verdict === 'match_outdated' ? await renew(account, typed) : account,
      }
    },
  }
}
