import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { matchesRegistered, redirectKind } from './redirect-uri.ts'

describe('redirect URIs', () => {
  for (const [requested, registered] of [
    ['https://app.example/callback', 'https://app.example/callback'],
    ['https://app.example/callback?tenant=a', 'https://app.example/callback?tenant=a'],
    ['https://app.example', 'https://app.example/'],
    ['https://app.example/', 'https://app.example'],
    ['http://127.0.0.1:49152/callback', 'http://127.0.0.1/callback'],
    ['http://127.0.0.1:1/callback', 'http://127.0.0.1:8888/callback'],
    ['http://127.0.0.1:33418/', 'http://127.0.0.1:33418'],
    ['http://[::1]:5000/cb?x=1', 'http://[::1]/cb?x=1'],
    ['http://localhost:3118/callback', 'http://localhost/callback'],
    ['com.example.app:/callback', 'com.example.app:/callback'],
  ] as const) {
    test(`${requested} is ${registered}`, () => {
      assert.equal(matchesRegistered(requested, ['https://other.example/', registered]), true)
    })
  }

  for (const [requested, registered] of [
    ['https://app.example/callback/more', 'https://app.example/callback'],
    ['https://app.example/Callback', 'https://app.example/callback'],
    ['https://app.example/callback?a=b', 'https://app.example/callback'],
    ['https://app.example/callback', 'https://app.example/callback?a=b'],
    ['https://app.example/callback#', 'https://app.example/callback'],
    ['https://app.example/callback#x', 'https://app.example/callback#x'],
    ['https://app.example:8443/callback', 'https://app.example/callback'],
    ['http://app.example/callback', 'https://app.example/callback'],
    ['https://app.example@evil.example', 'https://app.example'],
    ['https://app.example\\@evil.example', 'https://app.example'],
    ['http://localhost:1/callback', 'http://127.0.0.1/callback'],
    ['http://127.0.0.2:1/callback', 'http://127.0.0.1/callback'],
    ['http://127.0.0.1:1/other', 'http://127.0.0.1/callback'],
    ['http://127.0.0.1:1/callback?a', 'http://127.0.0.1/callback'],
    ['http://127.0.0.1:1@evil.example/callback', 'http://127.0.0.1/callback'],
    ['http://127.0.0.1.evil.example/callback', 'http://127.0.0.1/callback'],
    ['http://localhost.evil.example/callback', 'http://localhost/callback'],
    ['https://127.0.0.1:1/callback', 'https://127.0.0.1/callback'],
    ['http://LOCALHOST:1/callback', 'http://localhost/callback'],
  ] as const) {
    test(`${requested} is not ${registered}`, () => {
      assert.equal(matchesRegistered(requested, [registered]), false)
    })
  }

  test('nothing matches where nothing is registered', () => {
    assert.equal(matchesRegistered('https://app.example/', []), false)
  })

  test('what matches has the same host as what is registered', () => {
    const registered = ['https://app.example/cb', 'http://127.0.0.1/cb', 'http://localhost/cb']
    const pieces = fc.constantFrom(
      'https://app.example',
      'http://127.0.0.1',
      'http://localhost',
      ':8080',
      '@evil.example',
      '.evil.example',
      '/cb',
      '/',
      '\\',
      '?a',
      '#f',
      '%2f',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), (parts) => {
        const requested = parts.join('')
        if (!matchesRegistered(requested, registered)) return
        const hosts = registered.map((uri) => new URL(uri).hostname)
        assert.ok(hosts.includes(new URL(requested).hostname), requested)
        assert.equal(new URL(requested).pathname, '/cb')
      }),
      { numRuns: 2000 },
    )
  })

  test('a redirect URI is the web, this computer, or an app', () => {
    assert.equal(redirectKind('https://app.example/cb'), 'web')
    assert.equal(redirectKind('http://intranet/cb'), 'web')
    assert.equal(redirectKind('http://127.0.0.1:8080/cb'), 'loopback')
    assert.equal(redirectKind('http://localhost.evil.example/cb'), 'web')
    assert.equal(redirectKind('com.example.app:/cb'), 'private_use')
    assert.equal(redirectKind('cursor://anysphere.cursor-mcp/oauth/callback'), 'private_use')
  })
})
