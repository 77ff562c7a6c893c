/**
 * The token that is sent to a server: from a file or the environment, else the one that `authgate login` kept, which is
 * renewed when it has to be. Never from an option, which everybody on the machine could read in the list of processes.
 */
import { createReadStream } from 'node:fs'
import { type ApiScope, covers, isReservedScope } from '../../../oauth/api-scopes.ts'
import type { Clock } from '../../../shared/clock.ts'
import { CommandError } from '../../command-error.ts'
import type { Http } from '../../login/http.ts'
import { isExpired, renew } from '../../login/refresh.ts'
import { isLoopbackHost } from '../../login/server-address.ts'
import {
  parseTokenFile,
  readTokenFile,
  type TokenFile,
  tokenFilePath,
  tokenFilePaths,
} from '../../login/token-file.ts'
import { printable } from '../../login/words.ts'
import { shellWord } from '../../try-it.ts'

export interface Credentials {
  /** @throws {LoginFailure} | {CommandError} when a kept one cannot be renewed. */
  token(): Promise<string>
  /** After the server refused the token: gets another. @returns false when there is no way to. */
  renew(): Promise<boolean>
  /** What the token may do, where that is known. */
  scopes(): readonly string[] | undefined
  /** The command that gets a token which reaches `scope`. */
  signInCommand(scope: ApiScope): string
}

export interface CredentialSources {
  http: Http
  clock: Clock
  /** As `parseServer` gives it. */
  server: string
  allowInsecure: boolean
  tokenFile: string | undefined
  environmentToken: string | undefined
  /** Client whose sign-in is to be used, and the one preferred among several. */
  clientId: string | undefined
  usualClientId: string | undefined
  /** `undefined` for a user without any. */
  configFolder: string | undefined
}

/** @throws {CommandError} when there is no token, or none that can be used. */
export async function findCredentials(sources: CredentialSources): Promise<Credentials> {
  const { tokenFile, environmentToken, server } = sources
  const command = signInCommandOf(sources)
  if (tokenFile !== undefined) {
    const text = (await readBounded(tokenFile)).trim()
    const kept = parseTokenFile(text)
    if (kept === undefined) return fixed(text, `the token in ${tokenFile}`, command(undefined))
    if (kept.server !== server) {
      throw new CommandError(
        `the token in ${tokenFile} is of ${printable(kept.server)}, and not of ${server}`,
      )
    }
    return keptAt(tokenFile, kept, sources)
  }
  if (environmentToken !== undefined && environmentToken !== '') {
    return fixed(environmentToken.trim(), 'AUTHGATE_TOKEN', command(undefined))
  }
  const { path, kept } = await findKept(sources)
  return keptAt(path, kept, sources)
}

/** A token and nothing to renew it with. */
function fixed(token: string, what: string, signInCommand: Credentials['signInCommand']): Credentials {
  requireSendable(token, what)
  return { token: async () => token, renew: async () => false, scopes: () => undefined, signInCommand }
}

/** RFC 6750 §2.1: what a header field may carry; a message about another would have the token in it. */
function requireSendable(token: string, what: string): void {
  if (!/^[\w.~+/-]+=*$/.test(token)) throw new CommandError(`${what} is no access token`)
}

function keptAt(path: string, found: TokenFile, sources: CredentialSources): Credentials {
  const { http, clock, allowInsecure, server } = sources
  const signInCommand = signInCommandOf(sources)(found)
  let kept = found
  const renewed = async (): Promise<boolean> => {
    const renewal = await renew({ http, clock, path, seen: kept, allowInsecure })
    if (renewal.kind === 'renewed') kept = renewal.kept
    return renewal.kind === 'renewed'
  }
  return {
    async token() {
      if (isExpired(kept, clock) && !(await renewed())) {
        throw new CommandError(`the sign-in to ${server} is over: ${signInCommand(usualScope(kept))}`)
      }
      if (kept.token_type.toLowerCase() !== 'bearer') {
        throw new CommandError(`the token in ${path} is no bearer token, which is what this command can send`)
      }
      requireSendable(kept.access_token, `the token in ${path}`)
      return kept.access_token
    },
    renew: renewed,
    scopes: () => kept.scope.split(' '),
    signInCommand,
  }
}

/** The sign-in that reaches the API, of the client that is named. */
async function findKept(sources: CredentialSources): Promise<{ path: string; kept: TokenFile }> {
  const { server, configFolder, clientId, usualClientId } = sources
  const signIn = signInCommandOf(sources)
  const all = configFolder === undefined ? [] : await listKept(configFolder, server, clientId)
  if (all.length === 0) {
    const as = clientId === undefined ? '' : ` with the client ${clientId}`
    throw new CommandError(
      `you are not signed in to ${server}${as}: ${signIn(undefined)('authgate:admin')} (or pass a token with --token-file or AUTHGATE_TOKEN)`,
    )
  }
  const reaching = all.filter(({ kept }) => kept.scope.split(' ').some(isReservedScope))
  const [only, ...others] = reaching
  if (only === undefined) {
    throw new CommandError(
      `you are signed in to ${server} without a scope of its Admin API: ${signIn(all[0]!.kept)('authgate:admin')}`,
    )
  }
  if (others.length === 0) return only
  const usual = reaching.find(({ kept }) => kept.client_id === usualClientId)
  if (usual !== undefined) return usual
  const clients = reaching.map(({ kept }) => kept.client_id).join(', ')
  throw new CommandError(
    `you are signed in to ${server} with several clients: pass --as with one of ${clients}`,
  )
}

async function listKept(
  configFolder: string,
  server: string,
  clientId: string | undefined,
): Promise<{ path: string; kept: TokenFile }[]> {
  const paths =
    clientId === undefined
      ? await tokenFilePaths(configFolder)
      : [tokenFilePath(configFolder, server, clientId)]
  const files = await Promise.all(paths.map(async (path) => ({ path, kept: await readTokenFile(path) })))
  return files.filter((file): file is { path: string; kept: TokenFile } => file.kept?.server === server)
}

/** What a renewed sign-in should reach: what it did. */
function usualScope({ scope }: TokenFile): ApiScope {
  return scope.split(' ').includes('authgate:admin') ? 'authgate:admin' : 'authgate:read'
}

function signInCommandOf({
  server,
  allowInsecure,
  clientId,
  usualClientId,
}: CredentialSources): (kept: TokenFile | undefined) => Credentials['signInCommand'] {
  const { protocol, hostname } = new URL(server)
  return (kept) => (scope) => {
    const client = clientId ?? kept?.client_id ?? usualClientId
    const before = (kept?.scope || 'openid').split(' ')
    const scopes = covers(before, scope) ? before : [...before, scope]
    const words = [
      ...['authgate', 'login', '--server', server],
      ...['--client-id', client === undefined ? 'ID' : printable(client, Infinity)],
      ...['--scope', printable(scopes.join(' '), Infinity)],
      ...(allowInsecure && protocol === 'http:' && !isLoopbackHost(hostname) ? ['--insecure'] : []),
    ]
    const which = client === undefined ? 'where ID is a client' : 'whose client has to be one'
    return `run ${words.map(shellWord).join(' ')}, ${which} that an operator gave ${scope}`
  }
}

/** Longer ones are no tokens. */
const maxTokenBytes = 64 * 1024

async function readBounded(file: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of createReadStream(file)) {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxTokenBytes) throw new Error('it is too long')
    }
  } catch (error) {
    throw new CommandError(`the token in ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
  return Buffer.concat(chunks).toString('utf8')
}
