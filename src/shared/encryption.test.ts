import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createEncryption, DecryptionError, parseEncryptionKeys } from './encryption.ts'
import { createSystemRandom } from './random.ts'

const random = createSystemRandom()
const [first, second] = [random.bytes(32), random.bytes(32)] as const

describe('encryption at rest', () => {
  it('gives back what it was given, and never the same ciphertext twice', () => {
    const encryption = createEncryption([first], random)
    for (const text of ['', 'key', 'ключ 鍵', 'x'.repeat(100_000)]) {
      const plaintext = Buffer.from(text)
      const ciphertext = encryption.encrypt(plaintext, 'test')
      assert.deepEqual(encryption.decrypt(ciphertext, 'test'), plaintext)
      assert.notDeepEqual(encryption.encrypt(plaintext, 'test'), ciphertext)
    }
  })

  it('encrypts with the first key and decrypts with any', () => {
    const before = createEncryption([first], random).encrypt(Buffer.from('old'), 'test')
    const both = createEncryption([second, first], random)
    assert.equal(both.decrypt(before, 'test').toString(), 'old')
    const after = both.encrypt(Buffer.from('new'), 'test')
    assert.equal(createEncryption([second], random).decrypt(after, 'test').toString(), 'new')
    assert.throws(() => createEncryption([first], random).decrypt(after, 'test'), DecryptionError)
  })

  it('puts under the first key what another one encrypted', () => {
    const [older, newer] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const before = createEncryption([older], random)
    const between = createEncryption([newer, older], random)
    const after = createEncryption([newer], random)
    assert.deepEqual([before.hasOlderKeys, between.hasOlderKeys], [false, true])
    const renewed = between.renew(before.encrypt(Buffer.from('secret'), 'a use'), 'a use')!
    assert.equal(after.decrypt(renewed, 'a use').toString(), 'secret')
    assert.equal(between.renew(renewed, 'a use'), undefined)
    assert.throws(() => before.renew(renewed, 'a use'), DecryptionError)
    assert.throws(() => between.renew(renewed, 'another use'), DecryptionError)
  })

  it('refuses another purpose, a changed byte, a cut text and another version', () => {
    const encryption = createEncryption([first], random)
    const ciphertext = encryption.encrypt(Buffer.from('secret'), 'one')
    assert.throws(() => encryption.decrypt(ciphertext, 'two'), DecryptionError)
    for (let index = 0; index < ciphertext.length; index++) {
      const changed = Buffer.from(ciphertext)
      changed[index]! ^= 1
      assert.throws(() => encryption.decrypt(changed, 'one'), DecryptionError)
    }
    assert.throws(() => encryption.decrypt(ciphertext.subarray(0, 20), 'one'), DecryptionError)
  })

  it('derives a MAC key per purpose', () => {
    const encryption = createEncryption([first], random)
    assert.ok(encryption.macKey('a').equals(encryption.macKey('a')))
    assert.ok(!encryption.macKey('a').equals(encryption.macKey('b')))
  })
})

describe('encryption keys', () => {
  it('are 32 bytes in base64, one or several', () => {
    assert.equal(parseEncryptionKeys(first.toString('base64')).length, 1)
    assert.deepEqual(parseEncryptionKeys(`${first.toString('base64')}, ${second.toString('base64')}`), [
      first,
      second,
    ])
  })

  for (const text of [
    '',
    ',',
    'short',
    random.bytes(31).toString('base64'),
    Buffer.alloc(32).toString('base64'),
  ]) {
    it(`refuse ${text.length} characters that are none, saying how to make one`, () => {
      assert.throws(
        () => parseEncryptionKeys(text),
        (error: Error) => {
          assert.match(error.message, /openssl rand -base64 32/)
          return text === '' || text === ',' || !error.message.includes(text)
        },
      )
    })
  }
})
