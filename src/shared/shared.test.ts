import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { type Clock, type Instant, systemClock } from './clock.ts'
import { digestOf, equalInConstantTime } from './digest.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { compactUuid, createIds, expandUuid, isUuid } from './ids.ts'
import { createSystemRandom } from './random.ts'
import { Secret } from './secret.ts'
import { issueSelectorSecret, matchesDigest, parseSelectorSecret } from './selector-secret.ts'

const random = createSystemRandom()

describe('durations in Go’s grammar', () => {
  const cases: [string, number | undefined][] = [
    ['0', 0],
    ['1h30m', 5400],
    ['1.5h', 5400],
    ['500ms', 0.5],
    ['5m30s', 330],
    ['-30s', -30],
    ['+1m', 60],
    ['.5s', 0.5],
    ['1h1h', 7200],
    ['', undefined],
    ['10', undefined],
    ['1d', undefined],
    ['1h ', undefined],
    ['h', undefined],
    ['1h30', undefined],
    ['--1s', undefined],
  ]
  for (const [text, seconds] of cases) {
    it(`${JSON.stringify(text)} is ${seconds === undefined ? 'refused' : `${seconds} s`}`, () => {
      assert.equal(parseDuration(text), seconds)
    })
  }

  it('come back from their shortest text', () => {
    for (const seconds of [0, 0.5, 1, 59, 60, 3600, 5400, 86_400, 90_061.25]) {
      assert.equal(parseDuration(formatDuration(seconds)), seconds)
    }
    assert.equal(formatDuration(5400), '1h30m')
    assert.equal(formatDuration(-30), '-30s')
  })
})

describe('ids', () => {
  it('are UUIDs of version 7, strictly increasing, also when the clock stands still or goes back', () => {
    let now = 1_700_000_000_000
    const clock: Clock = { now: () => now as Instant, monotonicSeconds: () => 0 }
    const ids = createIds(clock, random)
    const made: string[] = []
    for (let index = 0; index < 5000; index++) {
      if (index === 2000) now -= 60_000
      if (index === 4000) now += 120_000
      made.push(ids.next())
    }
    assert.ok(made.every((id) => isUuid(id) && id[14] === '7' && '89ab'.includes(id[19]!)))
    assert.deepEqual([...made].sort(), made)
    assert.equal(new Set(made).size, made.length)
    assert.equal(Number.parseInt(made[0]!.replaceAll('-', '').slice(0, 12), 16), 1_700_000_000_000)
  })

  it('survive the compact form, which refuses what is none', () => {
    const id = createIds(systemClock, random).next()
    assert.equal(expandUuid(compactUuid(id)), id)
    for (const text of ['', 'short', 'x'.repeat(23), '!'.repeat(22)])
      assert.equal(expandUuid(text), undefined)
  })
})

describe('random', () => {
  it('gives each draw its own bytes of the asked length', () => {
    const draws = Array.from({ length: 2000 }, () => random.base64url(32))
    assert.equal(new Set(draws).size, draws.length)
    assert.ok(draws.every((draw) => Buffer.from(draw, 'base64url').length === 32))
    assert.throws(() => random.bytes(1025), RangeError)
  })

  it('keeps whole numbers below their bound and reaches each of them', () => {
    const seen = new Set(Array.from({ length: 3000 }, () => random.below(31)))
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      Array.from({ length: 31 }, (_, index) => index),
    )
  })
})

describe('selector secrets', () => {
  const id = createIds(systemClock, random).next<string>()
  const issued = issueSelectorSecret('agx_', id, random)

  it('lead back to their row and match its digest', () => {
    const parsed = parseSelectorSecret('agx_', issued.plaintext)
    assert.equal(parsed?.id, id)
    assert.ok(matchesDigest(parsed!, issued.digest))
    assert.equal(issued.digest, digestOf(issued.plaintext))
  })

  it('refuse another prefix, length, separator or alphabet', () => {
    const { plaintext } = issued
    for (const text of [
      '',
      plaintext.slice(1),
      `${plaintext}a`,
      plaintext.replace('agx_', 'agy_'),
      plaintext.replace('.', '-'),
      `agx_${'%'.repeat(22)}.${'a'.repeat(43)}`,
    ]) {
      assert.equal(parseSelectorSecret('agx_', text), undefined)
    }
  })

  it('do not match when one character differs', () => {
    const last = issued.plaintext.at(-2) === 'A' ? 'B' : 'A'
    const forged = parseSelectorSecret('agx_', issued.plaintext.slice(0, -2) + last + issued.plaintext.at(-1))
    assert.ok(forged !== undefined && !matchesDigest(forged, issued.digest))
  })
})

describe('secrets', () => {
  it('show nothing unless asked', () => {
    const secret = new Secret('hunter2hunter2')
    const shown = [String(secret), JSON.stringify({ secret }), inspect({ secret }, { depth: 5 }), `${secret}`]
    assert.ok(shown.every((text) => !text.includes('hunter2') && text.includes('[set]')))
    assert.equal(secret.reveal(), 'hunter2hunter2')
  })

  it('compare without regard to their content’s order', () => {
    assert.ok(equalInConstantTime('abc', 'abc'))
    assert.ok(!equalInConstantTime('abc', 'abd'))
    assert.ok(!equalInConstantTime('abc', 'abcd'))
    assert.ok(!equalInConstantTime('', 'a'))
  })
})
