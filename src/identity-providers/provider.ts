/**
 * Port: an identity provider, which people sign in at and which then says who they are. One adapter each; what differs
 * among them is where they are asked, how they answer, and how far they are believed about e-mail addresses.
 */
import type { IdentityProviderFailure, IdentityProviderName } from '../events/catalogue.ts'

/** Who somebody is, in a provider's words. */
export interface ProviderProfile {
  readonly issuer: string
  readonly subject: string
  readonly username: string | undefined
  readonly fullName: string | undefined
  readonly email: string | undefined
  /**
   * Whether the provider says that it checked the address, and is to be believed: only then does the address say whose
   * account an identity belongs to.
   */
  readonly emailVerified: boolean
}

/** The secrets of one sign-in, which tie what comes back to what was asked for. */
export interface AuthorizationSecrets {
  /** RFC 6749 §10.12: only the browser that began can end it. */
  readonly state: string
  /** OpenID Connect Core §3.1.2.1: the ID token is for this sign-in. */
  readonly nonce: string
  /** RFC 7636: a code that was stolen is of no use. */
  readonly codeVerifier: string
}

export interface IdentityProvider {
  readonly name: IdentityProviderName
  /** What people call it. */
  readonly displayName: string
  /**
   * Where to send the browser.
   * @param fresh asks the provider to let its person prove again who they are, where it can.
   * @throws {ProviderError}
   */
  authorizationUrl(secrets: AuthorizationSecrets, options: { fresh: boolean }): Promise<URL>
  /**
   * Who came back, by the parameters of the callback, whose `state` has been compared.
   * @throws {ProviderError}
   */
  readProfile(callback: URLSearchParams, secrets: AuthorizationSecrets): Promise<ProviderProfile>
}

/** A provider gave no profile. */
export class ProviderError extends Error {
  readonly failure: Extract<
    IdentityProviderFailure,
    'cancelled' | 'provider_error' | 'exchange_failed' | 'unavailable'
  >
  /** One word about it, for operators; never shown to people. */
  readonly detail: string

  constructor(failure: ProviderError['failure'], detail: string, cause?: unknown) {
    super(`identity provider: ${failure} (${detail})`, cause === undefined ? undefined : { cause })
    this.name = 'ProviderError'
    this.failure = failure
    this.detail = detail
  }
}
