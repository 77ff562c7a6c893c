/** `docs/reference-differences.md` is whole and true: every number once, and its tests exist. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compatibility } from '../src/oauth/compatibility.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')

/** How many findings the list has. */
const findings = 50

describe('docs/reference-differences.md', () => {
  const rows = read('docs/reference-differences.md')
    .split('\n')
    .filter((line) => line.startsWith('| D-'))
    .map((line) => {
      const [, number = '', there = '', state = '', here = '', tests = ''] = line
        .split('|')
        .map((cell) => cell.trim())
      return { number, there, state, here, tests }
    })

  it('answers every number once', () => {
    const expected = Array.from({ length: findings }, (_, index) => `D-${String(index + 1).padStart(2, '0')}`)
    assert.deepEqual(
      rows.map(({ number }) => number),
      expected,
    )
    for (const { number, there, here } of rows) assert.ok(there.length > 10 && here.length > 3, number)
  })

  it('has a test for whatever is done, and says what is left of the rest', () => {
    for (const { number, state, here, tests } of rows) {
      assert.ok(['fixed', 'partly', 'open'].includes(state), number)
      assert.equal(tests === '–', state === 'open', number)
      if (state !== 'fixed') assert.ok(here.length > 60, `${number} does not say what is left`)
    }
  })

  it('names tests that exist, by their whole title', () => {
    for (const { number, tests } of rows) {
      let file = ''
      for (const [, path, title] of tests.matchAll(/`([^`]+)`|“([^”]+)”/g)) {
        if (path !== undefined) {
          file = path
          assert.ok(existsSync(root + file), `${number}: ${file} does not exist`)
        } else {
          const titles = [...read(file).matchAll(/^\s*(?:it|test)\(\s*(['"`])((?:(?!\1).)+)\1/gm)]
          assert.ok(
            titles.some(([, , found]) => found === title),
            `${number}: ${file} has no test “${title}”`,
          )
        }
      }
    }
  })

  it('names values of compatibility that exist', () => {
    for (const { number, here } of rows) {
      for (const [, name] of here.matchAll(/\(`(\w+)`\)/g))
        assert.ok(name! in compatibility, `${number}: ${name}`)
    }
  })
})
