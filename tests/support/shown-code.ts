/** Code that pages show, run as what it is. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// biome-ignore lint/suspicious/noExplicitAny: what pages show is JavaScript without types.
export type Shown = Record<string, (...given: any[]) => any>

interface Cleaning {
  after(body: () => void): void
}

/** Runs code of a page as the module it is, where it finds the libraries. */
export async function loadShown(t: Cleaning, code: string): Promise<Shown> {
  const folder = mkdtempSync(join(import.meta.dirname, 'shown-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'shown.mjs')
  writeFileSync(file, code)
  return import(pathToFileURL(file).href)
}

/** A terminal in which somebody pastes one piece of a page after another. */
export interface Shell {
  /** What is set in it, as the commands read it. */
  readonly variables: Record<string, string>
  /** @throws {Error} with what the commands complained about, when one fails. */
  run(commands: string): Promise<string>
}

export function openShell(t: Cleaning): Shell {
  const folder = mkdtempSync(join(import.meta.dirname, 'shell-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const environment = join(folder, 'environment')
  const shell: Shell = {
    variables: {},
    run: (commands) =>
      new Promise((resolve, reject) => {
        const script = `set -euo pipefail\nset -a\n${commands}\nenv -0 > '${environment}'`
        const env = { PATH: process.env.PATH, HOME: folder, ...shell.variables }
        execFile('bash', ['-c', script], { env }, (error, stdout, stderr) => {
          if (error !== null) {
            reject(new Error(`${commands}\n${stderr}`))
            return
          }
          const pairs = readFileSync(environment, 'utf8')
            .split('\0')
            .filter((pair) => /^[a-z_]+=/.test(pair))
          for (const pair of pairs) {
            const equals = pair.indexOf('=')
            shell.variables[pair.slice(0, equals)] = pair.slice(equals + 1)
          }
          resolve(stdout)
        })
      }),
  }
  return shell
}
