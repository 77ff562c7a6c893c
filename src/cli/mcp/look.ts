/** What there is to see of an MCP server and of the authorization servers it names: every request, and no judgment. */
import { protectedResourceMetadataUrl } from '../../oauth/resources/resource.ts'
import { bearerChallenge } from '../challenge.ts'
import type { Answer, Probe, Reply } from './probe.ts'

/** Some page of another site, as the browser of a client inside a page would name it. */
export const foreignOrigin = 'https://client.example'

/** Where protected resource metadata was looked for: where the challenge says, and where the specification says. */
export interface MetadataLook {
  readonly from: 'challenge' | 'path' | 'root'
  readonly reply: Reply
}

export interface ServerLook {
  /** As the metadata of the MCP server names it. */
  readonly issuer: string
  /** Its documents in the order clients ask for them. */
  readonly documents: readonly Reply[]
  /** Whether pages may ask for the document that was found first, with the header that the SDKs send. */
  readonly preflight: Reply | undefined
  readonly tokenPreflight: Reply | undefined
}

/** Whose resources those of the configured database are; `undefined` when there is none to compare with. */
export interface Registered {
  readonly issuer: string
  readonly resources: readonly {
    readonly identifier: string
    readonly openToDiscovered: boolean
    readonly scopes: readonly { readonly name: string; readonly forDiscovered: boolean }[]
  }[]
}

export interface Facts {
  /** The address people type into their clients. */
  readonly url: string
  /** Answered without a token. */
  readonly bare: Reply
  /** Answered to a token that nobody issued. */
  readonly foreign: Reply
  readonly preflight: Reply
  readonly metadata: readonly MetadataLook[]
  readonly servers: readonly ServerLook[]
  readonly registered: Registered | undefined
}

/** Servers beyond are not looked at. */
const maxServers = 5
const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'authgate mcp doctor', version: '1' },
  },
})

export async function look(url: string, probe: Probe, registered: Registered | undefined): Promise<Facts> {
  const call = (headers: Record<string, string> = {}): Promise<Reply> =>
    probe({
      url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
        origin: foreignOrigin,
        ...headers,
      },
      body: initialize,
    })
  const bare = await call()
  // One server, asked one thing after the other: it may be small, and limits of it are none of our business.
  const foreign = await call({ authorization: 'Bearer not-a-token-of-anybody' })
  const preflight = await askPreflight(probe, url, 'POST', 'authorization,content-type,mcp-protocol-version')
  const metadata = await lookForMetadata(url, probe, bare)
  const servers: ServerLook[] = []
  for (const issuer of authorizationServers(metadata).slice(0, maxServers)) {
    servers.push(await lookAtServer(issuer, probe))
  }
  return { url, bare, foreign, preflight, metadata, servers, registered }
}

async function lookForMetadata(url: string, probe: Probe, bare: Reply): Promise<MetadataLook[]> {
  const header = bare.kind === 'answer' ? bare.headers.get('www-authenticate') : null
  const named = bearerChallenge(header)?.parameters.get('resource_metadata')
  const places: [MetadataLook['from'], string][] = [
    ...(named !== undefined && URL.canParse(named)
      ? [['challenge', named] as [MetadataLook['from'], string]]
      : []),
    ['path', protectedResourceMetadataUrl(url)],
    ['root', `${new URL(url).origin}/.well-known/oauth-protected-resource`],
  ]
  const looks: MetadataLook[] = []
  for (const [from, place] of places) {
    const seen = looks.find(({ reply }) => reply.url === place)
    const reply = seen?.reply ?? (await probe({ url: place, headers: documentHeaders }))
    looks.push({ from, reply })
  }
  return looks
}

const documentHeaders = {
  accept: 'application/json',
  origin: foreignOrigin,
  'mcp-protocol-version': '2025-11-25',
}

async function lookAtServer(issuer: string, probe: Probe): Promise<ServerLook> {
  const documents: Reply[] = []
  for (const url of metadataUrls(issuer)) documents.push(await probe({ url, headers: documentHeaders }))
  const found = documents.find(isDocument)
  const token = found === undefined ? undefined : members(found).token_endpoint
  return {
    issuer,
    documents,
    preflight:
      found === undefined ? undefined : await askPreflight(probe, found.url, 'GET', 'mcp-protocol-version'),
    tokenPreflight:
      typeof token === 'string' && URL.canParse(token)
        ? await askPreflight(probe, token, 'POST', 'authorization,content-type')
        : undefined,
  }
}

function askPreflight(probe: Probe, url: string, method: string, headers: string): Promise<Reply> {
  return probe({
    url,
    method: 'OPTIONS',
    headers: {
      origin: foreignOrigin,
      'access-control-request-method': method,
      'access-control-request-headers': headers,
    },
  })
}

/** MCP, Authorization Server Metadata Discovery: in this order, the well-known part before the path first. */
export function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/+$/, '')
  const urls = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
  ]
  return path === '' ? urls : [...urls, `${origin}${path}/.well-known/openid-configuration`]
}

/** The first document of the MCP server that is one, which is what clients go by. */
export function firstMetadata(metadata: readonly MetadataLook[]): Answer | undefined {
  return metadata.map(({ reply }) => reply).find(isDocument)
}

function authorizationServers(metadata: readonly MetadataLook[]): string[] {
  const document = firstMetadata(metadata)
  const listed = document === undefined ? undefined : members(document).authorization_servers
  return Array.isArray(listed)
    ? listed.filter((each): each is string => typeof each === 'string' && URL.canParse(each))
    : []
}

/** Whether a reply is a JSON object with status 200. */
export function isDocument(reply: Reply): reply is Answer {
  return reply.kind === 'answer' && reply.status === 200 && Object.keys(members(reply)).length > 0
}

/** The members of an answer that is a JSON object; none of any other. */
export function members({ json }: Pick<Answer, 'json'>): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : {}
}
