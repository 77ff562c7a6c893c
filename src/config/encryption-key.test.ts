import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createSystemRandom } from '../shared/random.ts'
import { openEncryption } from './encryption-key.ts'
import { loadConfig } from './load.ts'

test('a missing key is made once, for its owner only, and read from then on', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { config } = loadConfig({ DATA_DIR: folder })
  const sealed = openEncryption(config, createSystemRandom()).encrypt(Buffer.from('text'), 'test')
  assert.equal(statSync(join(folder, 'authgate.key')).mode & 0o777, 0o600)
  assert.match(readFileSync(join(folder, 'authgate.key'), 'utf8'), /^[A-Za-z0-9+/]{43}=\n$/)
  assert.equal(openEncryption(config, createSystemRandom()).decrypt(sealed, 'test').toString(), 'text')
})

test('a key that cannot be written leaves no half of a file that would stop the next start', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const script = `
    import { createSystemRandom } from '${new URL('../shared/random.js', import.meta.url)}'
    import { openEncryption } from '${new URL('./encryption-key.js', import.meta.url)}'
    import { loadConfig } from '${new URL('./load.js', import.meta.url)}'
    openEncryption(loadConfig({ DATA_DIR: process.argv[1] }).config, createSystemRandom())`
  // A limit of no bytes per file stands in for a full disk.
  const command = 'trap "" XFSZ; ulimit -f 0; exec "$0" --input-type=module -e "$1" "$2"'
  assert.throws(
    () => execFileSync('sh', ['-c', command, process.execPath, script, folder], { stdio: 'pipe' }),
    /encryption key could not be written/,
  )
  assert.deepEqual(readdirSync(folder), [])
})
