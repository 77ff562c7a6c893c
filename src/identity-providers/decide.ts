/**
 * Whose account an identity leads to. Pure.
 *
 * An e-mail address joins an identity to an account only when both sides know that it is theirs: the provider checked
 * it and is believed about it, and this server knows the same of the account's. With either half missing somebody
 * could prepare the other one: an account under a stranger's address, to be found waiting when its owner arrives
 * (pre-hijacking), or an identity with an address its provider never looked at. Whoever is turned away here can sign in
 * the way they used to, and connect the identity themselves.
 */
import type { Account } from '../accounts/account.ts'
import type { IdentityProviderFailure } from '../events/catalogue.ts'
import type { ProviderProfile } from './provider.ts'

export interface SignInFacts {
  readonly profile: Pick<ProviderProfile, 'email' | 'emailVerified'>
  /** The account the identity leads to already. */
  readonly owner: Account | undefined
  /** The account that has the e-mail address of the profile. */
  readonly holder: Account | undefined
  /** Whether that account has another identity of the same provider. */
  readonly holderIsConnected: boolean
  readonly autoRegister: boolean
}

export type SignInDecision =
  | { readonly kind: 'sign_in'; readonly account: Account }
  /** Joins the identity to the account. */
  | { readonly kind: 'link'; readonly account: Account }
  | { readonly kind: 'register'; readonly email: string }
  | {
      readonly kind: 'refused'
      readonly failure: IdentityProviderFailure
      /** Whose sign-in it would have been. */
      readonly account: Account | undefined
    }

export function decideSignIn(facts: SignInFacts): SignInDecision {
  const { profile, owner, holder } = facts
  const refused = (failure: IdentityProviderFailure, account?: Account): SignInDecision => ({
    kind: 'refused',
    failure,
    account,
  })
  if (owner !== undefined) {
    return owner.status === 'active'
      ? { kind: 'sign_in', account: owner }
      : refused('account_disabled', owner)
  }
  if (holder !== undefined) {
    const isTheirs = profile.emailVerified && holder.emailVerified && !facts.holderIsConnected
    // Nobody else is told anything about the account but that it has the address.
    if (!isTheirs) return refused('email_taken')
    return holder.status === 'active'
      ? { kind: 'link', account: holder }
      : refused('account_disabled', holder)
  }
  if (!facts.autoRegister) return refused('registration_off')
  return profile.email === undefined ? refused('no_email') : { kind: 'register', email: profile.email }
}
