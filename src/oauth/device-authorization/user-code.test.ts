import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createSystemRandom } from '../../shared/random.ts'
import {
  digestUserCode,
  formatUserCode,
  generateUserCode,
  parseUserCode,
  userCodeAlphabet,
} from './user-code.ts'

const code = fc
  .array(fc.constantFrom(...userCodeAlphabet), { minLength: 8, maxLength: 8 })
  .map((characters) => characters.join(''))

describe('user code', () => {
  it('RFC 8628 §6.1: has no characters that look alike', () => {
    assert.equal(userCodeAlphabet.length, 31)
    for (const ambiguous of 'ILO01') assert.equal(userCodeAlphabet.includes(ambiguous), false)
  })

  it('is drawn uniformly from the whole alphabet', () => {
    const random = createSystemRandom()
    const counts = new Map<string, number>()
    const draws = 4000
    for (let draw = 0; draw < draws; draw++) {
      for (const character of generateUserCode(random)) {
        counts.set(character, (counts.get(character) ?? 0) + 1)
      }
    }
    assert.equal(counts.size, userCodeAlphabet.length)
    const expected = (draws * 8) / userCodeAlphabet.length
    // Six standard deviations: a fair source fails this less than once in ten million runs.
    const tolerance = 6 * Math.sqrt(expected)
    for (const [character, count] of counts) {
      assert.ok(Math.abs(count - expected) < tolerance, `${character} came ${count} times`)
    }
  })

  it('is read back from how it is shown', () => {
    const drawn = generateUserCode(createSystemRandom())
    assert.match(formatUserCode(drawn), /^[A-Z2-9]{4}-[A-Z2-9]{4}$/)
    assert.equal(parseUserCode(formatUserCode(drawn)), drawn)
  })

  it('forgives case, spaces, dashes and other separators anywhere', () => {
    const spellings = [
      'WDJBMJHT',
      'wdjb-mjht',
      '  WDJB MJHT ',
      'W-D-J-B-M-J-H-T',
      'wdjb\u2013mjht',
      'wdjb\u2212mjht',
      'wdjb\u00a0mjht',
      'wdjb.mjht',
      'wdjb_mjht',
      '\u200bwdjb\u200bmjht',
      '“WDJB-MJHT”',
      'ＷＤＪＢ－ＭＪＨＴ',
    ]
    for (const spelling of spellings) assert.equal(parseUserCode(spelling), 'WDJBMJHT', spelling)
    const separator = fc.constantFrom('', ' ', '-', '—', '\t', '·', '/', '\u3000')
    fc.assert(
      fc.property(code, fc.array(separator, { minLength: 9, maxLength: 9 }), (characters, gaps) => {
        const typed = [...characters]
          .map((character, index) => gaps[index] + character.toLowerCase())
          .join('')
        assert.equal(parseUserCode(typed + gaps[8]), characters)
      }),
    )
  })

  it('rejects everything else', () => {
    const others = [
      '',
      '----',
      'WDJBMJH',
      'WDJBMJHTX',
      'WDJB+MJHT',
      'WDJBMJH0',
      'WDJBMJHI',
      'WDJBMJHÉ',
      'WDJBMJH\0',
    ]
    for (const other of others) assert.equal(parseUserCode(other), undefined, JSON.stringify(other))
    assert.equal(parseUserCode(`${' '.repeat(100)}WDJBMJHT`), undefined)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const parsed = parseUserCode(text)
        assert.ok(parsed === undefined || /^[A-HJKMNP-Z2-9]{8}$/.test(parsed))
      }),
    )
  })

  it('is kept as a digest that depends on the key', () => {
    const parsed = parseUserCode('WDJBMJHT')
    assert.ok(parsed)
    const one = digestUserCode(createSecretKey(Buffer.alloc(32, 1)), parsed)
    const other = digestUserCode(createSecretKey(Buffer.alloc(32, 2)), parsed)
    assert.notEqual(one, other)
    assert.match(one, /^[\w-]{43}$/)
  })
})
