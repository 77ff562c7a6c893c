/** The client id a first start leaves in `authgate-credentials.txt` beside the database. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLoopbackHost } from './server-address.ts'

export const CREDENTIALS_FILE = 'authgate-credentials.txt'

/** The `client_id` of `key: value` lines. */
export function parseClientId(text: string): string | undefined {
  return /^client_id:[ \t]*(\S+)[ \t]*$/m.exec(text)?.[1]
}

/**
 * The client id of the server on this machine, from the first readable file of `folders`.
 *
 * @returns `undefined` for a server elsewhere: the file says nothing about it.
 */
export function localClientId(server: string, folders: readonly string[]): string | undefined {
  if (!isLoopbackHost(new URL(server).hostname)) return undefined
  for (const folder of folders) {
    let text: string
    try {
      text = readFileSync(join(folder, CREDENTIALS_FILE), 'utf8')
    } catch {
      continue
    }
    const clientId = parseClientId(text)
    if (clientId !== undefined) return clientId
  }
  return undefined
}
