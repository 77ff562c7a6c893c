/** `authgate login` as a command: options, environment, signals; everything else is in `login.ts`. */
import { homedir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { systemClock } from '../../shared/clock.ts'
import { version } from '../../version.ts'
import { hasBrowser, openBrowser } from './browser.ts'
import { localClientId } from './credentials-file.ts'
import { defaultHttpLimits } from './http.ts'
import { jsonView } from './json-view.ts'
import { login } from './login.ts'
import { plainView } from './plain-view.ts'
import { exitCodes, LoginFailure, problemOf, problems } from './problem.ts'
import { parseServer } from './server-address.ts'
import { terminalStyle, wantsColor, wantsUnicode } from './style.ts'
import { type Terminal, terminalView } from './terminal-view.ts'
import { configHome } from './token-file.ts'
import type { LoginView } from './view.ts'

interface LoginOptions {
  server?: string
  clientId?: string
  scope?: string
  json: boolean
  showToken: boolean
  browser: boolean
  insecure: boolean
  verbose: boolean
}

/**
 * The command, to be added to a program. However the sign-in ends, it is told and sets `process.exitCode`; nothing is
 * thrown. Options that do not exist end the process, as commander has it.
 *
 * @param dataDir the configured folder of a server on this machine, where its first start left the id of a client.
 */
export function loginCommand(dataDir?: string): Command {
  return new Command('login')
    .description('Sign in to an authorization server with a code (RFC 8628)')
    .option('--server <url>', 'the server (default: AUTHGATE_SERVER, or http://localhost:8080)')
    .option(
      '--client-id <id>',
      'the client (default: AUTHGATE_CLIENT_ID, or the one a local first start made)',
    )
    .option('--scope <scopes>', 'what to ask for, separated by spaces (default: what the server gives)')
    .option('--json', 'print one JSON object per line: events code, waiting, signed_in, error', false)
    .option('--show-token', 'with --json: print the tokens too', false)
    .option('--no-browser', 'do not open a browser')
    .option('--insecure', 'allow plain http to other machines', false)
    .option('--verbose', 'say on standard error what is requested', false)
    .addHelpText(
      'after',
      `
The token is kept in $XDG_CONFIG_HOME/authgate/tokens (or ~/.config/authgate/tokens), readable by you only.
With a scope of the Admin API it lets authgate client, user, token, keys and resource work with --server.

Exit codes: ${exitCodes.ok} signed in, ${exitCodes.failure} failed, ${exitCodes.usage} wrong usage, ${exitCodes.denied} denied, ${exitCodes.expired} code expired, ${exitCodes.interrupted} interrupted.`,
    )
    .exitOverride((error) => process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage))
    .action(async (options: LoginOptions) => {
      process.exitCode = await run(options, dataDir)
    })
}

async function run(options: LoginOptions, dataDir: string | undefined): Promise<number> {
  const { env } = process
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.once(signal, stop)
  // A reader that has gone away (`| head -1`) ends the sign-in like Ctrl-C. Kept to the end of the process: the
  // last words, too, may find nobody.
  process.stdout.on('error', stop)

  const view = chooseView(options, env)
  try {
    const server = parseServer(
      options.server ?? (env.AUTHGATE_SERVER || 'http://localhost:8080'),
      options.insecure,
    )
    const folders = [...(dataDir ? [dataDir] : []), process.cwd()]
    const clientId = options.clientId ?? (env.AUTHGATE_CLIENT_ID || localClientId(server, folders))
    if (!clientId) throw new LoginFailure(problems.missingClientId(server))
    const configFolder = configHome(env, homedir)
    if (configFolder === undefined) throw new LoginFailure(problems.noHome())
    const showsBrowser = options.browser && !options.json && hasBrowser(env, process.platform)
    return await login(
      {
        server,
        clientId,
        scope: options.scope,
        allowInsecure: options.insecure,
        configFolder,
      },
      {
        fetch,
        clock: systemClock,
        sleep: (seconds, signal) => delay(seconds * 1000, undefined, { signal }),
        httpLimits: defaultHttpLimits,
        userAgent: `authgate-cli/${version} (${process.platform}; ${process.arch})`,
        signal: stopping.signal,
        view,
        openBrowser: showsBrowser ? openBrowser : undefined,
        trace: options.verbose ? (line) => process.stderr.write(`  ${line}\n`) : () => {},
      },
    )
  } catch (error) {
    const problem = problemOf(error)
    view.failed(problem)
    return problem.exitCode
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}

function chooseView(options: LoginOptions, env: NodeJS.ProcessEnv): LoginView {
  const { stdout, stderr } = process
  const output = {
    write: (text: string) => void stdout.write(text),
    writeError: (text: string) => void stderr.write(text),
  }
  if (options.json) return jsonView(output.write, { showToken: options.showToken })
  // Lines of the trace would tear the picture apart, so a verbose sign-in is a plain one.
  const live = stdout.isTTY && env.TERM !== 'dumb' && !options.verbose
  const style = terminalStyle({ color: stdout.isTTY && wantsColor(env), unicode: wantsUnicode(env) })
  if (!live) return plainView(output, systemClock, style)
  const terminal: Terminal = {
    ...output,
    window: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    onResize: (changed) => {
      stdout.on('resize', changed)
      return () => stdout.off('resize', changed)
    },
    every: (milliseconds, tick) => {
      const timer = setInterval(tick, milliseconds)
      return () => clearInterval(timer)
    },
  }
  return terminalView(terminal, systemClock, style)
}
