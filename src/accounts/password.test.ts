import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hash as argon2Hash } from '@node-rs/argon2'
import { hash as bcryptHash } from '@node-rs/bcrypt'
import { createPasswords, type PasswordHasher, passwordConcurrency, passwordHasher } from './password.ts'

const password = 'correct horse battery staple'

/** Counts what is hashed and against what, and is as slow as the test wants. */
function countingHasher(answer: Promise<boolean> = Promise.resolve(false)) {
  const verified: string[] = []
  const hasher: PasswordHasher = {
    hash: async () => 'hash',
    verify(kept) {
      verified.push(kept)
      return answer
    },
  }
  return { hasher, verified }
}

describe('passwords', () => {
  const passwords = createPasswords()

  it('are kept as Argon2id with the OWASP parameters', async () => {
    const kept = await passwords.hash(password)
    assert.match(kept ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    assert.notEqual(kept, await passwords.hash(password))
  })

  it('match what is kept, and nothing else does', async () => {
    const kept = await passwords.hash(password)
    assert.equal(await passwords.verify(password, kept), 'match')
    assert.equal(await passwords.verify(`${password} `, kept), 'mismatch')
    assert.equal(await passwords.verify('', kept), 'mismatch')
  })

  it('kept with weaker parameters match and ask to be replaced', async () => {
    const weaker = await argon2Hash(password, { memoryCost: 8192, timeCost: 2 })
    assert.equal(await passwords.verify(password, weaker), 'match_outdated')
    const fewerPasses = await argon2Hash(password, { memoryCost: 19_456, timeCost: 1 })
    assert.equal(await passwords.verify(password, fewerPasses), 'match_outdated')
    const stronger = await argon2Hash(password, { memoryCost: 32_768, timeCost: 3 })
    assert.equal(await passwords.verify(password, stronger), 'match')
  })

  it('kept as bcrypt match and ask to be replaced', async () => {
    for (const version of ['2a', '2b', '2y'] as const) {
      const imported = await bcryptHash(password, { cost: 4, version })
      assert.equal(await passwords.verify(password, imported), 'match_outdated', version)
      assert.equal(await passwords.verify('another', imported), 'mismatch', version)
    }
  })

  it('of unknown names cost one verification with our own parameters', async () => {
    const { hasher, verified } = countingHasher()
    await createPasswords({ hasher }).verify(password, undefined)
    assert.equal(verified.length, 1)
    assert.match(verified[0]!, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    // The real library accepts it as a hash, so the cost is real, and finds no match.
    assert.equal(await passwordHasher.verify(verified[0]!, password), false)
  })

  it('of unknown names never match, whatever the comparison says', async () => {
    const { hasher } = countingHasher(Promise.resolve(true))
    assert.equal(await createPasswords({ hasher }).verify(password, undefined), 'mismatch')
  })

  it('longer than 1,024 bytes are wrong without being hashed', async () => {
    const { hasher, verified } = countingHasher(Promise.resolve(true))
    const counted = createPasswords({ hasher })
    assert.equal(await counted.verify('é'.repeat(513), '$argon2id$'), 'mismatch')
    assert.equal(verified.length, 0)
    await counted.verify('é'.repeat(512), undefined)
    assert.equal(verified.length, 1)
  })

  it('are turned away when too many wait', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const { hasher } = countingHasher(promise)
    const busy = createPasswords({ hasher, concurrency: 1, maxWaiting: 1 })
    const accepted = [busy.verify(password, undefined), busy.verify(password, undefined)]
    assert.equal(await busy.verify(password, undefined), 'unavailable')
    assert.equal(await busy.hash(password), undefined)
    resolve(false)
    assert.deepEqual(await Promise.all(accepted), ['mismatch', 'mismatch'])
  })

  it('leave a core and a thread free', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 64].map((cores) => passwordConcurrency(cores)),
      [1, 1, 2, 3, 3],
    )
  })
})
