import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { noCoverage } from '../../tests/support/process.ts'
import type { Encryption } from '../shared/encryption.ts'
import { createSystemRandom } from '../shared/random.ts'
import { EncryptionKeyError, openEncryption } from './encryption-key.ts'
import { loadConfig } from './load.ts'

const keyOne = Buffer.from('the first key, for tests only!!!').toString('base64')
const keyTwo = Buffer.from('another key, for tests only!!!!!').toString('base64')

describe('encryption key', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'authgate-key-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const open = (settings: Record<string, string> = {}): Encryption =>
    openEncryption(loadConfig({ DATA_DIR: folder, ...settings }).config, createSystemRandom())
  const sealed = (by: Encryption): Buffer => by.encrypt(Buffer.from('secret'), 'test')
  const opens = (encryption: Encryption, ciphertext: Buffer): boolean => {
    try {
      return encryption.decrypt(ciphertext, 'test').toString() === 'secret'
    } catch {
      return false
    }
  }
  const refuses = (settings: Record<string, string>, message: RegExp): void =>
    assert.throws(
      () => open(settings),
      (error) => {
        assert.ok(error instanceof EncryptionKeyError)
        assert.match(error.message, message)
        return true
      },
    )

  it('comes from ENCRYPTION_KEY, and no file is made', () => {
    assert.ok(opens(open({ ENCRYPTION_KEY: keyOne }), sealed(open({ ENCRYPTION_KEY: keyOne }))))
    assert.ok(!opens(open({ ENCRYPTION_KEY: keyTwo }), sealed(open({ ENCRYPTION_KEY: keyOne }))))
    assert.throws(() => readFileSync(join(folder, 'authgate.key')), { code: 'ENOENT' })
  })

  it('comes from the file ENCRYPTION_KEY_FILE names, line end and all', () => {
    const file = join(folder, 'key')
    writeFileSync(file, `${keyOne}\r\n`)
    assert.ok(opens(open({ ENCRYPTION_KEY: keyOne }), sealed(open({ ENCRYPTION_KEY_FILE: file }))))
  })

  it('can be exchanged: the first of a list encrypts, each decrypts', () => {
    const both = open({ ENCRYPTION_KEY: `${keyTwo}, ${keyOne}` })
    assert.ok(opens(both, sealed(open({ ENCRYPTION_KEY: keyOne }))))
    assert.ok(opens(open({ ENCRYPTION_KEY: keyTwo }), sealed(both)))
    assert.ok(!opens(open({ ENCRYPTION_KEY: keyOne }), sealed(both)))
  })

  it('is made on the first start, for its owner only, and read on every later one', () => {
    const first = open()
    const file = join(folder, 'authgate.key')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const text = readFileSync(file, 'utf8')
    assert.match(text, /^[A-Za-z0-9+/]{43}=\n$/)
    assert.ok(opens(open(), sealed(first)))
    assert.equal(readFileSync(file, 'utf8'), text)
  })

  it('makes the folder it belongs into', () => {
    const deeper = { DATA_DIR: join(folder, 'a', 'b') }
    assert.ok(opens(open(deeper), sealed(open(deeper))))
  })

  it('is never replaced: a file that holds no key stops the start and stays as it is', () => {
    const file = join(folder, 'authgate.key')
    for (const text of ['', 'not a key\n', `${keyOne.slice(4)}\n`]) {
      writeFileSync(file, text)
      refuses({}, /authgate\.key must be 32 bytes in base64/)
      assert.equal(readFileSync(file, 'utf8'), text)
    }
  })

  it('that is wrong is refused by the name of its setting, without repeating it', () => {
    refuses({ ENCRYPTION_KEY: 'c2hvcnQ=' }, /^ENCRYPTION_KEY must be 32 bytes in base64(?!.*c2hvcnQ)/)
    refuses({ ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') }, /^ENCRYPTION_KEY is not random/)
    refuses({ ENCRYPTION_KEY: `${keyOne},c2hvcnQ=` }, /^ENCRYPTION_KEY must be/)
    const file = join(folder, 'key')
    refuses({ ENCRYPTION_KEY_FILE: file }, /could not be read from .*key$/)
    writeFileSync(file, 'nonsense')
    refuses({ ENCRYPTION_KEY_FILE: file }, /^ENCRYPTION_KEY_FILE must be/)
  })

  it('that cannot be written stops the start and says what to do', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    refuses({ DATA_DIR: file }, /could not be written to .*make the folder writable, or set ENCRYPTION_KEY/)
  })

  it('that cannot be written leaves no half of a file, which would stop the next start', () => {
    const script = `
    import { createSystemRandom } from '${new URL('../shared/random.js', import.meta.url)}'
    import { openEncryption } from '${new URL('./encryption-key.js', import.meta.url)}'
    import { loadConfig } from '${new URL('./load.js', import.meta.url)}'
    openEncryption(loadConfig({ DATA_DIR: process.argv[1] }).config, createSystemRandom())`
    // A limit of no bytes per file stands in for a full disk. Nothing else may be written then: no coverage, no cache.
    const command = 'trap "" XFSZ; ulimit -f 0; exec "$0" --input-type=module -e "$1" "$2"'
    assert.throws(
      () =>
        execFileSync('sh', ['-c', command, process.execPath, script, folder], {
          stdio: 'pipe',
          env: noCoverage,
        }),
      /encryption key could not be written/,
    )
    assert.deepEqual(readdirSync(folder), [])
  })
})
