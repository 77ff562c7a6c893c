/** How an MCP server's metadata and what is registered here go together. Pure. */
import { type Finding, failure, ok, warning } from './finding.ts'
import { type Facts, firstMetadata, members } from './look.ts'

export function checkRegistered({ metadata, servers, registered }: Facts): Finding[] {
  const document = firstMetadata(metadata)
  if (registered === undefined || document === undefined) return []
  const { issuer, resources } = registered
  if (!servers.some((server) => server.issuer === issuer)) {
    return [
      warning(
        'registered.issuer',
        `The MCP server does not name ${issuer}, which is the server configured here`,
        'What is registered in this database then means nothing to its clients.',
        'List BASE_URL in authorization_servers, character by character, or look from where the other server is configured.',
      ),
    ]
  }
  const { resource, scopes_supported: listed } = members(document)
  const known = resources.find(({ identifier }) => identifier === resource)
  if (known === undefined) {
    const near = resources.find(({ identifier }) => sameAddress(identifier, resource))
    return [
      failure(
        'registered.resource',
        near === undefined
          ? `${String(resource)} is not registered here`
          : `It is registered as ${near.identifier}, and published as ${String(resource)}`,
        near === undefined
          ? 'Clients are answered invalid_target.'
          : 'Tokens carry the registered spelling, which the MCP server must then compare with.',
        near === undefined
          ? `authgate resource create --identifier ${String(resource)} --name … --open`
          : 'Publish the registered spelling, or register the published one.',
      ),
    ]
  }
  if (!known.openToDiscovered) {
    return [
      failure(
        'registered.open',
        'It is registered, and closed to clients that nobody vouches for',
        'MCP clients are such clients; they are answered invalid_target.',
        `authgate resource update ${known.identifier} --open`,
      ),
    ]
  }
  const names = new Set(known.scopes.filter(({ forDiscovered }) => forDiscovered).map(({ name }) => name))
  const strangers = Array.isArray(listed) ? listed.filter((name) => !names.has(String(name))) : []
  if (strangers.length > 0) {
    return [
      warning(
        'registered.scopes',
        `It lists scopes that such clients cannot have: ${strangers.join(' ')}`,
        'Clients ask for them and get tokens without them.',
        'List registered scopes only: see authgate resource show.',
      ),
    ]
  }
  return [ok('registered.resource', 'It is registered here, and open to clients that nobody vouches for')]
}

function sameAddress(one: string, other: unknown): boolean {
  const plain = (text: string): string => new URL(text).href.replace(/\/$/, '')
  return typeof other === 'string' && URL.canParse(other) && URL.canParse(one) && plain(one) === plain(other)
}
