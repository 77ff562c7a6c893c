import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds, instant } from './clock.ts'
import { createEncryption } from './encryption.ts'
import { createSystemRandom } from './random.ts'
import { createSealer } from './sealed.ts'

test('sealed values come back as they were, for their own use, while they are good', () => {
  let now = instant(1_750_000_000_000)
  const clock = { now: () => now, monotonicSeconds: () => 0 }
  const random = createSystemRandom()
  const key = random.bytes(32)
  const sealer = createSealer(createEncryption([key], random), clock)
  const value = { name: 'Zoë', list: [1, null, 'x'] }
  const sealed = sealer.seal('test', value, 60)
  assert.match(sealed, /^[\w-]+$/)
  assert.ok(!Buffer.from(sealed, 'base64url').includes('Zo'))
  assert.deepEqual(sealer.open('test', sealed)?.value, value)
  assert.equal(sealer.open('other test', sealed), undefined)
  assert.equal(sealer.open('test', `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`), undefined)
  assert.equal(sealer.open('test', ''), undefined)
  assert.equal(
    createSealer(createEncryption([random.bytes(32)], random), clock).open('test', sealed),
    undefined,
  )
  now = addSeconds(now, 60)
  assert.equal(sealer.open('test', sealed), undefined)
})
