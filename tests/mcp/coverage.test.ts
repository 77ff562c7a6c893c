/** `docs/mcp.md` is true: its tests exist, and no requirement that is tested in a file of a revision is missing there. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')

describe('docs/mcp.md', () => {
  const tables = read('docs/mcp.md')
    .split(/^## /m)
    .flatMap((section) => {
      const [, revision] = /^Revision (\d{4}-\d\d-\d\d)\n/.exec(section) ?? []
      const rows = [...section.matchAll(/^\| (\d+) +\|.*\|(.*)\|$/gm)]
      return rows.map(([, number, cell]) => ({ revision, number: Number(number), tests: testsIn(cell!) }))
    })

  it('has rows to check, each with a test', () => {
    assert.ok(tables.length > 25)
    for (const { revision, number, tests } of tables) {
      assert.ok(revision !== undefined && tests.length > 0, `${revision} ${number}`)
    }
  })

  it('names tests that exist, by their whole title', () => {
    for (const { file, title } of tables.flatMap(({ tests }) => tests)) {
      assert.ok(existsSync(root + file), `${file} does not exist`)
      assert.ok(titlesOf(file).includes(title), `${file} has no test “${title}”`)
    }
  })

  it('lists every requirement that is tested under its number', () => {
    const files = globSync('tests/mcp/revision-*.test.ts', { cwd: root })
    assert.equal(files.length, 4)
    for (const file of files) {
      const [, revision] = /revision-([\d-]+)\.test/.exec(file)!
      for (const title of titlesOf(file)) {
        const numbers = /^([\d, ]+):/.exec(title)?.[1]
        assert.ok(numbers !== undefined, `${file} “${title}” has no number`)
        for (const number of numbers.split(', ')) {
          const row = tables.find((each) => each.revision === revision && each.number === Number(number))
          assert.ok(row !== undefined, `${revision} ${number} is not in docs/mcp.md`)
        }
        const listed = tables.some(({ tests }) =>
          tests.some((test) => test.file === file && test.title === title),
        )
        assert.ok(listed, `${file} “${title}” is not in docs/mcp.md`)
      }
    }
  })
})

function testsIn(cell: string): { file: string; title: string }[] {
  const tests: { file: string; title: string }[] = []
  let file = ''
  for (const [, path, title] of cell.matchAll(/`([^`]+)`|“([^”]+)”/g)) {
    if (path !== undefined) file = path
    else tests.push({ file, title: title! })
  }
  return tests
}

/** Titles of single tests as the source writes them, placeholders of templates included. */
function titlesOf(file: string): string[] {
  const titles = read(file).matchAll(/^\s*it\(\s*(['"`])((?:(?!\1).)+)\1/gm)
  return [...titles].map(([, , title]) => title!)
}
