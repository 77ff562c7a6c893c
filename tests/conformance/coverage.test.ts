/** `docs/conformance.md` is true: its files exist, and its modules are the tests of those files. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')

interface Section {
  file: string
  modules: { title: string; result: string; why: string }[]
}

describe('docs/conformance.md', () => {
  const page = read('docs/conformance.md')
  const sections = parse(page)

  it('names files that exist, and every plan that is run', () => {
    for (const [, path] of page.matchAll(/`(tests\/[^`]+)`/g)) assert.ok(existsSync(root + path!), path!)
    const named = new Set([...page.matchAll(/`([a-z0-9-]+-test-plan)`/g)].map(([, plan]) => plan!))
    const run = globSync('tests/conformance/*.test.ts', { cwd: root }).flatMap((file) =>
      [...read(file).matchAll(/['"`]([a-z0-9-]+-test-plan)/g)].map(([, plan]) => plan!),
    )
    assert.equal(named.size, 8)
    assert.deepEqual([...new Set(run)].sort(), [...named].sort())
  })

  it('lists the modules of each file, all of them and no others', () => {
    assert.equal(sections.length, 7)
    for (const { file, modules } of sections) {
      assert.deepEqual(
        modules.map(({ title }) => title),
        titlesOf(file),
        file,
      )
    }
  })

  it('gives a reason for whatever is no plain pass', () => {
    for (const { title, result, why } of sections.flatMap(({ modules }) => modules)) {
      assert.ok(['pass', 'pass, warns', 'skip', 'fail'].includes(result), `${title}: ${result}`)
      assert.ok(result === 'pass' || why !== '', `${title} is ${result}, and why?`)
    }
  })
})

/** A section begins with the file of its tests, and its table has a row per module. */
function parse(page: string): Section[] {
  const sections: Section[] = []
  for (const line of page.split('\n')) {
    const file = /^In `([^`]+)`\.$/.exec(line)?.[1]
    if (file !== undefined) sections.push({ file, modules: [] })
    const row = /^\| “([^”]+)”\s*\| ([^|]+?)\s*\|(?: ([^|]*?))?\s*\|$/.exec(line)
    if (row !== null) sections.at(-1)!.modules.push({ title: row[1]!, result: row[2]!, why: row[3] ?? '' })
  }
  return sections
}

/** Titles of modules as the source writes them; what is named after a clause tests more than the plan asks. */
function titlesOf(file: string): string[] {
  const titles = [...read(file).matchAll(/^\s*it\(\s*'([^']+)'/gm)].map(([, title]) => title!)
  return titles.filter((title) => !/^(RFC \d+ )?§/.test(title))
}
