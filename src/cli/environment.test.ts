import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { readEnvironment } from './environment.ts'

describe('environment', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'authgate-environment-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const read = (file: string, environment: Record<string, string> = {}) => {
    writeFileSync(join(folder, '.env'), file)
    return readEnvironment(folder, environment)
  }

  it('is what the process has where there is no file', () => {
    assert.deepEqual(readEnvironment(folder, { BASE_URL: 'http://a' }), {
      values: { BASE_URL: 'http://a' },
      warnings: [],
    })
  })

  it('lies over the file: what is set wins, even when it is empty', () => {
    const { values } = read('BASE_URL=http://file\nLOG_LEVEL=debug\nSERVER_ADDR=:1\n', {
      BASE_URL: 'http://process',
      SERVER_ADDR: '',
      PATH: '/bin',
    })
    assert.deepEqual(values, {
      BASE_URL: 'http://process',
      LOG_LEVEL: 'debug',
      SERVER_ADDR: '',
      PATH: '/bin',
    })
  })

  it('reads comments, quotes, export and Windows line ends', () => {
    const { values, warnings } = read(
      '# comment\r\nBASE_URL="http://a" # comment\r\nexport LOG_LEVEL=debug\r\n\r\nJWT_SECRET=\'a # b\'\r\n',
    )
    assert.deepEqual(values, { BASE_URL: 'http://a', LOG_LEVEL: 'debug', JWT_SECRET: 'a # b' })
    assert.deepEqual(warnings, [])
  })

  it('warns of names in the file that are no setting, not of those of the process and not of retired ones', () => {
    const { warnings } = read('BASE_ULR=http://a\nSESSION_SECRET=x\nBASE_URL=http://a\n', { EDITOR: 'ed' })
    assert.deepEqual(warnings, ['.env sets BASE_ULR, which is no setting of this version.'])
  })

  it('never repeats a value in a warning', () => {
    const { warnings } = read('DATABASE_PASSWORD=hunter2\n')
    assert.equal(warnings.length, 1)
    assert.doesNotMatch(warnings.join(), /hunter2/)
  })

  it('says when there is a file that cannot be read', () => {
    mkdirSync(join(folder, '.env'))
    const { values, warnings } = readEnvironment(folder, { LOG_LEVEL: 'info' })
    assert.deepEqual(values, { LOG_LEVEL: 'info' })
    assert.match(warnings.join(), /\.env could not be read and is ignored/)
  })
})
