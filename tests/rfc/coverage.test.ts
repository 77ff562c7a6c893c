/** `docs/rfc-coverage.md` is true: its files and tests exist, and no clause that is tested here is missing there. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')

interface Row {
  line: number
  code: string[]
  tests: { file: string; title: string }[]
}

describe('docs/rfc-coverage.md', () => {
  const rows = parse(read('docs/rfc-coverage.md'))

  it('has rows to check', () => assert.ok(rows.length > 40))

  it('names code that exists', () => {
    for (const { line, code } of rows) {
      assert.ok(code.length > 0, `line ${line} names no code`)
      for (const path of code) assert.ok(existsSync(root + path), `line ${line}: ${path} does not exist`)
    }
  })

  it('names tests that exist, by their whole title', () => {
    for (const { line, tests } of rows) {
      assert.ok(tests.length > 0, `line ${line} names no test`)
      for (const { file, title } of tests) {
        assert.ok(existsSync(root + file), `line ${line}: ${file} does not exist`)
        assert.ok(titlesOf(file).includes(title), `line ${line}: ${file} has no test “${title}”`)
      }
    }
  })

  it('lists every test that is named after a clause', () => {
    const listed = new Set(rows.flatMap(({ tests }) => tests.map(({ file, title }) => `${file} “${title}”`)))
    const files = globSync('tests/rfc/*.test.ts', { cwd: root }).filter(
      (file) => basename(file) !== 'coverage.test.ts',
    )
    assert.ok(files.length > 0)
    for (const file of files) {
      for (const title of titlesOf(file)) {
        if (!/^(RFC \d+ )?§/.test(title)) continue
        assert.ok(listed.has(`${file} “${title}”`), `${file} “${title}” is not in docs/rfc-coverage.md`)
      }
    }
  })
})

/** The table rows: the third cell names code, the fourth tests, each a file and then its titles. */
function parse(page: string): Row[] {
  const rows: Row[] = []
  for (const [index, text] of page.split('\n').entries()) {
    if (!text.startsWith('| ') || /^\| (Clause|---)/.test(text)) continue
    const [, , , codeCell = '', testCell = ''] = text.split(/(?<!\\)\|/)
    const tests: Row['tests'] = []
    let file = ''
    for (const [, path, title] of testCell.matchAll(/`([^`]+)`|“([^”]+)”/g)) {
      if (path !== undefined) file = path
      else if (title !== undefined) tests.push({ file, title })
    }
    const code = [...codeCell.matchAll(/`([^`]+)`/g)].map(([, path]) => path!)
    rows.push({ line: index + 1, code, tests })
  }
  return rows
}

/** Titles of single tests as the source writes them, placeholders of templates included. */
function titlesOf(file: string): string[] {
  const titles = read(file).matchAll(/^\s*(?:it|test)\(\s*(['"`])((?:(?!\1).)+)\1/gm)
  return [...titles].map(([, , title]) => title!)
}
