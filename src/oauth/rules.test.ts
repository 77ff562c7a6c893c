/** The pure rules of the protocol core, as tables. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { instant } from '../shared/clock.ts'
import { createSystemRandom } from '../shared/random.ts'
import { hashClientSecret, issueClientSecret, verifyClientSecret } from './client-secret.ts'
import { type DeviceGrantState, decidePoll, type PollDecision } from './device-authorization/grant.ts'
import { OAuthError, oauthErrors } from './errors.ts'
import { parseForm, parseJson, parseUrlEncoded } from './parameters.ts'
import { decideRefresh, type RefreshDecision } from './refresh-token/decide.ts'
import { canonicalResource, selectResources } from './resource-indicator.ts'
import { formatScope, narrowScopes, parseScope, requireScopes } from './scope.ts'
import type { RefreshTokenState } from './token/token.ts'

function codeOf(body: () => unknown): string | undefined {
  try {
    body()
  } catch (error) {
    assert.ok(error instanceof OAuthError)
    return error.code
  }
  return undefined
}

const form = 'application/x-www-form-urlencoded'

describe('RFC 6749 §3.2, appendix B: request parameters', () => {
  it('are decoded', () => {
    const parameters = parseForm('grant_type=a&client_id=a%20b+c&scope=%E2%82%AC', `${form}; charset=utf-8`)
    assert.equal(parameters.get('client_id'), 'a b c')
    assert.equal(parameters.get('scope'), '€')
    assert.equal(parameters.require('grant_type'), 'a')
  })

  it('without a value count as left out', () => {
    const parameters = parseForm('a=&b&c=1&', form)
    assert.deepEqual(
      [parameters.get('a'), parameters.get('b'), parameters.get('c')],
      [undefined, undefined, '1'],
    )
    assert.equal(
      codeOf(() => parameters.require('a')),
      'invalid_request',
    )
  })

  it('may not be repeated, not even empty', () => {
    for (const body of ['a=1&a=2', 'a=1&a=1', 'a=&a=1', 'a&a']) {
      assert.equal(
        codeOf(() => parseForm(body, form)),
        'invalid_request',
        body,
      )
    }
  })

  it('takes several lines, indented or not, where a page says so, divided one way, and no other control character', () => {
    const parameters = parseForm('uris=a%0D%0A%09b%0Dc%0A&name=x', form, ['uris'])
    assert.equal(parameters.get('uris'), 'a\n\tb\nc\n')
    for (const body of ['uris=a%0A&name=x%0A', 'uris=a%00', 'name=a%09b', 'uris%0A=a']) {
      assert.equal(
        codeOf(() => parseForm(body, form, ['uris'])),
        'invalid_request',
        body,
      )
    }
  })

  it('RFC 8707 §2: resource may', () => {
    assert.deepEqual(parseForm('resource=https://a&resource=https://b&resource=', form).all('resource'), [
      'https://a',
      'https://b',
    ])
  })

  for (const body of [
    'a=%',
    'a=%zz',
    'a=%C3%28',
    'a=%00',
    'a=%0a',
    '%00=1',
    'a=\u0000',
    `${'a&'.repeat(101)}`,
  ]) {
    it(`refuses ${JSON.stringify(body).slice(0, 30)}`, () => {
      assert.equal(
        codeOf(() => parseForm(body, form)),
        'invalid_request',
      )
    })
  }

  for (const type of [undefined, 'text/plain', 'application/json', 'multipart/form-data; boundary=x']) {
    it(`refuses a body of type ${type}`, () => {
      assert.equal(
        codeOf(() => parseForm('a=1', type)),
        'invalid_request',
      )
    })
  }

  it('survive any text without anything but a value or invalid_request', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (body) => {
        const code = codeOf(() => parseUrlEncoded(body))
        return code === undefined || code === 'invalid_request'
      }),
    )
  })

  it('come back from their encoding', () => {
    const printable = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/\p{Cc}/u.test(text))
    fc.assert(
      fc.property(fc.dictionary(printable, printable, { maxKeys: 20 }), (values) => {
        const parameters = parseUrlEncoded(new URLSearchParams(values).toString())
        for (const [name, value] of Object.entries(values)) {
          if (name !== 'resource') assert.equal(parameters.get(name), value)
        }
      }),
    )
  })

  it('of a JSON object are read alike', () => {
    const parameters = parseJson('{"client_id":"a","resource":["https://a","https://b"],"x":1,"scope":""}')
    assert.equal(parameters.get('client_id'), 'a')
    assert.equal(parameters.get('x'), undefined)
    assert.deepEqual(parameters.all('resource'), ['https://a', 'https://b'])
    assert.equal(parseJson('{"scope":null,"y":[1,{}],"z":{"a":1}}').get('scope'), undefined)
    for (const body of [
      '',
      '[]',
      'null',
      '"a"',
      '{',
      '{"a":"\\u0000"}',
      '{"a":["1","2"]}',
      '{"scope":1}',
      '{"scope":["a",{}]}',
      '{"client_id":true}',
      '{"resource":[1]}',
    ]) {
      assert.equal(
        codeOf(() => parseJson(body)),
        'invalid_request',
        body,
      )
    }
  })
})

describe('RFC 6749 §3.3: scopes', () => {
  it('are words, in order, once each', () => {
    assert.deepEqual(parseScope('b  a b '), ['b', 'a'])
    assert.equal(parseScope('  '), undefined)
    assert.equal(parseScope(undefined), undefined)
    assert.equal(formatScope(['a', 'b']), 'a b')
  })
  for (const scope of ['a"b', 'a\\b', 'é', 'a\tb', 'x'.repeat(2049)]) {
    it(`refuse ${JSON.stringify(scope).slice(0, 20)}`, () => {
      assert.equal(
        codeOf(() => parseScope(scope)),
        'invalid_scope',
      )
    })
  }
  it('are narrowed to what is allowed, unless nothing remains', () => {
    assert.deepEqual(narrowScopes(['write', 'email', 'admin'], ['email', 'read', 'write']), [
      'write',
      'email',
    ])
    assert.deepEqual(narrowScopes(undefined, ['email']), ['email'])
    assert.equal(
      codeOf(() => narrowScopes(['admin'], ['email'])),
      'invalid_scope',
    )
  })
  it('beyond the allowed are refused where they may not be dropped', () => {
    assert.equal(
      codeOf(() => requireScopes(['a', 'b'], ['a'], 'no')),
      'invalid_scope',
    )
    requireScopes(['a'], ['a', 'b'], 'no')
  })
  it('narrowed never exceed the allowed, and narrowing again changes nothing', () => {
    const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1 })
    fc.assert(
      fc.property(words, words, (requested, allowed) => {
        if (!requested.some((scope) => allowed.includes(scope))) return
        const granted = narrowScopes(requested, allowed)
        assert.ok(granted.every((scope) => allowed.includes(scope) && requested.includes(scope)))
        assert.deepEqual(narrowScopes(granted, allowed), granted)
      }),
    )
  })
})

describe('RFC 8707 §2: resource indicators', () => {
  const equal: [string, string][] = [
    ['HTTPS://API.Example.com/v1', 'https://api.example.com/v1'],
    ['https://api.example.com:443/', 'https://api.example.com'],
    ['urn:example:api', 'urn:example:api'],
    ['https://api.example.com/%7Euser/%61?q=%2d', 'https://api.example.com/~user/a?q=-'],
    ['https://api.example.com/a%2fb', 'https://api.example.com/a%2Fb'],
  ]
  for (const [left, right] of equal) {
    it(`${left} is ${right}`, () => assert.equal(canonicalResource(left), canonicalResource(right)))
  }
  it('are not compared by prefix', () => {
    assert.notEqual(canonicalResource('https://a.example/api'), canonicalResource('https://a.example/api/v2'))
  })
  for (const text of [
    'api',
    '/api',
    'https://a/#',
    'https://a/#x',
    'https://u:p@a/',
    '',
    `https://a/${'x'.repeat(1024)}`,
  ]) {
    it(`refuse ${text.slice(0, 30)}`, () => assert.equal(canonicalResource(text), undefined))
  }
  it('go into the audience as they were registered', () => {
    assert.deepEqual(selectResources(['HTTPS://A.example/'], ['https://a.example'], 'no'), [
      'https://a.example',
    ])
  })
  it('may end in one slash more or less, unless both spellings are registered', () => {
    const one = ['https://a.example/mcp', 'https://a.example/x/', 'https://a.example/q?r']
    const select = (text: string, registered = one) =>
      codeOf(() => selectResources([text], registered, 'no')) ?? selectResources([text], registered, 'no')[0]
    assert.equal(select('https://a.example/mcp/'), one[0])
    assert.equal(select('https://a.example/x'), one[1])
    for (const text of ['https://a.example/mcp//', 'https://a.example/q?r/', 'https://a.example/q/?r']) {
      assert.equal(select(text), 'invalid_target', text)
    }
    const both = ['https://a.example/mcp', 'https://a.example/mcp/']
    for (const text of both) assert.equal(select(text, both), text)
  })
  it('unknown, malformed or too many are invalid_target', () => {
    const registered = ['https://a.example']
    assert.equal(
      codeOf(() => selectResources(['https://b.example'], registered, 'no')),
      'invalid_target',
    )
    assert.equal(
      codeOf(() => selectResources(['https://a.example#f'], registered, 'no')),
      'invalid_target',
    )
    assert.equal(
      codeOf(() => selectResources(['https://a.example'], [], 'no')),
      'invalid_target',
    )
    assert.equal(
      codeOf(() => selectResources(Array(11).fill('https://a.example'), registered, 'no')),
      'invalid_target',
    )
    assert.deepEqual(selectResources([], [], 'no'), [])
  })
})

describe('RFC 8628 §3.5: what a poll is answered', () => {
  const issued = 1_000_000
  const table: [DeviceGrantState, number, number | undefined, PollDecision, string][] = [
    ['pending', 5, undefined, 'pending', 'the first poll, however early'],
    ['pending', 10, 5, 'pending', 'exactly on the interval'],
    ['pending', 9.01, 5, 'pending', 'within a second of it'],
    ['pending', 8.9, 5, 'slow_down', 'more than a second early'],
    ['pending', 600, 599.9, 'expired', 'expiry wins over slow_down'],
    ['approved', 6, 5.9, 'approved', 'approval wins over slow_down'],
    ['denied', 6, 5.9, 'denied', 'denial wins over slow_down'],
    ['denied', 700, undefined, 'denied', 'denial wins over expiry'],
    ['approved', 600, undefined, 'expired', 'an approval nobody fetched expires'],
    ['redeemed', 6, undefined, 'redeemed', 'a code works once'],
    ['redeemed', 700, undefined, 'redeemed', 'also past its time'],
  ]
  for (const [state, now, previous, decision, why] of table) {
    it(`${state} at ${now} s: ${decision} (${why})`, () => {
      const grant = { state, expiresAt: instant(issued + 600_000), intervalSeconds: 5 }
      const previousPollAt = previous === undefined ? undefined : instant(issued + previous * 1000)
      assert.equal(decidePoll(grant, previousPollAt, instant(issued + now * 1000)), decision)
    })
  }
})

describe('RFC 9700 §4.14.2: what a refresh token is good for', () => {
  const table: [RefreshTokenState, number | undefined, boolean, number, number, RefreshDecision][] = [
    ['active', undefined, false, 30, 10, 'rotate'],
    ['active', undefined, false, 30, 1000, 'expired'],
    ['superseded', 5, false, 30, 34.9, 'sibling'],
    ['superseded', 5, false, 30, 35, 'reuse'],
    ['superseded', 5, true, 30, 6, 'reuse'],
    ['superseded', 5, false, 0, 5, 'reuse'],
    ['superseded', 999, false, 30, 1001, 'expired'],
    ['superseded', undefined, false, 30, 6, 'reuse'],
    ['revoked', 5, false, 30, 6, 'ended'],
    ['disabled', undefined, false, 30, 6, 'ended'],
  ]
  for (const [state, supersededAt, successorUsed, grace, now, decision] of table) {
    it(`${state}${successorUsed ? ', successor used' : ''}, grace ${grace} s, at ${now} s: ${decision}`, () => {
      const token = {
        state,
        expiresAt: instant(1_000_000),
        supersededAt: supersededAt === undefined ? undefined : instant(supersededAt * 1000),
      }
      assert.equal(decideRefresh(token, successorUsed, grace, instant(now * 1000)), decision)
    })
  }
})

describe('client secrets', () => {
  it('verify against their hash only', async () => {
    const { plaintext, hash } = issueClientSecret(createSystemRandom())
    assert.equal(await verifyClientSecret(plaintext, hash), 'match')
    assert.equal(await verifyClientSecret(`${plaintext}x`, hash), 'mismatch')
    assert.equal(await verifyClientSecret(plaintext, 'unknown'), 'mismatch')
    assert.equal(hashClientSecret(plaintext), hash)
    assert.ok(!hash.includes(plaintext))
  })
  it('imported as bcrypt verify and ask to be replaced', async () => {
    const { hash } = await import('@node-rs/bcrypt')
    const stored = await hash('imported secret', { cost: 4 })
    assert.equal(await verifyClientSecret('imported secret', stored), 'match_outdated')
    assert.equal(await verifyClientSecret('another', stored), 'mismatch')
  })
})

describe('RFC 6749 §5.2: errors', () => {
  it('leave out a description that is not there', () => {
    assert.deepEqual(new OAuthError('slow_down').body(), { error: 'slow_down' })
    assert.deepEqual(new OAuthError('invalid_scope', { description: 'x' }).body(), {
      error: 'invalid_scope',
      error_description: 'x',
    })
  })
  it('are codes that something sends', () => {
    // Tests run from the repository's root.
    const sources = globSync('src/**/*.{ts,tsx}').filter(
      (file) => !/\.test\.ts$|oauth\/errors\.ts$/.test(file),
    )
    const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n')
    for (const code of Object.keys(oauthErrors)) assert.ok(text.includes(`'${code}'`), code)
  })

  it('carry the status of their clause', () => {
    const others = {
      invalid_client: 401,
      invalid_token: 401,
      missing_token: 401,
      insufficient_scope: 403,
      rate_limit_exceeded: 429,
      server_error: 500,
      temporarily_unavailable: 503,
    }
    for (const code of Object.keys(oauthErrors) as (keyof typeof oauthErrors)[]) {
      assert.equal(new OAuthError(code).status, others[code as keyof typeof others] ?? 400, code)
    }
  })
})
