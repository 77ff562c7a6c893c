/** What is right and wrong with the authorization server an MCP server names (RFC 8414, OpenID Connect Discovery). Pure. */
import { describe, isPage } from './check-metadata.ts'
import { allowsOrigin, missingHeaders } from './check-server.ts'
import { everyKind, type Finding, failure, ok, warning } from './finding.ts'
import { isDocument, members, type ServerLook } from './look.ts'
import type { Answer, Reply } from './probe.ts'

export function checkAuthorizationServer(look: ServerLook): Finding[] {
  const { documents } = look
  const found = documents.find(isDocument)
  const findings = checkReachable(look)
  if (found === undefined) return findings
  const document = members(found)
  return [
    ...findings,
    checkIssuer(look.issuer, found),
    ...checkEndpoints(document),
    checkPkce(document),
    checkIss(document),
    ...checkRegistration(document),
    ...checkRefresh(document),
    ...checkNulls(document),
    ...checkCors(look, found),
  ]
}

function checkReachable({ documents }: ServerLook): Finding[] {
  const findings: Finding[] = []
  // Everything before the first document is in the way of who looks for it.
  const first = documents.findIndex(isDocument)
  const before = first === -1 ? documents : documents.slice(0, first)
  const page = before.find(isPage)
  if (page !== undefined) {
    findings.push(
      failure(
        'as.page',
        `${page.url} is answered with a page`,
        'Clients take the 200 for the document, cannot read it, and look no further.',
        'Answer 404 to every path below /.well-known that holds nothing.',
        ['typescript', 'browser', 'editors'],
      ),
    )
  }
  const fault = before.find((reply) => reply.kind === 'answer' && reply.status >= 500 && reply.status !== 502)
  if (fault !== undefined) {
    findings.push(
      failure(
        'as.fault',
        `${describe(fault)} stands before the document`,
        'The SDKs look further after 4xx only, and give up after a fault.',
        'Answer 404 where there is no document.',
        ['typescript', 'python', 'browser'],
      ),
    )
  }
  if (first === -1) {
    findings.push(
      failure(
        'as.found',
        `The authorization server describes itself nowhere: ${documents.map(describe).join('; ')}`,
        'Clients find its endpoints there (RFC 8414 §3).',
        'Serve its metadata where RFC 8414 §3.1 says: the well-known part goes between host and path.',
      ),
    )
  } else {
    findings.push(ok('as.found', `The authorization server describes itself at ${documents[first]!.url}`))
  }
  return findings
}

/** RFC 8414 §3.3: "identical", which clients take at its word. */
function checkIssuer(named: string, found: Answer): Finding {
  const id = 'as.issuer'
  const { issuer } = members(found)
  if (issuer === named) return ok(id, 'Its issuer is what the MCP server names, character by character')
  const what = `Its issuer is ${typeof issuer === 'string' ? issuer : 'missing'}, the MCP server names ${named}`
  const fix = 'Write the issuer into authorization_servers exactly as the authorization server has it.'
  if (typeof issuer === 'string' && `${issuer}/` === named) {
    return failure(
      id,
      what,
      'The added slash makes it another string; only the TypeScript SDK forgives it.',
      fix,
      everyKind.filter((kind) => kind !== 'typescript' && kind !== 'browser'),
    )
  }
  return failure(id, what, 'RFC 8414 §3.3: such metadata must not be used.', fix)
}

function checkEndpoints(document: Readonly<Record<string, unknown>>): Finding[] {
  const id = 'as.endpoints'
  const names = ['authorization_endpoint', 'token_endpoint']
  const missing = names.filter(
    (name) => typeof document[name] !== 'string' || !URL.canParse(String(document[name])),
  )
  if (missing.length > 0) {
    return [
      failure(
        id,
        `It has no ${missing.join(' and no ')}`,
        'Clients cannot send anybody there.',
        'Name it as an absolute URL.',
      ),
    ]
  }
  const types = document.response_types_supported
  if (Array.isArray(types) && types.includes('code')) return [ok(id, 'It gives codes and tokens')]
  return [
    failure(
      id,
      'It does not list the response type code',
      'The list is required (RFC 8414 §2); SDKs refuse metadata without it.',
      'Add response_types_supported: ["code"].',
    ),
  ]
}

function checkPkce(document: Readonly<Record<string, unknown>>): Finding {
  const id = 'as.pkce'
  const methods = document.code_challenge_methods_supported
  if (Array.isArray(methods) && methods.includes('S256')) return ok(id, 'It has PKCE with S256')
  return failure(
    id,
    'It does not say that it has PKCE with S256',
    'Since revision 2025-11-25 clients must not go on without it.',
    'Add code_challenge_methods_supported: ["S256"].',
  )
}

function checkIss(document: Readonly<Record<string, unknown>>): Finding {
  const id = 'as.iss'
  if (document.authorization_response_iss_parameter_supported === true) {
    return ok(id, 'It says who it is in its answers')
  }
  return warning(
    id,
    'It does not say that its answers carry iss (RFC 9207)',
    'Clients cannot tell whose answer they have; MCP is about to demand it.',
    'Send iss, and add authorization_response_iss_parameter_supported: true.',
  )
}

function checkRegistration(document: Readonly<Record<string, unknown>>): Finding[] {
  const id = 'as.registration'
  const methods = document.token_endpoint_auth_methods_supported
  // RFC 8414 §2: absent, it is client_secret_basic.
  const takesPublic = Array.isArray(methods) && methods.includes('none')
  const described = document.client_id_metadata_document_supported === true
  const registers = typeof document.registration_endpoint === 'string'
  if (!described && !registers) {
    return [
      failure(
        id,
        'Only clients that were registered beforehand can use it',
        'It takes neither clients that describe themselves nor registrations; most clients can do nothing else by themselves.',
        'At AuthGate: authgate resource create --open, or ENABLE_DYNAMIC_CLIENT_REGISTRATION=true.',
      ),
    ]
  }
  const findings: Finding[] = []
  if (described && !takesPublic) {
    findings.push(
      failure(
        'as.public_clients',
        'It takes clients that describe themselves, but does not list the method none',
        'They have no secret; several use their description only where none is listed.',
        'Add none to token_endpoint_auth_methods_supported.',
        ['hosted', ...(registers ? [] : (['typescript'] as const))],
      ),
    )
  }
  const ways = [described ? 'describe themselves' : '', registers ? 'register' : ''].filter(
    (way) => way !== '',
  )
  findings.push(ok(id, `Clients that nobody registered may ${ways.join(' or ')}`))
  if (!described) {
    findings.push(
      warning(
        'as.client_documents',
        'Clients cannot describe themselves there',
        'Registration by clients is deprecated since revision 2026-07-28.',
        'Support Client ID Metadata Documents, and say so.',
      ),
    )
  }
  if (!registers) {
    findings.push(
      warning(
        'as.old_clients',
        'Clients cannot register there',
        'Those that do not describe themselves yet (Cursor, mcp-remote, Gemini CLI) need an operator.',
        'At AuthGate: ENABLE_DYNAMIC_CLIENT_REGISTRATION=true.',
      ),
    )
  }
  return findings
}

function checkRefresh(document: Readonly<Record<string, unknown>>): Finding[] {
  const grants = document.grant_types_supported
  if (Array.isArray(grants) && grants.includes('refresh_token')) return []
  return [
    warning(
      'as.refresh',
      'It does not list the grant refresh_token',
      'People sign in again whenever an access token ends.',
      'Add refresh_token to grant_types_supported.',
    ),
  ]
}

function checkNulls(document: Readonly<Record<string, unknown>>): Finding[] {
  const nulls = Object.keys(document).filter((name) => document[name] === null)
  if (nulls.length === 0) return []
  return [
    failure(
      'as.null',
      `Its metadata has null for ${nulls.join(', ')}`,
      'Clients that check the shape of the document refuse it whole.',
      'Leave out what there is not.',
      ['typescript', 'browser'],
    ),
  ]
}

function checkCors({ preflight, tokenPreflight }: ServerLook, found: Answer): Finding[] {
  const problems: string[] = []
  if (!allowsOrigin(found.headers)) problems.push('its metadata')
  if (!lets(preflight, ['mcp-protocol-version'])) problems.push('its metadata with MCP-Protocol-Version')
  if (!lets(tokenPreflight, ['authorization', 'content-type'])) problems.push('its token endpoint')
  if (problems.length === 0) return [ok('as.cors', 'Pages of other origins may ask it')]
  return [
    failure(
      'as.cors',
      `Pages of other origins may not ask for ${problems.join(', nor ')}`,
      'A browser sends a preflight first and hides answers that allow no origin.',
      'Allow every origin at both, and answer OPTIONS.',
      ['browser'],
    ),
  ]
}

function lets(reply: Reply | undefined, headers: readonly string[]): boolean {
  if (reply === undefined) return true
  if (reply.kind === 'none' || reply.status < 200 || reply.status > 299) return false
  return allowsOrigin(reply.headers) && missingHeaders(reply, headers).length === 0
}
