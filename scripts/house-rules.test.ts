/** The arrows and bans in `biome.json` do fire, where they should and nowhere else: a pattern that matches nothing is silent. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'

// Tests run from the repository's root.
const root = process.cwd()
const folder = mkdtempSync(join(tmpdir(), 'house-rules-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const clock = /injected Clock/
const random = /injected Random/
const settings = /take settings from Config/i
const promClient = /prom-client/

const cases: { file: string; line: string; found: RegExp | undefined }[] = [
  { file: 'src/oauth/a.ts', line: 'export const now = Date.now()', found: clock },
  { file: 'src/http/a.ts', line: 'export const now = new Date()', found: clock },
  { file: 'src/http/a.ts', line: 'export const then = new Date(5)', found: undefined },
  { file: 'src/views/a.tsx', line: 'export const draw = Math.random()', found: random },
  { file: 'src/app.ts', line: 'export const home = process.env.HOME', found: settings },
  { file: 'src/main.ts', line: 'export const home = process.env.HOME', found: undefined },
  { file: 'src/cli/client.ts', line: 'export const home = process.env.HOME', found: undefined },
  { file: 'src/shared/clock.ts', line: 'export const now = Date.now()', found: undefined },
  { file: 'src/shared/other.ts', line: 'export const now = Date.now()', found: clock },
  { file: 'src/oauth/a.test.ts', line: 'export const now = Date.now()', found: undefined },
  { file: 'scripts/a.ts', line: 'export const now = Date.now()', found: undefined },

  { file: 'src/shared/a.ts', line: "export { a } from '../events/bus.ts'", found: /neutral ground/ },
  { file: 'src/shared/a.ts', line: "export { a } from './ids.ts'", found: undefined },
  { file: 'src/oauth/token/a.ts', line: "export { a } from '../../http/server.ts'", found: /inward/ },
  { file: 'src/accounts/a.ts', line: "export { a } from '../views/layout.tsx'", found: /inward/ },
  { file: 'src/accounts/a.ts', line: "export { a } from '../app.ts'", found: /inward/ },
  { file: 'src/oauth/a.ts', line: "export { a } from '../storage/sqlite.ts'", found: /ports/ },
  { file: 'src/oauth/a.ts', line: "export { a } from '../storage/sql/rows.ts'", found: /ports/ },
  { file: 'src/oauth/a.ts', line: "export type { a } from '../storage/storage.ts'", found: undefined },
  { file: 'src/oauth/a.ts', line: "export { a } from '../observability/log.ts'", found: /announces events/ },
  { file: 'src/oauth/a.ts', line: "export { a } from '../accounts/store.ts'", found: undefined },
  { file: 'src/oauth/a.ts', line: "export { a } from 'fastify'", found: /knows no HTTP/ },
  { file: 'src/limits/a.ts', line: "export { a } from 'pino'", found: /announces events/ },
  { file: 'src/oauth/a.test.ts', line: "export { a } from '../storage/sqlite.ts'", found: undefined },
  { file: 'src/storage/sql/a.ts', line: "export { a } from '../../http/server.ts'", found: /knows nothing/ },
  { file: 'src/storage/sql/a.ts', line: "export { a } from '../../oauth/client.ts'", found: undefined },
  {
    file: 'src/storage/sql/a.ts',
    line: "export type { a } from '../../observability/audit-record.ts'",
    found: undefined,
  },
  { file: 'src/storage/a.ts', line: "export { a } from '../observability/metrics.ts'", found: /observes/ },
  { file: 'src/views/pages/a.tsx', line: "export { a } from '../../storage/storage.ts'", found: /function/ },
  { file: 'src/http/a.ts', line: "export { a } from '../oauth/client.ts'", found: undefined },

  { file: 'src/http/a.ts', line: "export { a } from 'prom-client'", found: promClient },
  { file: 'src/storage/a.ts', line: "export { a } from 'prom-client'", found: promClient },
  { file: 'src/observability/log.ts', line: "export { a } from 'prom-client'", found: promClient },
  { file: 'src/observability/metrics.ts', line: "export { a } from 'prom-client'", found: undefined },
]

/** Writes every case to its file, one line each, and lints them all at once: `file:line` → message. */
function lint(): Map<string, string> {
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'))
  cpSync(join(root, 'scripts/house-rules.grit'), join(folder, 'scripts/house-rules.grit'))
  const files = Map.groupBy(cases, ({ file }) => file)
  for (const [file, lines] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), lines.map(({ line }) => line).join('\n'))
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const { stdout } = spawnSync(
    process.execPath,
    [biome, 'lint', '--reporter=json', '--max-diagnostics=none'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  )
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; message: string; location: { path: string; start: { line: number } } }[]
  }
  return new Map(
    diagnostics
      .filter(({ category }) => category === 'plugin' || category.endsWith('noRestrictedImports'))
      .map(({ message, location }) => [`${location.path}:${location.start.line}`, message]),
  )
}

const found = lint()

for (const { file, line, found: expected } of cases) {
  test(`${file} ${expected === undefined ? 'may' : 'may not'}: ${line}`, () => {
    const number = cases.filter((other) => other.file === file).findIndex((other) => other.line === line) + 1
    const message = found.get(`${file}:${number}`)
    if (expected === undefined) assert.equal(message, undefined)
    else assert.match(message ?? 'nothing was found', expected)
  })
}
