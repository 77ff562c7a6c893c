/** What the examples of the guides are filled with. */
import type { Client } from '../../oauth/client.ts'
import type { GuideValues } from '../../views/guides.ts'

/** Stand for the values of an app that nobody chose. */
const placeholders = { clientId: 'your-client-id', redirectUri: 'https://app.example.com/callback' }

/**
 * What stands in a shell command or a string of any language for nothing but itself, between quotes of either kind.
 * A redirect URI may hold more (RFC 3986 §2.2: quotes, dollar signs and parentheses are allowed in one), and people
 * paste what these pages show into their terminals.
 */
const plain = /^[\w.~:/?#[\]@&+,;=%-]+$/

/** What the metadata does not say of access tokens. */
export interface AccessTokenFacts {
  readonly signingAlgorithm: string
  /** Of those that are bound to no resource; none: the issuer. */
  readonly audience: readonly string[]
}

export function guideValues(given: {
  /** As the discovery document has it. */
  metadata: Readonly<Record<string, unknown>>
  /** Whose values to show; `undefined` for made-up ones. */
  client: Pick<Client, 'id' | 'redirectUris'> | undefined
  accessTokens: AccessTokenFacts
}): Omit<GuideValues, 'query' | 'copy' | 'copied'> {
  const { metadata, client, accessTokens } = given
  const issuer = String(metadata.issuer)
  const redirectUri = plainOr(placeholders.redirectUri, client?.redirectUris[0])
  const address = (member: string): string => String(metadata[member])
  return {
    issuer,
    discovery_document: `${issuer}/.well-known/openid-configuration`,
    authorization_endpoint: address('authorization_endpoint'),
    token_endpoint: address('token_endpoint'),
    device_authorization_endpoint: address('device_authorization_endpoint'),
    // Neither is a member of the metadata.
    verification_uri: `${issuer}/device`,
    token_info_endpoint: `${issuer}/oauth/tokeninfo`,
    pushed_authorization_request_endpoint: address('pushed_authorization_request_endpoint'),
    userinfo_endpoint: address('userinfo_endpoint'),
    introspection_endpoint: address('introspection_endpoint'),
    revocation_endpoint: address('revocation_endpoint'),
    end_session_endpoint: address('end_session_endpoint'),
    jwks_uri: address('jwks_uri'),
    access_token_algorithm: accessTokens.signingAlgorithm,
    audience: accessTokens.audience[0] ?? issuer,
    client_id: plainOr(placeholders.clientId, client?.id),
    redirect_uri: redirectUri,
    redirect_uri_encoded: encodeURIComponent(redirectUri),
  }
}

function plainOr(placeholder: string, value: string | undefined): string {
  return value !== undefined && plain.test(value) ? value : placeholder
}
