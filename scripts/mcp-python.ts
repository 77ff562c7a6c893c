/**
 * The official Python client of the Model Context Protocol for the tests: a virtual environment below `node_modules`,
 * made once from whatever package index pip is configured for.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const release = '2.3.0'
/** Whoever has no way to a package index must not wait for it long. */
const timeLimitMs = 120_000
const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url))

/**
 * @param python the interpreter to build on.
 * @returns the interpreter that knows the client; `undefined` when it cannot be had, which is logged.
 */
export async function mcpPython(
  python: string,
  log: (line: string) => void,
  stopping: AbortSignal,
): Promise<string | undefined> {
  const folder = join(cache, `mcp-python-${release}`)
  const found = join(folder, 'bin', 'python')
  if (existsSync(found)) return found
  log(`Installing what the tests need: mcp ${release} for Python`)
  const begun = `${folder}.${process.pid}`
  mkdirSync(cache, { recursive: true })
  try {
    await run(python, ['-m', 'venv', begun], stopping)
    const options = [
      '--quiet',
      '--disable-pip-version-check',
      '--no-input',
      '--prefer-binary',
      '--retries',
      '1',
    ]
    // Through the module: scripts of an environment name the folder it was made in.
    await run(join(begun, 'bin', 'python'), ['-m', 'pip', 'install', ...options, `mcp==${release}`], stopping)
    // Whole or not at all, also beside another run.
    if (!existsSync(found)) renameSync(begun, folder)
    return found
  } catch (error) {
    log(`mcp for Python cannot be installed: ${(error as Error).message}`)
    return undefined
  } finally {
    rmSync(begun, { recursive: true, force: true })
  }
}

async function run(command: string, args: string[], stopping: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeLimitMs)])
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], signal })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = `${errors}${text}`.slice(-2000)
  })
  const [exitCode] = await once(child, 'close')
  if (exitCode !== 0) throw new Error(errors.trim().split('\n').at(-1) || `exit status ${exitCode}`)
}
