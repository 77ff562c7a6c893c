/** Protocol errors: the codes this server sends, and the exception that carries one to the renderer. */

/** Error codes this server may send, with the status and the clause that defines them. */
export const oauthErrors = {
  invalid_request: { status: 400, source: 'RFC 6749 §5.2' },
  invalid_client: { status: 401, source: 'RFC 6749 §5.2' },
  invalid_grant: { status: 400, source: 'RFC 6749 §5.2' },
  unauthorized_client: { status: 400, source: 'RFC 6749 §5.2' },
  unsupported_grant_type: { status: 400, source: 'RFC 6749 §5.2' },
  invalid_scope: { status: 400, source: 'RFC 6749 §5.2' },
  unsupported_response_type: { status: 400, source: 'RFC 6749 §4.1.2.1' },
  login_required: { status: 400, source: 'OpenID Connect Core 1.0 §3.1.2.6' },
  consent_required: { status: 400, source: 'OpenID Connect Core 1.0 §3.1.2.6' },
  unmet_authentication_requirements: {
    status: 400,
    source: 'OpenID Connect Core Error Code unmet_authentication_requirements 1.0 §2',
  },
  request_not_supported: { status: 400, source: 'OpenID Connect Core 1.0 §3.1.2.6' },
  request_uri_not_supported: { status: 400, source: 'OpenID Connect Core 1.0 §3.1.2.6' },
  registration_not_supported: { status: 400, source: 'OpenID Connect Core 1.0 §3.1.2.6' },
  invalid_request_uri: { status: 400, source: 'OpenID Connect Core 1.0 §3.1.2.6, RFC 9126 §4' },
  authorization_pending: { status: 400, source: 'RFC 8628 §3.5' },
  slow_down: { status: 400, source: 'RFC 8628 §3.5' },
  access_denied: { status: 400, source: 'RFC 8628 §3.5' },
  expired_token: { status: 400, source: 'RFC 8628 §3.5' },
  invalid_redirect_uri: { status: 400, source: 'RFC 7591 §3.2.2' },
  invalid_client_metadata: { status: 400, source: 'RFC 7591 §3.2.2' },
  invalid_dpop_proof: { status: 400, source: 'RFC 9449 §5' },
  use_dpop_nonce: { status: 400, source: 'RFC 9449 §8' },
  invalid_target: { status: 400, source: 'RFC 8707 §2' },
  invalid_token: { status: 401, source: 'RFC 6750 §3.1' },
  insufficient_scope: { status: 403, source: 'RFC 6750 §3.1' },
  missing_token: { status: 401, source: 'kept for existing clients: see oauth/compatibility.ts' },
  rate_limit_exceeded: { status: 429, source: 'RFC 6585 §4; the code is kept for existing clients' },
  temporarily_unavailable: { status: 503, source: 'RFC 6749 §4.1.2.1' },
  server_error: { status: 500, source: 'RFC 6749 §4.1.2.1' },
} as const satisfies Record<string, { status: number; source: string }>

export type OAuthErrorCode = keyof typeof oauthErrors

export interface OAuthErrorOptions {
  /** Goes out as `error_description`: printable ASCII without `"` and `\` (RFC 6749 §5.2). */
  description?: string
  /** For logs and labels, from a closed set; never sent. */
  reason?: string
  /** Where it is not the status of its code: an endpoint that takes access tokens answers 401 (RFC 9449 §7.1). */
  status?: 401
  /** A value that was sent or answered, for the log and the audit log; never sent. */
  detail?: string
  /** HTTP headers that belong to this error, such as a challenge. */
  headers?: Readonly<Record<string, string>>
  cause?: unknown
}

export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  readonly description: string | undefined
  readonly reason: string | undefined
  readonly detail: string | undefined
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly status: number

  constructor(code: OAuthErrorCode, options: OAuthErrorOptions = {}) {
    super(options.description ?? code, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'OAuthError'
    this.code = code
    this.description = options.description
    this.reason = options.reason
    this.detail = options.detail
    this.headers = options.headers
    this.status = options.status ?? oauthErrors[code].status
  }

  /** The JSON body of RFC 6749 §5.2; the description is left out, not empty, when there is none. */
  body(): { error: string; error_description?: string } {
    return this.description === undefined
      ? { error: this.code }
      : { error: this.code, error_description: this.description }
  }
}
