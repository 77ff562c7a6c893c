/** The program as its users run it: `bin/authgate` as processes, on a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'
import { endProcess, noCoverage, untilReady } from './process.ts'

/** Compiled, this file is three folders below the root of the repository. */
const program = fileURLToPath(new URL('../../../bin/authgate', import.meta.url))

export interface Command {
  child: ChildProcess
  /** What it wrote so far. */
  output: { out: string; err: string }
  /** Resolves when it has ended and everything it wrote has arrived. */
  ended: Promise<{ exitCode: number | null; out: string; err: string }>
  /** Resolves with the first match in standard output. @throws when the command ends without it. */
  seen(pattern: RegExp): Promise<RegExpExecArray>
}

export interface ServerProcess {
  url: string
  /** Holds the database, the credentials, and whatever a test puts there. */
  folder: string
  /** Id of the client that a first start makes. */
  clientId: string
  /** The server itself. */
  server: Command
  /**
   * Runs `authgate …` beside the server, with its settings; with `terminal`, in a terminal of its own; with `input` on
   * standard input.
   */
  run(
    args: readonly string[],
    options?: { environment?: Record<string, string>; terminal?: boolean; input?: string },
  ): Command
  /** Ends every command that still runs, then the server, and removes the folder. */
  stop(): Promise<void>
}

/**
 * Runs `authgate …` once, with these settings only.
 * @param options.input what it finds on standard input; without it there is none.
 * @param options.wrapper a command that runs the one after it, such as `setpriv`.
 */
export function runAuthgate(
  args: readonly string[],
  settings: Record<string, string>,
  cwd: string,
  { input, wrapper = [] }: { input?: string; wrapper?: readonly string[] } = {},
): Command {
  const environment = { PATH: process.env.PATH ?? '', HOME: cwd, ...settings }
  return start([...wrapper, process.execPath, program, ...args], cwd, environment, input)
}

/** @param existing the folder of a server that ran before; it stays when this one stops. */
export async function startServerProcess(
  environment: Record<string, string> = {},
  existing?: string,
): Promise<ServerProcess> {
  const folder = existing ?? mkdtempSync(join(tmpdir(), 'authgate-process-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const settings = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    SERVER_ADDR: `127.0.0.1:${port}`,
    BASE_URL: url,
    DATA_DIR: folder,
    DATABASE_PATH: join(folder, 'authgate.db'),
    ...environment,
  }
  const commands: Command[] = []
  const run: ServerProcess['run'] = (args, options = {}) => {
    const direct = [process.execPath, program, ...args]
    const command = start(
      options.terminal === true ? inTerminal(direct) : direct,
      folder,
      { ...settings, ...options.environment },
      options.input,
    )
    commands.push(command)
    return command
  }
  const stop = async (): Promise<void> => {
    for (const { child } of commands.reverse()) await endProcess(child)
    if (existing === undefined) rmSync(folder, { recursive: true, force: true })
  }
  const server = run(['server'])
  try {
    await untilReady(
      server.child,
      async () => (await fetch(`${url}/readyz`)).ok,
      () => server.output.out + server.output.err,
    )
    const credentials = readFileSync(join(folder, 'authgate-credentials.txt'), 'utf8')
    const clientId = /^client_id: (.+)$/m.exec(credentials)?.[1]
    if (clientId === undefined) throw new Error('The credentials file names no client')
    return { url, folder, clientId, server, run, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** `script` of util-linux gives the command a terminal and copies what it writes. */
function inTerminal(command: readonly string[]): string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
  return ['script', '--quiet', '--flush', '--return', '--command', quoted.join(' '), '/dev/null']
}

function start(
  command: readonly string[],
  cwd: string,
  env: Record<string, string>,
  input: string | undefined,
): Command {
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    env: { ...env, ...noCoverage },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A command that does not read it may be gone before it is written.
  child.stdin.on('error', () => undefined).end(input)
  const output = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    output.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.err += chunk
  })
  const ended = once(child, 'close').then(([exitCode]) => ({
    exitCode: exitCode as number | null,
    ...output,
  }))
  return {
    child,
    output,
    ended,
    async seen(pattern) {
      for (;;) {
        const match = pattern.exec(output.out)
        if (match !== null) return match
        const more = once(child.stdout, 'data')
        if (Array.isArray(await Promise.race([more, ended]))) continue
        throw new Error(`${command.join(' ')} ended without ${pattern}:\n${output.out}${output.err}`)
      }
    },
  }
}
