/**
 * Every deliberate difference from an RFC, kept because deployed clients rely on it. Each is a named value with its
 * clause and its reason, so that exceptions can be found, counted and one day removed.
 */
export const compatibility = {
  /**
   * RFC 8628 §3.1 defines a form; the device authorization endpoint also reads a JSON object, as the Go AuthGate
   * does, when the body is no form.
   */
  deviceAuthorizationAcceptsJson: true,

  /**
   * RFC 6749 §2.3 gives public clients no secret. The Go AuthGate issued one to every client, so its clients may
   * present it: from a public client a secret is ignored, never demanded and never checked.
   */
  secretsOfPublicClientsAreIgnored: true,

  /** RFC 6749 §2.3.1 and appendix B: Basic credentials are percent-encoded. Clients that send them raw work too. */
  basicCredentialsMayBeRaw: true,

  /**
   * RFC 7523 §3 compares audiences as strings. MCP's Python SDK reads the issuer into a type that adds a final slash to
   * a bare origin, and signs its assertions for that.
   */
  assertionAudienceMayEndInSlash: true,

  /**
   * RFC 7591 §2: a registration without a method of authentication is one for `client_secret_basic`, and that is what its
   * answer says. openid-client then sends the secret in the form all the same, unless it is told otherwise; so such a
   * client may do either, as one that an operator made. One that names its method is held to it.
   */
  unnamedMethodIsEitherWithSecret: true,

  /**
   * RFC 8252 §7.1 wants an app's own scheme to be a reversed domain name. These programs send another, and one address
   * that is refused would refuse a whole registration. PKCE is what protects their codes.
   */
  privateUseRedirectUris: ['cursor://anysphere.cursor-mcp/oauth/callback'],

  /**
   * OpenID Connect Registration §2 refuses loopback addresses for `application_type` `web`, which is also the default.
   * Deployed native programs leave the member out; by such an address a client is `native` whatever it says.
   */
  loopbackClientsAreNative: true,

  /**
   * RFC 6750 §3.1 has no code for a request without a token. `GET /oauth/tokeninfo` answers `missing_token`, which
   * existing SDKs test for; the challenge it now carries has no error, as §3 wants.
   */
  tokeninfoMissingTokenError: 'missing_token',

  /** RFC 6750 §2.1 wants the scheme name; the Go AuthGate's tokeninfo also takes the bare token. */
  tokeninfoAcceptsBareToken: true,

  /**
   * OpenID Connect Core 1.0 §5.3.2 has `iss` in signed userinfo only. Existing clients read it in plain JSON, too.
   */
  userinfoCarriesIssuer: true,

  /**
   * RFC 6749 §5.2 has no code for too many requests. Existing clients read `rate_limit_exceeded`; status 429 and
   * `Retry-After` (RFC 6585 §4) say the same to everybody else.
   */
  rateLimitError: 'rate_limit_exceeded',

  /**
   * RFC 9068 §2.2 names no such claims. Access tokens repeat `sub` as `user_id` and carry `type: access`, which
   * existing resource servers check.
   */
  accessTokensCarryUserIdAndType: true,

  /**
   * RFC 8252 §7.3 lets the port vary for the loopback addresses only. Command-line tools register
   * `http://localhost/callback` and listen on whatever port is free, so the name counts as an address here.
   */
  localhostIsALoopbackAddress: true,

  /**
   * RFC 6749 §4.1.3 demands the redirect URI at the token endpoint when the request named one; OAuth 2.1 dropped the
   * parameter, since PKCE does its work. With PKCE it may be left out, and must be right when it is there.
   */
  redirectUriMayBeLeftOutWithPkce: true,
} as const
