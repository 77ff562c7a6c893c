/**
 * What is right and wrong with an MCP server itself: its challenges (RFC 6750 §3, RFC 9728 §5.1) and what it lets pages
 * of other origins do. Pure.
 */
import { bearerChallenge, type Challenge, parseChallenges } from '../challenge.ts'
import { type Finding, failure, ok, warning } from './finding.ts'
import { type Facts, foreignOrigin } from './look.ts'
import type { Answer, Reply } from './probe.ts'

export function checkServer({ bare, foreign, preflight }: Facts): Finding[] {
  if (bare.kind === 'none') return []
  const findings = [checkStatus(bare), ...checkChallenge(bare)]
  if (bare.status === 401) findings.push(checkForeignToken(foreign))
  findings.push(checkExposed(bare), checkPreflight(preflight))
  return findings
}

function checkStatus({ status, headers }: Answer): Finding {
  const id = 'server.401'
  if (status === 401) return ok(id, 'Without a token it answers 401')
  if (status >= 200 && status < 300) {
    return failure(
      id,
      `Without a token it answers ${status}`,
      'Whoever finds the address may use it, and no client ever asks anybody to sign in.',
      'Answer 401 with a challenge to every request without a valid token.',
    )
  }
  if (status >= 300 && status < 400) {
    return failure(
      id,
      `It sends requests on to ${headers.get('location') ?? 'nowhere'}`,
      'A POST is not repeated there by every client, and the other address is another resource.',
      'Have people type the address it sends to, or answer here.',
    )
  }
  return failure(
    id,
    `Without a token it answers ${status}`,
    'Clients look for an authorization server after 401 only.',
    'Answer 401 with a challenge to every request without a valid token.',
  )
}

function checkChallenge({ status, headers }: Answer): Finding[] {
  if (status !== 401) return []
  const header = headers.get('www-authenticate')
  const challenge = bearerChallenge(header)
  if (header === null || challenge === undefined) {
    return [
      warning(
        'challenge.bearer',
        header === null ? 'The 401 has no WWW-Authenticate header' : 'No challenge is for Bearer',
        'Clients then guess where the metadata is, and what to ask for.',
        'Add: WWW-Authenticate: Bearer resource_metadata="…", scope="…".',
      ),
    ]
  }
  const [first] = parseChallenges(header)
  return [
    first?.scheme === challenge.scheme
      ? ok('challenge.first', 'Its first challenge is Bearer')
      : failure(
          'challenge.first',
          `Its first challenge is ${first?.scheme ?? 'unreadable'}, and Bearer comes later`,
          'The TypeScript SDK reads a header only if it begins with Bearer.',
          'Send the Bearer challenge first, or alone.',
          ['typescript', 'browser'],
        ),
    checkNamedMetadata(challenge),
    checkScope(challenge),
    ...(challenge.parameters.has('error')
      ? [
          warning(
            'challenge.error',
            `The challenge says error="${challenge.parameters.get('error')}" although there was no token`,
            'RFC 6750 §3.1 has an error only where a token was refused; some clients report it instead of signing in.',
            'Leave error out when the request has no token.',
          ),
        ]
      : []),
  ]
}

function checkNamedMetadata({ parameters }: Challenge): Finding {
  const id = 'challenge.resource_metadata'
  const named = parameters.get('resource_metadata')
  if (named === undefined) {
    return warning(
      id,
      'The challenge does not say where the metadata is',
      'Clients try the well-known places, and with several services on one host may find that of another.',
      'Add resource_metadata="<address of the metadata>" to the challenge.',
    )
  }
  if (/^https?:\/\//.test(named) && URL.canParse(named))
    return ok(id, 'The challenge says where the metadata is')
  return failure(
    id,
    `resource_metadata is “${named}”, which is no absolute URL`,
    'Clients cannot tell what it is relative to.',
    'Write the whole address, with https and host.',
  )
}

function checkScope({ parameters }: Challenge): Finding {
  const id = 'challenge.scope'
  const scope = parameters.get('scope')
  if (scope === undefined || scope.trim() === '') {
    return warning(
      id,
      'The challenge names no scope',
      'Clients then ask for everything that the metadata lists, or the authorization server.',
      'Add scope="…" with what a first request needs.',
    )
  }
  if (!scope.split(' ').includes('offline_access')) return ok(id, `The challenge asks for ${scope}`)
  return warning(
    id,
    'The challenge asks for offline_access',
    'It is no permission here; clients add it by themselves where the authorization server lists it.',
    'Leave it out of the challenge.',
  )
}

function checkForeignToken(foreign: Reply): Finding {
  const id = 'server.foreign_token'
  if (foreign.kind === 'none') {
    return failure(
      id,
      `With a token of nobody it gives no answer: ${foreign.problem}`,
      'Clients cannot tell that they have to sign in again.',
      'Answer 401 with error="invalid_token".',
    )
  }
  const error = bearerChallenge(foreign.headers.get('www-authenticate'))?.parameters.get('error')
  if (foreign.status === 401 && error === 'invalid_token') return ok(id, 'It refuses a token of nobody')
  if (foreign.status === 401) {
    return warning(
      id,
      'It refuses a token of nobody, but does not say why',
      'RFC 6750 §3.1 names it invalid_token; a client that cannot tell may ask for a sign-in where a refresh would do.',
      'Add error="invalid_token" to the challenge when there was a token.',
    )
  }
  if (foreign.status >= 200 && foreign.status < 300) {
    return failure(
      id,
      `It takes a token that nobody issued (${foreign.status})`,
      'Whoever sends any word after Bearer gets in.',
      'Check signature, issuer, audience and expiry of every token.',
    )
  }
  return failure(
    id,
    `It answers ${foreign.status} to a token of nobody`,
    'Clients refresh or sign in again after 401 only; this one leaves them with a token that never works.',
    'Answer 401 with error="invalid_token".',
  )
}

function checkExposed({ headers, status }: Answer): Finding {
  const id = 'cors.challenge'
  if (!allowsOrigin(headers)) {
    return failure(
      id,
      'Pages of other origins may not read its answers',
      'A browser hides an answer without Access-Control-Allow-Origin.',
      'Send Access-Control-Allow-Origin: * with every answer, the 401 as well.',
      ['browser'],
    )
  }
  const exposed = wordsOf(headers.get('access-control-expose-headers'))
  if (status !== 401 || exposed.has('www-authenticate'))
    return ok(id, 'Pages of other origins may read its answers')
  return failure(
    id,
    'Pages of other origins may not read its challenge',
    'A browser hides WWW-Authenticate unless it is exposed.',
    'Send Access-Control-Expose-Headers: WWW-Authenticate.',
    ['browser'],
  )
}

const neededHeaders = ['authorization', 'content-type', 'mcp-protocol-version']

function checkPreflight(reply: Reply): Finding {
  const id = 'cors.preflight'
  const fix =
    'Answer OPTIONS before asking for a token, with Access-Control-Allow-Origin, -Methods and -Headers.'
  if (reply.kind === 'none') {
    return failure(id, `No answer to a preflight: ${reply.problem}`, browserAsks, fix, ['browser'])
  }
  if (reply.status < 200 || reply.status > 299) {
    return failure(id, `It answers ${reply.status} to a preflight`, browserAsks, fix, ['browser'])
  }
  const missing = missingHeaders(reply, neededHeaders)
  if (allowsOrigin(reply.headers) && missing.length === 0) return ok(id, 'It answers preflights')
  const what =
    missing.length > 0 ? `A preflight does not allow ${missing.join(', ')}` : 'A preflight allows no origin'
  return failure(id, what, browserAsks, fix, ['browser'])
}

const browserAsks = 'A browser asks first whether it may send a token, without one.'

/** Of `needed`, those a preflight does not allow. `*` stands for all but `Authorization` (Fetch §3.3.3). */
export function missingHeaders({ headers }: Answer, needed: readonly string[]): string[] {
  const allowed = wordsOf(headers.get('access-control-allow-headers'))
  return needed.filter((name) => !allowed.has(name) && !(allowed.has('*') && name !== 'authorization'))
}

export function allowsOrigin(headers: Headers): boolean {
  const allowed = headers.get('access-control-allow-origin')
  return allowed === '*' || allowed === foreignOrigin
}

function wordsOf(list: string | null): ReadonlySet<string> {
  return new Set((list ?? '').split(',').map((word) => word.trim().toLowerCase()))
}
