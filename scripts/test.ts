/**
 * `npm test`: static checks, build, services, every test, and the floor of line coverage. The last line is always
 * `N passed, N failed`, followed by `, N skipped` when something was.
 *
 * `npm test -- device login` runs only the test files whose path contains one of the words, without checks and
 * without the coverage floor.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { type Services, startServices } from './services.ts'

/** Percent of the lines of src/ that the tests must run, files they never load included. */
const LINE_COVERAGE_FLOOR = 80
/** No test file may take longer; something hangs. */
const FILE_TIMEOUT_MS = 10 * 60_000

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
// Coverage is counted in lines of the sources only when this process reads source maps.
if (!process.execArgv.includes('--enable-source-maps')) throw new Error('Run this as `npm test`')
const filters = process.argv.slice(2).filter((argument) => argument !== '--')
const tally = { passed: 0, failed: 0, skipped: 0 }

const temporary = mkdtempSync(join(tmpdir(), 'authgate-tests-'))
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())

let services: Services | undefined
try {
  if (filters.length === 0) staticChecks()
  if (check('build', ['scripts/build.ts'])) {
    services = await startServices(console.log, stopping.signal)
    for (const line of services.missing) console.log(line)
    // Whatever tests leave in the folder for temporary files, killed ones too, goes with it.
    Object.assign(process.env, services.env, { TMPDIR: temporary })
    await runTests(testFiles())
  }
} catch (error) {
  tally.failed++
  if (!stopping.signal.aborted) console.error(error)
} finally {
  await services?.stop()
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
}
const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''
console.log(`${tally.passed} passed, ${tally.failed} failed${skipped}`)
process.exitCode = stopping.signal.aborted ? 130 : tally.failed > 0 ? 1 : 0

function staticChecks(): void {
  check('format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check'])
  if (existsSync('scripts/check.ts')) check('generated documents', ['scripts/check.ts'])
}

/** Runs a program of ours with this Node; its success or failure counts like a test. */
function check(name: string, args: string[]): boolean {
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const passed = status === 0
  tally[passed ? 'passed' : 'failed']++
  console.log(`${passed ? '✔' : '✖'} ${name}`)
  return passed
}

function testFiles(): string[] {
  const files = globSync('dist/{src,tests,bench}/**/*.test.js').sort()
  const chosen =
    filters.length === 0 ? files : files.filter((file) => filters.some((word) => file.includes(word)))
  if (chosen.length === 0) throw new Error(`No test file's path contains ${filters.join(' or ')}`)
  return chosen.map((file) => join(root, file))
}

async function runTests(files: string[]): Promise<void> {
  const measured = filters.length === 0
  const stream = run({
    files,
    concurrency: 2,
    isolation: 'process',
    timeout: FILE_TIMEOUT_MS,
    signal: stopping.signal,
    coverage: measured,
    // Matched before and after a compiled file is mapped to its source, so both names have to be there.
    ...(measured
      ? { coverageIncludeGlobs: ['dist/src/**', 'src/**'], coverageExcludeGlobs: ['**/*.test.*'] }
      : {}),
  })
  const lines = new Map<string, { covered: number; total: number }>()
  stream.on('test:coverage', ({ summary }) => {
    for (const { path, coveredLineCount, totalLineCount } of summary.files) {
      lines.set(path, { covered: coveredLineCount, total: totalLineCount })
    }
  })
  stream.on('test:summary', ({ file, counts, success }) => {
    // One summary per file, and one of them all.
    if (file !== undefined) return
    const skipped = counts.skipped + counts.todo
    // Neither passed nor skipped: failed, or cancelled by a failing or hanging neighbor.
    const failed = counts.tests - counts.passed - skipped
    tally.passed += counts.passed
    tally.skipped += skipped
    // A file may fail outside its tests.
    tally.failed += success ? failed : Math.max(1, failed)
  })
  // The report of every file's coverage is left to the few lines below.
  const shown = stream.filter((event: { type: string }) => event.type !== 'test:coverage')
  for await (const text of shown.compose(new spec())) process.stdout.write(text)
  if (measured && !stopping.signal.aborted) coverageFloor(lines)
}

function coverageFloor(lines: Map<string, { covered: number; total: number }>): void {
  for (const file of globSync('src/**/*.{ts,tsx}')) {
    const path = join(root, file)
    if (/\.(?:test\.tsx?|d\.ts)$/.test(file) || lines.has(path) || !hasCode(file)) continue
    lines.set(path, { covered: 0, total: readFileSync(path, 'utf8').split('\n').length })
  }
  const files = [...lines].map(([path, count]) => ({ path: path.slice(root.length), ...count }))
  const sum = (pick: (file: { covered: number; total: number }) => number) =>
    files.reduce((total, file) => total + pick(file), 0)
  const percent =
    (100 * sum((file) => file.covered)) /
    Math.max(
      1,
      sum((file) => file.total),
    )
  const missed = files
    .map((file) => ({ ...file, uncovered: file.total - file.covered }))
    .filter((file) => file.uncovered > 0)
    .sort((a, b) => b.uncovered - a.uncovered)
  console.log('Most uncovered lines:')
  for (const { path, uncovered, total } of missed.slice(0, 10))
    console.log(`  ${uncovered} of ${total}  ${path}`)
  const passed = percent >= LINE_COVERAGE_FLOOR
  tally[passed ? 'passed' : 'failed']++
  console.log(
    `${passed ? '✔' : '✖'} line coverage of src: ${percent.toFixed(1)} %, floor ${LINE_COVERAGE_FLOOR} %`,
  )
}

/** Whether anything but types is left of a source file once it is compiled; types are never loaded. */
function hasCode(file: string): boolean {
  const compiled = readFileSync(join('dist', file.replace(/\.tsx?$/, '.js')), 'utf8')
  return (
    compiled
      .replace(/\/\*.*?\*\/|\/\/.*?$/gms, '')
      .replace(/export \{\s*\};?/, '')
      .trim() !== ''
  )
}
