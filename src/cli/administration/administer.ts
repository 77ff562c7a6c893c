/**
 * What the administrative commands share: options that say where they work, the database that is configured or a server,
 * and what is said when it does not work.
 */
import { homedir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { systemClock } from '../../shared/clock.ts'
import { version } from '../../version.ts'
import { CommandError, sayingMistakes } from '../command-error.ts'
import type { AdministrationTools } from '../database.ts'
import { httpClient } from '../login/http.ts'
import { parseServer } from '../login/server-address.ts'
import { configHome } from '../login/token-file.ts'
import type { ProgramContext } from '../program.ts'
import type { Administration } from './port.ts'
import { remoteAdministration } from './remote/administration.ts'
import { createApi } from './remote/api.ts'
import { findCredentials } from './remote/credentials.ts'

interface Where {
  server?: string
  as?: string
  tokenFile?: string
  insecure?: boolean
}

/** A hash of a password takes a while on a small machine; a page of a list is some hundred kilobytes. */
const limits = { timeoutMs: 30_000, maxBodyBytes: 8 * 1024 * 1024 }

/** A command whose subcommands work on the configured database or, told so, on a server. */
export function administrativeCommand(name: string): Command {
  return new Command(name)
    .option(
      '--server <url>',
      'work on this server through its Admin API (default: AUTHGATE_SERVER, or the database)',
    )
    .option(
      '--token-file <file>',
      'file with the token for it (default: AUTHGATE_TOKEN, or what authgate login kept)',
    )
    .option(
      '--as <client-id>',
      'the client whose sign-in is used, where several are kept (AUTHGATE_CLIENT_ID)',
    )
    .option('--insecure', 'allow plain http to other machines')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `
To work on a server, sign in with a client that an operator gave a scope of its Admin API:
  authgate login --server https://auth.example.com --client-id ID --scope "openid authgate:admin"
A token is never an option: everybody on the machine can read those in the list of processes.`,
    )
}

/** Runs an act of a subcommand of `command`, and says in one line what it could not do. */
export function administer(
  context: ProgramContext,
  command: Command,
  body: (administration: Administration) => Promise<void>,
): Promise<void> {
  return sayingMistakes(async () => {
    const server = serverOf(command)
    if (server !== undefined) {
      await body(await connect(server, command.opts<Where>()))
      return
    }
    const { localAdministration } = await import('./local/administration.ts')
    const { withDatabase } = await import('../database.ts')
    await withDatabase(context, (tools) => body(localAdministration(tools)))
  })
}

/** The same for what the Admin API cannot do. */
export function administerDatabase(
  context: ProgramContext,
  command: Command,
  body: (tools: AdministrationTools) => Promise<void>,
): Promise<void> {
  return sayingMistakes(async () => {
    if (serverOf(command) !== undefined) {
      throw new CommandError(
        'the Admin API cannot do this: run it where the database of the server is, without --server and AUTHGATE_SERVER',
      )
    }
    const { withDatabase } = await import('../database.ts')
    await withDatabase(context, body)
  })
}

/** An empty one is none, so that a variable can be taken back for one command. */
function serverOf(command: Command): string | undefined {
  return (command.opts<Where>().server ?? process.env.AUTHGATE_SERVER) || undefined
}

async function connect(address: string, where: Where): Promise<Administration> {
  const { env } = process
  const allowInsecure = where.insecure === true
  const server = parseServer(address, allowInsecure)
  const http = httpClient({
    fetch,
    clock: systemClock,
    userAgent: `authgate-cli/${version} (${process.platform}; ${process.arch})`,
    signal: new AbortController().signal,
    limits,
    trace: () => {},
  })
  const credentials = await findCredentials({
    http,
    clock: systemClock,
    server,
    allowInsecure,
    tokenFile: where.tokenFile,
    environmentToken: env.AUTHGATE_TOKEN,
    clientId: where.as,
    usualClientId: env.AUTHGATE_CLIENT_ID || undefined,
    configFolder: configHome(env, homedir),
  })
  const api = createApi({ http, clock: systemClock, server, credentials, pause })
  return remoteAdministration(api, server)
}

async function pause(seconds: number): Promise<void> {
  console.error(`The server asks to slow down; going on in ${seconds} seconds.`)
  await delay(seconds * 1000)
}
