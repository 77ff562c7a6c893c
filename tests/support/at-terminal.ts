/** An administrator at a terminal, with a home of their own, who works on a server from afar. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TokenFile } from '../../src/cli/login/token-file.ts'
import type { ClientId } from '../../src/shared/ids.ts'
import type { Listening } from './listening.ts'
import { runAuthgate } from './server-process.ts'

export interface Ended {
  exitCode: number | null
  out: string
  err: string
}

export interface Terminal {
  /** The folder that `HOME` names and commands run in. */
  readonly home: string
  run(
    args: readonly string[],
    options?: { environment?: Record<string, string>; input?: string },
  ): Promise<Ended>
  /** `authgate login`, which the administrator allows in a browser. @returns the file with the token. */
  signIn(server: Listening, clientId: string, scope: string): Promise<KeptToken>
  remove(): void
}

export interface KeptToken {
  readonly path: string
  read(): TokenFile
  write(changes: Partial<TokenFile>): void
}

export function openTerminal(): Terminal {
  const home = mkdtempSync(join(tmpdir(), 'authgate-terminal-'))
  return {
    home,
    run: (args, { environment = {}, input } = {}) =>
      runAuthgate(args, environment, home, input === undefined ? {} : { input }).ended,
    async signIn(server, clientId, scope) {
      const command = runAuthgate(
        ['login', '--server', server.url, '--client-id', clientId, '--scope', scope, '--json'],
        {},
        home,
      )
      const [, code = ''] = await command.seen(/"user_code":"([^"]+)"/)
      await server.allowDevice(code)
      const { exitCode, out, err } = await command.ended
      if (exitCode !== 0) throw new Error(`signing in ended with ${exitCode}: ${out}${err}`)
      const { token_file: path } = JSON.parse(out.trimEnd().split('\n').at(-1)!)
      const read = (): TokenFile => JSON.parse(readFileSync(path, 'utf8'))
      return {
        path,
        read,
        write: (changes) => writeFileSync(path, JSON.stringify({ ...read(), ...changes })),
      }
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}

/** A public client for administrators at a terminal, as docs/api.md has it. */
export async function adminClient({ test }: Listening, scope = 'openid authgate:admin'): Promise<ClientId> {
  const { client } = await test.administration.clients.create(
    { name: 'Admin CLI', scope },
    { type: 'system' },
  )
  return client.id
}
