/** Where the token is kept: one file per server and client, readable by its owner only. */
import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { members, textOf } from './http.ts'

/** The members of a token file, in the wire's names so that other tools can read it. */
export interface TokenFile {
  server: string
  client_id: string
  access_token: string
  refresh_token?: string
  scope: string
  token_type: string
  /** Seconds since the epoch; absent when the server did not say. */
  expires_at?: number
}

/**
 * `$XDG_CONFIG_HOME`, or `~/.config`; the XDG specification ignores a relative value.
 *
 * @param home asked only when needed; throws for a user without any, as containers have.
 * @returns `undefined` when there is neither.
 */
export function configHome(
  env: Readonly<Record<string, string | undefined>>,
  home: () => string,
): string | undefined {
  const configured = env.XDG_CONFIG_HOME
  if (configured?.startsWith('/')) return configured
  try {
    return join(home(), '.config')
  } catch {
    return undefined
  }
}

/**
 * `<config>/authgate/tokens/<scheme>_<host>[_<port>]_<client>.json`: a name of its own for every server and client, also
 * where file names know no case. No part can leave the folder or outgrow a file name.
 */
export function tokenFilePath(configFolder: string, server: string, clientId: string): string {
  const { protocol, hostname, port, pathname } = new URL(server)
  const host = `${hostname}${pathname === '/' ? '' : pathname}`
  const parts = [protocol.slice(0, -1), host, ...(port === '' ? [] : [port]), clientId]
  return join(tokenFolder(configFolder), `${parts.map(fileNamePart).join('_')}.json`)
}

function tokenFolder(configFolder: string): string {
  return join(configFolder, 'authgate', 'tokens')
}

/** Paths of every token file, whichever server it is of. */
export async function tokenFilePaths(configFolder: string): Promise<string[]> {
  const folder = tokenFolder(configFolder)
  try {
    const names = await readdir(folder)
    return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name))
  } catch {
    // Nobody signed in yet.
    return []
  }
}

/** @returns `undefined` when there is none, or what is there is none. */
export async function readTokenFile(path: string): Promise<TokenFile | undefined> {
  try {
    return parseTokenFile(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** @returns `undefined` for text that is no token file. */
export function parseTokenFile(text: string): TokenFile | undefined {
  let json: Readonly<Record<string, unknown>>
  try {
    json = members(JSON.parse(text))
  } catch {
    return undefined
  }
  const server = textOf(json.server)
  const clientId = textOf(json.client_id)
  const accessToken = textOf(json.access_token)
  if (server === undefined || clientId === undefined || accessToken === undefined) return undefined
  const refreshToken = textOf(json.refresh_token)
  return {
    server,
    client_id: clientId,
    access_token: accessToken,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    scope: textOf(json.scope) ?? '',
    token_type: textOf(json.token_type) ?? 'Bearer',
    ...(typeof json.expires_at === 'number' ? { expires_at: json.expires_at } : {}),
  }
}

function fileNamePart(text: string): string {
  // Without an underscore, which stands between two parts.
  if (/^[a-z0-9][a-z0-9.-]{0,79}$/.test(text)) return text
  // What had to be changed gets a digest, behind a sign that unchanged text cannot have.
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const readable = text.toLowerCase().replace(/[^a-z0-9-]+/g, '-')
  return `${readable.slice(0, 60)}~${digest}`
}

/** Keeps what a sign-in brought: folder 0700, file 0600. */
export async function writeTokenFile(path: string, content: TokenFile): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // The folder may be older than this rule.
  await chmod(folder, 0o700)
  await replaceTokenFile(path, content)
}

/**
 * Writes the file (0600) so that a reader sees the old content or the new, never a part, whatever happens in between. Its
 * folder is left as it is.
 */
export async function replaceTokenFile(path: string, content: TokenFile): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
