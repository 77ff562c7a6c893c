import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settingsInForce, withoutPasswords } from './in-force.ts'
import { settings } from './schema.ts'

describe('settings in force', () => {
  it('are all there, once', () => {
    const names = Object.values(settings).flatMap((group) => Object.values(group).map(({ name }) => name))
    assert.deepEqual(
      settingsInForce({}).map(({ name }) => name),
      names,
    )
  })

  it('say their value and whether it is a default', () => {
    const find = (environment: Record<string, string>, wanted: string) => {
      const { value, isSet, defaultNote } = settingsInForce(environment).find(({ name }) => name === wanted)!
      return { value, isSet, defaultNote }
    }
    assert.deepEqual(find({}, 'LOG_LEVEL'), { value: 'info', isSet: false, defaultNote: undefined })
    assert.deepEqual(find({ LOG_LEVEL: 'warn' }, 'LOG_LEVEL'), {
      value: 'warn',
      isSet: true,
      defaultNote: undefined,
    })
    assert.deepEqual(find({ LOG_LEVEL: '' }, 'LOG_LEVEL').isSet, false)
    assert.deepEqual(find({}, 'JWT_AUDIENCE'), {
      value: undefined,
      isSet: false,
      defaultNote: 'the issuer',
    })
  })

  it('never hold a secret, whatever is set', () => {
    const all = Object.values(settings).flatMap((group) => Object.values(group))
    const secrets = all.filter(({ secret }) => secret)
    assert.ok(secrets.length >= 5)
    const environment = Object.fromEntries(secrets.map(({ name }) => [name, `the secret of ${name}`]))
    const shown = settingsInForce(environment)
    assert.ok(!JSON.stringify(shown).includes('the secret of'))
    for (const { name } of secrets) {
      const setting = shown.find((candidate) => candidate.name === name)!
      assert.deepEqual([setting.isSet, setting.value], [true, undefined], name)
    }
  })

  for (const [text, expected] of [
    ['authgate.db', 'authgate.db'],
    ['postgres://authgate:s3cret@db:5432/authgate', 'postgres://authgate:***@db:5432/authgate'],
    ['postgres://authgate:s3@cr:et@db/authgate', 'postgres://authgate:***@db/authgate'],
    ['postgres://:s3cret@db/authgate', 'postgres://:***@db/authgate'],
    ['postgres://authgate@db/authgate', 'postgres://authgate@db/authgate'],
    ['postgres://db/authgate?user=a&password=s3cret&x=1', 'postgres://db/authgate?user=a&password=***&x=1'],
    ['postgres://db/authgate?sslpassword=s3cret', 'postgres://db/authgate?sslpassword=***'],
    ['host=db user=a password=s3cret dbname=b', 'host=db user=a password=*** dbname=b'],
    ["host=db password = 's3 cr\\'et' dbname=b", 'host=db password = *** dbname=b'],
    ["password='never closed", 'password=***'],
    ['redis://:s3cret@cache:6379/0,redis://u:t0p@other', 'redis://:***@cache:6379/0,redis://u:***@other'],
    ['https://auth.example.com', 'https://auth.example.com'],
    ['10.0.0.0/8,::1/128', '10.0.0.0/8,::1/128'],
    ['com.example.app:/callback', 'com.example.app:/callback'],
  ] as const) {
    it(`hides passwords: ${text}`, () => assert.equal(withoutPasswords(text), expected))
  }
})
