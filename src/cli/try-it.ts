/** The command a start ends with: it signs somebody in at this very server, and works as it is printed. */
import { delimiter, join, relative, sep } from 'node:path'
import { type Client, mayUseGrant } from '../oauth/client.ts'
import type { ClientId } from '../shared/ids.ts'
import { isLoopbackHost } from './login/server-address.ts'

/**
 * A client that a sign-in can be tried with: on most servers the one that the first start made.
 *
 * @param newestFirst as the store lists them.
 */
export function clientToTry(newestFirst: readonly Client[]): ClientId | undefined {
  return newestFirst.findLast(
    (client) => client.type === 'public' && client.status === 'active' && mayUseGrant(client, 'device_code'),
  )?.id
}

/** Names server and client: the command may be run where neither settings nor credentials of this server are found. */
export function tryItCommand(
  caller: { program: string; workingFolder: string; searchPath: string },
  issuer: string,
  clientId: ClientId,
): string {
  const { protocol, hostname } = new URL(issuer)
  const needsInsecure = protocol === 'http:' && !isLoopbackHost(hostname)
  const options = ['--server', issuer, '--client-id', clientId, ...(needsInsecure ? ['--insecure'] : [])]
  return [nameOfProgram(caller), 'login', ...options].map(shellWord).join(' ')
}

/** How the program is called from where it was started: in a clone of the repository by its path there. */
function nameOfProgram({ program, workingFolder, searchPath }: Parameters<typeof tryItCommand>[0]): string {
  const below = relative(workingFolder, program)
  if (!below.startsWith('..')) return `.${sep}${below}`
  const installed = searchPath.split(delimiter).some((folder) => join(folder, 'authgate') === program)
  return installed ? 'authgate' : program
}

/** The text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
