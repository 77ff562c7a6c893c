/** `npm run check`: everything that can be known without running the server. The first failure does not hide the next. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const checks: readonly (readonly [what: string, ...command: string[]])[] = [
  ['format, lint, import arrows and bans', 'node_modules/@biomejs/biome/bin/biome', 'check'],
  ['types', 'node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'],
  ['generated documents', 'scripts/generate-docs.ts', '--check'],
]

for (const [what, ...command] of checks) {
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' })
  console.log(`${status === 0 ? '✔' : '✖'} ${what}`)
  if (status !== 0) process.exitCode = 1
}
