/** What each error means and what to do about it, in English. Code stands between backticks. */
import type { ErrorExplanation } from '../error-catalogue.tsx'

export const errors = {
  invalid_request: {
    meaning: 'Something about the request itself is wrong, before anybody looked at who sends it.',
    causes: [
      'a required parameter is missing, or one is sent twice',
      'a public client sends no `code_challenge`, or another method than `S256`',
      'the body is not `application/x-www-form-urlencoded`',
    ],
    remedy: 'Read `error_description`, which names the parameter. The same request will fail again.',
  },
  invalid_client: {
    meaning: 'The client is unknown, or did not prove that it is this client.',
    causes: [
      'the secret is wrong, or was replaced by a new one',
      'the secret is sent in the header while the client is registered with another method, or the other way around',
      'the client was deleted or is not approved yet',
    ],
    remedy:
      'Compare id, secret and method with the registration. In a Basic header, id and secret are form-encoded first (RFC 6749 §2.3.1).',
  },
  invalid_grant: {
    meaning: 'The code or the refresh token is not good, or not any more.',
    causes: [
      'the code was used before, is older than a minute, or was made for another client',
      'the `redirect_uri` or the `code_verifier` is not that of the authorization request',
      'the refresh token was replaced by a newer one, has expired or was revoked',
    ],
    remedy:
      'Start a new sign-in. If it happens at every refresh, the app keeps an old refresh token, or two processes share one.',
  },
  unauthorized_client: {
    meaning: 'The client is known, but may not do this, or has to do it in another way.',
    causes: [
      'the client was not given this grant',
      'a public client asks for introspection, client credentials or token exchange',
      'the client has to push its authorization requests',
    ],
    remedy: 'Have the grant added to the client, or use the way the description names.',
  },
  unsupported_grant_type: {
    meaning: 'This server has no such `grant_type`.',
    causes: ['a typing error', 'the password grant, which does not exist here'],
    remedy: 'Use one of `grant_types_supported` in the discovery document.',
  },
  invalid_scope: {
    meaning: 'The scope is malformed, or holds something this client may not have.',
    causes: [
      'the client was not given one of the scopes',
      'a refresh asks for more than was granted',
      'scopes are separated by commas; they are separated by spaces',
    ],
    remedy: 'Ask for less, or have the scope added to the client.',
  },
  unsupported_response_type: {
    meaning: 'The `response_type` is another one than `code`.',
    causes: ['a library set up for the implicit or the hybrid flow'],
    remedy: 'Use `response_type=code` with PKCE.',
  },
  login_required: {
    meaning: 'The request said `prompt=none`, and nobody can be signed in without seeing a page.',
    causes: [
      'nobody is signed in',
      'the sign-in is older than `max_age`',
      'it is somebody else than `id_token_hint` names',
    ],
    remedy: 'Send the browser again without `prompt=none`.',
  },
  consent_required: {
    meaning: 'The request said `prompt=none`, and the person has not allowed this app what it asks for.',
    causes: ['it is the first time', 'the app asks for a new scope', 'the person took the permission back'],
    remedy: 'Send the browser again without `prompt=none`.',
  },
  unmet_authentication_requirements: {
    meaning: 'The request insists on a way of signing in (`acr`) that this person cannot reach.',
    causes: ['they have no second factor, or no passkey', 'the value is none of `acr_values_supported`'],
    remedy: 'Have them set up a second factor, or ask with `acr_values`, which does not insist.',
  },
  request_not_supported: {
    meaning: 'The request came as a request object (`request`), which this server does not read.',
    causes: ['a library set up for JWT-secured authorization requests'],
    remedy: 'Send plain parameters, or push them to the pushed authorization request endpoint.',
  },
  request_uri_not_supported: {
    meaning: 'The `request_uri` is no address that this server gave out.',
    causes: ['a library that publishes its request object at an address of its own'],
    remedy: 'Push the request, and send the `request_uri` of the answer.',
  },
  registration_not_supported: {
    meaning:
      'The authorization request has the `registration` parameter, which is for self-issued providers.',
    causes: ['a library set up for another kind of provider'],
    remedy: 'Leave the parameter out.',
  },
  invalid_request_uri: {
    meaning: 'The pushed request is not there.',
    causes: ['it expired before the browser came', 'it was used already', 'it was pushed by another client'],
    remedy: 'Push a new request for each sign-in, right before you send the browser.',
  },
  authorization_pending: {
    meaning: 'Not a failure: the person has not decided yet.',
    causes: ['the code was not entered yet, or the page is still open'],
    remedy: 'Ask again after `interval` seconds, until `expires_in` is over.',
  },
  slow_down: {
    meaning: 'The device asks more often than it was told to.',
    causes: ['the pause is shorter than `interval`', 'two processes poll with the same code'],
    remedy: 'Wait five seconds longer from now on, for good (RFC 8628 §3.5), and go on.',
  },
  access_denied: {
    meaning: 'The person said no.',
    causes: ['they pressed Deny, on the page of the device or of the app'],
    remedy: 'Say so, and ask again only when the person wants to.',
  },
  expired_token: {
    meaning: 'The device code is too old.',
    causes: ['nobody entered the code in time'],
    remedy: 'Stop polling. Offer to start again, with new codes.',
  },
  invalid_redirect_uri: {
    meaning: 'A registration names a redirect URI that cannot be one.',
    causes: ['plain http to something else than this computer', 'a fragment', 'a relative address'],
    remedy: 'Use https, or http on `127.0.0.1` or `[::1]`.',
  },
  invalid_client_metadata: {
    meaning: 'A registration says something that this server cannot do, or that contradicts itself.',
    causes: [
      'an unknown method, algorithm or grant',
      'keys that are no JWK set',
      'a public client with a secret method',
    ],
    remedy: 'The description names the member. Leave out what you do not need.',
  },
  invalid_dpop_proof: {
    meaning: 'The DPoP proof is missing, or not good for this request.',
    causes: [
      'the clock of the client is more than a few seconds off',
      'a proof was sent twice',
      '`htm` or `htu` name another request, for example the inner address behind a proxy',
    ],
    remedy: 'Make a new proof for each request, for the address as this server publishes it.',
  },
  use_dpop_nonce: {
    meaning: 'This server wants its nonce in the proof.',
    causes: ['it is the first request, or the nonce has expired'],
    remedy:
      'Repeat the request with the value of the `DPoP-Nonce` header. Good libraries do it by themselves.',
  },
  invalid_target: {
    meaning: 'The `resource` is none that this client may ask for.',
    causes: [
      'the identifier differs from the registered one, in its path or a final slash',
      'it is relative, or has a fragment',
      'the client was not given the resource',
    ],
    remedy: 'Send the identifier to the letter, and have it added to the client.',
  },
  invalid_token: {
    meaning: 'The access token is not good here.',
    causes: [
      'it has expired or was revoked',
      'it was made for another resource',
      'the person’s account was disabled',
    ],
    remedy: 'Refresh once and repeat. If that fails too, start a new sign-in.',
  },
  insufficient_scope: {
    meaning: 'The token is good, but does not reach this far.',
    causes: [
      'userinfo is asked with a token without `openid`, `profile` or `email`',
      'the token is a machine’s and speaks of nobody',
    ],
    remedy: 'Ask the person for the scope that `WWW-Authenticate` names.',
  },
  missing_token: {
    meaning: '`GET /oauth/tokeninfo` was asked without a token.',
    causes: ['no `Authorization` header, or a proxy that removes it'],
    remedy: 'Send `Authorization: Bearer` with the access token.',
  },
  rate_limit_exceeded: {
    meaning: 'Too many requests from one address, or too many failures of one client.',
    causes: [
      'a loop without pauses',
      'a secret that has been wrong for a while',
      'many clients behind one address',
    ],
    remedy: 'Wait for the seconds of `Retry-After`, then go on more slowly.',
  },
  temporarily_unavailable: {
    meaning: 'The server is well, but takes no more of this at the moment.',
    causes: ['the limit of clients that registered themselves has been reached'],
    remedy: 'Try again later, or ask whoever runs this server.',
  },
  server_error: {
    meaning: 'A fault on our side. It says nothing about your request.',
    causes: ['the database cannot be reached', 'a bug'],
    remedy: 'Try again with growing pauses. Tell whoever runs this server the `X-Request-Id` of the answer.',
  },
} as const satisfies Readonly<Record<string, ErrorExplanation>>
