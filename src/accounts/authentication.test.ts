import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  authenticationMethodsReferences,
  type Proof,
  reachedContext,
  reportedContext,
  satisfies,
} from './authentication.ts'

const single = 'urn:authgate:acr:single-factor'
const multi = 'urn:authgate:acr:multi-factor'

describe('authentication contexts', () => {
  const cases: [methods: Proof[], amr: string[] | undefined, acr: string | undefined][] = [
    [['pwd'], ['pwd'], single],
    [['provider'], undefined, single],
    [['pwd', 'otp'], ['pwd', 'otp', 'mfa'], multi],
    [['pwd', 'recovery'], ['pwd', 'otp', 'mfa'], multi],
    [['otp', 'recovery'], ['otp'], single],
    [['provider', 'otp'], ['otp', 'mfa'], multi],
    [['pwd', 'hwk'], ['pwd', 'hwk', 'user', 'mfa'], 'phr'],
    [['swk'], ['swk', 'user', 'mfa'], 'phr'],
    [[], undefined, undefined],
  ]
  for (const [methods, amr, acr] of cases) {
    it(`${methods.join(' and ') || 'nothing'} reach ${acr}`, () => {
      assert.deepEqual(authenticationMethodsReferences(methods), amr)
      assert.equal(reachedContext(methods), acr)
    })
  }

  it('include the weaker ones', () => {
    assert.ok(satisfies(['hwk'], multi) && satisfies(['hwk'], single) && satisfies(['pwd', 'otp'], single))
    assert.ok(!satisfies(['pwd', 'otp'], 'phr') && !satisfies(['pwd'], multi) && !satisfies([], single))
  })

  it('OpenID Connect Core §3.1.2.1: are reported in the order of preference', () => {
    assert.equal(reportedContext(['hwk'], [multi, 'phr']), multi)
    assert.equal(reportedContext(['hwk'], ['gold', 7, 'phr', multi]), 'phr')
    assert.equal(reportedContext(['pwd'], [multi]), single)
    assert.equal(reportedContext(['pwd', 'otp']), multi)
  })
})
