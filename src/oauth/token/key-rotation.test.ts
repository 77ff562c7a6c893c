/** When a signing key goes from stage to stage, as tables. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadConfig } from '../../config/load.ts'
import { addSeconds, type Instant, instant } from '../../shared/clock.ts'
import {
  chooseSigningKey,
  decideKeySteps,
  dueChange,
  type KeyFacts,
  type RotationPolicy,
  rotationPolicy,
  settleSeconds,
} from './key-rotation.ts'
import type { SigningAlgorithm, SigningKeyState } from './signing-key.ts'

const hour = 3600
const day = 24 * hour
const start = instant(Date.UTC(2026, 0, 1))
const at = (seconds: number): Instant => addSeconds(start, seconds)
const usual: RotationPolicy = {
  intervalSeconds: 90 * day,
  publishAheadSeconds: day,
  previousLifeSeconds: 25 * hour,
}
const byHand: RotationPolicy = { ...usual, intervalSeconds: 0 }

/** A key by its stages, in seconds after the start: created, activated, superseded. */
function key(
  state: SigningKeyState,
  [created, activated, superseded]: [number, number?, number?],
  algorithm: SigningAlgorithm = 'ES256',
): KeyFacts {
  return {
    kid: `${state}-${created}`,
    algorithm,
    state,
    createdAt: at(created),
    activatedAt: activated === undefined ? undefined : at(activated),
    supersededAt: superseded === undefined ? undefined : at(superseded),
  }
}

describe('the steps of a rotation', () => {
  const current = key('current', [0, 0])
  const next = key('next', [89 * day])
  const previous = key('previous', [0, 0, 90 * day])
  const successor = key('current', [89 * day, 90 * day])
  const cases: [what: string, keys: KeyFacts[], policy: RotationPolicy, now: number, steps: string[]][] = [
    ['a new key is left alone', [current], usual, 0, []],
    ['nothing yet, a moment before', [current], usual, 89 * day - 0.001, []],
    ['a day before its end, its successor is made', [current], usual, 89 * day, ['create_next']],
    ['made late, after a long pause', [current], usual, 400 * day, ['create_next']],
    ['one successor is enough', [next, current], usual, 89 * day + 1, []],
    ['nothing yet, a moment before the change', [next, current], usual, 90 * day - 0.001, []],
    ['published for a day, it takes over', [next, current], usual, 90 * day, ['activate next-7689600']],
    ['made late, it takes over late', [key('next', [400 * day]), current], usual, 401 * day - 1, []],
    [
      'an operator’s wish comes before the interval',
      [key('next', [5]), current],
      usual,
      day + 5,
      ['activate next-5'],
    ],
    ['after the change', [successor, previous], usual, 90 * day, []],
    ['its last tokens live', [successor, previous], usual, 90 * day + 25 * hour - 0.001, []],
    ['nothing is left of it', [successor, previous], usual, 90 * day + 25 * hour, ['retire previous-0']],
    ['without an interval nothing is made', [current], byHand, 1000 * day, []],
    [
      'without an interval a wish is still fulfilled',
      [key('next', [5]), current],
      byHand,
      day + 5,
      ['activate next-5'],
    ],
    ['without an interval keys still retire', [successor, previous], byHand, 99 * day, ['retire previous-0']],
    ['nobody knows since when', [successor, key('previous', [0, 0])], usual, 99 * day, []],
    ['a next key alone takes no place', [next], usual, 99 * day, []],
    ['retired is the end', [key('retired', [0, 0, 1])], usual, 999 * day, []],
    ['nothing at all', [], usual, 0, []],
  ]
  for (const [what, keys, policy, now, steps] of cases) {
    it(what, () => {
      const decided = decideKeySteps(keys, policy, at(now))
      assert.deepEqual(
        decided.map((step) => (step.step === 'create_next' ? step.step : `${step.step} ${step.kid}`)),
        steps,
      )
      for (const step of decided) {
        if (step.step !== 'retire') assert.equal(step.currentKid, current.kid)
      }
    })
  }

  it('each algorithm goes by its own keys', () => {
    const keys = [
      current,
      key('next', [5], 'RS256'),
      key('current', [1, 1], 'RS256'),
      key('previous', [0, 0, 2], 'PS256'),
    ]
    assert.deepEqual(decideKeySteps(keys, usual, at(89 * day)), [
      { step: 'create_next', algorithm: 'ES256', currentKid: 'current-0' },
      { step: 'activate', algorithm: 'RS256', kid: 'next-5', currentKid: 'current-1' },
      { step: 'retire', algorithm: 'PS256', kid: 'previous-0' },
    ])
  })
})

describe('the change that time brings', () => {
  const cases: [KeyFacts, RotationPolicy, ReturnType<typeof dueChange>][] = [
    [key('next', [5]), usual, { to: 'current', at: at(day + 5) }],
    [key('next', [5]), byHand, { to: 'current', at: at(day + 5) }],
    [key('current', [5, 9]), usual, { to: 'previous', at: at(90 * day + 9) }],
    [key('current', [5, 9]), byHand, undefined],
    [key('previous', [5, 9, 11]), usual, { to: 'retired', at: at(25 * hour + 11) }],
    [key('retired', [5, 9, 11]), usual, undefined],
  ]
  for (const [facts, policy, change] of cases) {
    it(`${facts.state}: ${change?.to ?? 'none'}`, () => assert.deepEqual(dueChange(facts, policy), change))
  }
})

describe('the key that signs', () => {
  const settled = -settleSeconds
  const fresh = key('current', [0, 0])
  const cases: [what: string, keys: KeyFacts[], now: number, kid: string | undefined][] = [
    ['the current one', [key('next', [0]), key('current', [settled, 0])], 0, `current-${settled}`],
    [
      'a new one not while others may not know it',
      [fresh, key('previous', [-9e6, -9e6, 0])],
      settleSeconds - 1,
      'previous--9000000',
    ],
    ['a new one when they do', [fresh, key('previous', [-9e6, -9e6, 0])], settleSeconds, 'current-0'],
    [
      'the one replaced last',
      [fresh, key('previous', [-8, -9, -5]), key('previous', [-9, -9, 0])],
      0,
      'previous--9',
    ],
    ['a new one where there is no other', [fresh, key('retired', [-9, -9, 0])], 0, 'current-0'],
    ['none', [key('next', [0]), key('previous', [-9, -9, 0])], 0, undefined],
  ]
  for (const [what, keys, now, kid] of cases) {
    it(what, () => assert.equal(chooseSigningKey(keys, at(now))?.kid, kid))
  }
})

describe('the policy', () => {
  const of = (environment: Record<string, string>) => rotationPolicy(loadConfig(environment).config)

  it('comes from the settings', () => {
    assert.deepEqual(of({}), usual)
    assert.equal(of({ SIGNING_KEY_ROTATION_INTERVAL: '0' }).intervalSeconds, 0)
    assert.equal(of({ SIGNING_KEY_PUBLISH_AHEAD: '48h' }).publishAheadSeconds, 2 * day)
  })

  it('keeps a key as long as the longest token it may have signed, and an hour', () => {
    assert.equal(of({ JWT_EXPIRATION_MAX: '48h' }).previousLifeSeconds, 49 * hour)
    assert.equal(of({ CLIENT_CREDENTIALS_TOKEN_EXPIRATION: '100h' }).previousLifeSeconds, 101 * hour)
  })
})
