/** What a grant is to the token endpoint: one entry of its table. */
import type { RequestContext } from '../../events/catalogue.ts'
import type { Client } from '../client.ts'
import type { ClientAuthenticationMethod } from '../client-metadata.ts'
import type { OAuthError } from '../errors.ts'
import type { Parameters } from '../parameters.ts'
import type { ExtraClaims } from './extra-claims.ts'
import type { TokenResponse } from './issue.ts'

export interface TokenRequest {
  parameters: Parameters
  /** Identified, and authenticated when it is confidential. */
  client: Client
  /** How it did. */
  method: ClientAuthenticationMethod
  /** Claims the client wants in its access token, checked. */
  extraClaims: ExtraClaims | undefined
  /** Thumbprint of the key whose holder the client proved to be (RFC 9449 §5); tokens are bound to it. */
  dpopJkt: string | undefined
  context: RequestContext
}

export interface GrantHandler {
  /** Value of `grant_type`. */
  readonly grantType: string
  /** @throws {OAuthError} */
  handle(request: TokenRequest): Promise<TokenResponse>
  /**
   * Told when a request with this grant was refused, before the client was known or after, so that the grant can
   * announce it.
   */
  refused?(
    parameters: Parameters,
    client: Client | undefined,
    error: OAuthError,
    context: RequestContext,
  ): void
  /**
   * Whether a request is limited only once it turns out not to be about something known (a device polling its code is
   * slowed down by the protocol itself and must never meet a limit). Such a grant throws errors with
   * {@link limitedReason} for the others.
   */
  readonly limitsUnknownOnly?: boolean
}

/** Reason of errors that count against the address's limit when {@link GrantHandler.limitsUnknownOnly}. */
export const limitedReason = 'unknown_device_code'
