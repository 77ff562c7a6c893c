/** RFC 9449 §8: nonces that nobody stores. */
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { it } from 'node:test'
import { createManualClock } from '../../../tests/support/manual-clock.ts'
import { createDpopNonces, nonceLifeSeconds } from './nonces.ts'

const key = createSecretKey(Buffer.alloc(32, 7))

it('a nonce changes with time, is good for a while, and the same on every replica', () => {
  const clock = createManualClock()
  const nonces = createDpopNonces({ key, clock })
  const replica = createDpopNonces({ key, clock })
  const first = nonces.current()
  // §8: of the characters a header takes as they are.
  assert.match(first, /^[\x21\x23-\x5b\x5d-\x7e]{20,}$/)
  assert.equal(replica.current(), first)
  assert.ok(replica.accepts(first))
  clock.advance(300)
  assert.notEqual(nonces.current(), first)
  assert.ok(nonces.accepts(first))
  clock.advance(nonceLifeSeconds)
  assert.equal(nonces.accepts(first), false)
})

it('a replica whose clock is ahead gives nonces that hold here', () => {
  const clock = createManualClock()
  const nonces = createDpopNonces({ key, clock })
  clock.advance(300)
  const ahead = nonces.current()
  clock.advance(-300)
  assert.ok(nonces.accepts(ahead))
})

it('nothing else is a nonce', () => {
  const nonces = createDpopNonces({ key, clock: createManualClock() })
  const other = createDpopNonces({ key: createSecretKey(Buffer.alloc(32, 8)), clock: createManualClock() })
  for (const nonce of ['', 'x', other.current(), nonces.current().slice(1)]) {
    assert.equal(nonces.accepts(nonce), false)
  }
})
