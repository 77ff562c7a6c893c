import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { instant } from '../../shared/clock.ts'
import { createSystemRandom } from '../../shared/random.ts'
import { newTotpSecret, totpAddress, totpCode, totpStepOf, typedTotpSecret } from './totp.ts'

/** RFC 6238 Appendix B: "The test token shared secret uses the ASCII string value". */
const secret = Buffer.from('12345678901234567890')

describe('TOTP', () => {
  // The appendix prints eight digits; six are the last six of them (RFC 4226 §5.3 is a remainder).
  const vectors: [seconds: number, eightDigits: string][] = [
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ]
  for (const [seconds, code] of vectors) {
    it(`RFC 6238 Appendix B: at ${seconds} s`, () => {
      assert.equal(totpCode(secret, instant(seconds * 1000)), code.slice(2))
      assert.equal(totpStepOf(secret, code.slice(2), instant(seconds * 1000)), Math.floor(seconds / 30))
    })
  }

  it('RFC 6238 §5.2: takes the step before and the one after, and no other', () => {
    const code = '050471'
    const step = Math.floor(1111111111 / 30)
    const at = (offset: number) => totpStepOf(secret, code, instant((step + offset) * 30_000 + 15_000))
    assert.deepEqual([-2, -1, 0, 1, 2].map(at), [undefined, step, step, step, undefined])
  })

  it('takes a code as people type it, and nothing that is none', () => {
    const at = instant(59_000)
    for (const typed of ['287082', ' 287 082 ', '287-082'])
      assert.equal(totpStepOf(secret, typed, at), 1, typed)
    for (const typed of ['', '28708', '2870820', '94287082', 'abcdef', '２８７０８２', '287082\u0000']) {
      assert.equal(totpStepOf(secret, typed, at), undefined, typed)
    }
  })

  it('makes secrets of 160 bits, and says them to apps and people', () => {
    const random = createSystemRandom()
    const made = newTotpSecret(random)
    assert.equal(made.length, 20)
    assert.notDeepEqual(made, newTotpSecret(random))
    assert.equal(typedTotpSecret(secret), 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ')
    const address = new URL(totpAddress(secret, { issuer: 'Auth & Gate', username: 'zoë:1' }))
    assert.equal(address.protocol, 'otpauth:')
    assert.equal(address.searchParams.get('secret'), 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
    assert.equal(address.searchParams.get('issuer'), 'Auth & Gate')
    assert.deepEqual([address.searchParams.get('digits'), address.searchParams.get('period')], ['6', '30'])
  })
})
