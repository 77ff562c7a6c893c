/** What is right and wrong with protected resource metadata (RFC 9728). Pure. */
import { allowsOrigin } from './check-server.ts'
import { type Finding, failure, ok, warning } from './finding.ts'
import { type Facts, firstMetadata, isDocument, members } from './look.ts'
import type { Answer, Reply } from './probe.ts'

export function checkMetadata(facts: Facts): Finding[] {
  const { url, metadata } = facts
  const pages = metadata.map(({ reply }) => reply).find(isPage)
  const findings: Finding[] = []
  if (pages !== undefined) {
    findings.push(
      failure(
        'metadata.page',
        `${pages.url} is answered with a page`,
        'Clients take the 200 for the document, cannot read it, and look no further.',
        'Answer 404 to every path below /.well-known that holds nothing.',
        ['typescript', 'browser', 'editors'],
      ),
    )
  }
  const document = firstMetadata(metadata)
  if (document === undefined) {
    return [
      ...findings,
      failure(
        'metadata.found',
        `There is no metadata: ${metadata.map(({ reply }) => describe(reply)).join('; ')}`,
        'Clients learn there which authorization server to ask (RFC 9728 §3).',
        'Serve what `authgate resource show <identifier>` prints at the path form.',
      ),
    ]
  }
  findings.push(ok('metadata.found', `Its metadata is at ${document.url}`), ...checkPlaces(facts))
  if (!/^application\/json\s*(?:;|$)/i.test(document.headers.get('content-type') ?? '')) {
    findings.push(
      warning(
        'metadata.type',
        `The metadata is ${document.headers.get('content-type') ?? 'of no type'}`,
        'RFC 9728 §3.2 has application/json, and some clients insist.',
        'Send Content-Type: application/json.',
      ),
    )
  }
  if (!allowsOrigin(document.headers)) {
    findings.push(
      failure(
        'metadata.cors',
        'Pages of other origins may not read the metadata',
        'A browser hides an answer without Access-Control-Allow-Origin.',
        'Send Access-Control-Allow-Origin: * with it.',
        ['browser'],
      ),
    )
  }
  findings.push(checkIdentity(url, document), ...checkServers(document), ...checkScopes(document))
  return findings
}

function checkPlaces({ metadata }: Facts): Finding[] {
  const at = (from: string): Reply | undefined => metadata.find((look) => look.from === from)?.reply
  const [named, path, root] = [at('challenge'), at('path'), at('root')]
  const findings: Finding[] = []
  if (named !== undefined && !isDocument(named)) {
    findings.push(
      failure(
        'metadata.named',
        `The challenge leads to no metadata: ${describe(named)}`,
        'Clients go where the challenge says, and some look nowhere else.',
        'Serve the metadata there, or correct resource_metadata.',
        ['editors', 'hosted', 'rust'],
      ),
    )
  }
  if (path !== undefined && !isDocument(path)) {
    findings.push(
      warning(
        'metadata.path',
        `The path form has no metadata: ${describe(path)}`,
        'Clients that do not read challenges look there first.',
        'Serve the metadata there as well.',
      ),
    )
  }
  if (root !== undefined && root.url !== path?.url && isDocument(root)) {
    const other = members(root).resource
    const own = firstMetadata(metadata)
    if (own !== undefined && own !== root && other !== members(own).resource) {
      findings.push(
        warning(
          'metadata.root',
          `The root form is that of ${text(other)}`,
          'Clients that look at the root first ask for tokens of the other service.',
          'Serve nothing at the root form where several services share a host.',
        ),
      )
    }
  }
  return findings
}

/** Byte by byte, as RFC 9728 §3.3 has it; then by what clients are known to forgive. */
function checkIdentity(url: string, document: Answer): Finding {
  const id = 'resource.identity'
  const { resource } = members(document)
  const fix = `Write ${url} there, and register the same at the authorization server.`
  if (typeof resource !== 'string' || !URL.canParse(resource)) {
    return failure(id, 'The metadata names no resource', 'It is required (RFC 9728 §2).', fix)
  }
  if (resource === url) return ok(id, 'Its resource is the address, character by character')
  const [here, there] = [new URL(url), new URL(resource)]
  const what = `Its resource is ${resource}, not ${url}`
  if (here.href === there.href) {
    return failure(
      id,
      what,
      'Both are the same address in two spellings: clients that compare strings refuse it.',
      fix,
      ['hosted', 'editors'],
    )
  }
  if (here.href.replace(/\/$/, '') === there.href.replace(/\/$/, '')) {
    return failure(
      id,
      what,
      'A final slash makes it another address; the SDKs forgive it, clients that compare the whole do not.',
      fix,
      ['hosted', 'editors', 'rust'],
    )
  }
  const slashed = (path: string): string => (path.endsWith('/') ? path : `${path}/`)
  const isParent = here.origin === there.origin && slashed(here.pathname).startsWith(slashed(there.pathname))
  if (isParent) {
    return failure(
      id,
      what,
      'The SDKs take a parent for the resource; clients that compare the whole address refuse it.',
      fix,
      ['hosted', 'editors', 'rust'],
    )
  }
  return failure(id, what, 'Metadata of another resource is not to be used (RFC 9728 §3.3).', fix)
}

function checkServers(document: Answer): Finding[] {
  const id = 'servers.listed'
  const listed = members(document).authorization_servers
  const servers = Array.isArray(listed) ? listed.filter((each) => typeof each === 'string') : []
  if (servers.length === 0) {
    return [
      failure(
        id,
        'The metadata names no authorization server',
        'MCP demands at least one in authorization_servers.',
        'List the issuer of the authorization server, exactly as its own metadata has it.',
      ),
    ]
  }
  const broken = servers.find((each) => !URL.canParse(each))
  if (broken === undefined) return [ok(id, `It names ${servers.join(' and ')}`)]
  return [
    failure(
      id,
      `authorization_servers has “${broken}”, which is no URL`,
      'Clients ask the first they can use, and some stop at one they cannot.',
      'List issuers as absolute URLs.',
    ),
  ]
}

function checkScopes(document: Answer): Finding[] {
  const id = 'metadata.scopes'
  const scopes = members(document).scopes_supported
  if (!Array.isArray(scopes) || scopes.length === 0) {
    return [
      warning(
        id,
        'The metadata lists no scopes',
        'Clients without a challenge then ask for all that the authorization server lists.',
        'List the scopes a first request needs in scopes_supported.',
      ),
    ]
  }
  if (!scopes.includes('offline_access')) return [ok(id, `It lists ${scopes.join(' ')}`)]
  return [
    warning(
      id,
      'The metadata lists offline_access',
      'It is no permission at a resource; revision 2026-07-28 has it left out.',
      'Take it from scopes_supported.',
    ),
  ]
}

/** A 200 that is no JSON object. */
export function isPage(reply: Reply): boolean {
  return reply.kind === 'answer' && reply.status === 200 && !isDocument(reply)
}

export function describe(reply: Reply): string {
  if (reply.kind === 'none') return `${reply.url} ${reply.problem}`
  return `${reply.url} ${isPage(reply) ? 'no JSON object' : reply.status}`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : 'another resource'
}
