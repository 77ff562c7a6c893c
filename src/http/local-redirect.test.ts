import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { localRedirect } from './local-redirect.ts'

const plain = { issuer: 'https://auth.example.com', basePath: '' }
const mounted = { issuer: 'https://example.com:8443/auth', basePath: '/auth' }

describe('local redirect', () => {
  it('keeps paths of this server, below its base path', () => {
    for (const path of [
      '/',
      '/device',
      '/device?user_code=WDJB-MJHT',
      '/a/b?c=d&e=%2F#f',
      '/login?redirect=%2F%2Fevil',
    ]) {
      assert.equal(localRedirect(path, plain), path)
      assert.equal(localRedirect(path, mounted), `/auth${path}`)
    }
  })

  it('keeps absolute addresses of this server', () => {
    assert.equal(localRedirect('https://auth.example.com/device?a=b', plain), '/device?a=b')
    assert.equal(localRedirect('HTTPS://AUTH.example.com:443/device', plain), '/device')
    assert.equal(localRedirect('https://example.com:8443/auth/device', mounted), '/auth/device')
  })

  it('writes what a header cannot hold in percent-encoding', () => {
    assert.equal(localRedirect('/device?name=é', plain), '/device?name=%C3%A9')
  })

  const hostile = [
    '',
    'device',
    'evil.example',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    ' //evil.example',
    '\u0000//evil.example',
    '\u00a0//evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/%2e//evil.example',
    '/a/..//evil.example',
    'https://evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https:///evil.example',
    'http://auth.example.com/device',
    'https://auth.example.com.evil.example/',
    'https://auth.example.com@evil.example/',
    'https://user@auth.example.com/',
    'https://auth.example.com:444/',
    'https://auth.example.com//evil.example',
    'https://auth.example.com\\@evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://auth.example.com/',
    '/device\r\nset-cookie: a=b',
    '?redirect=/',
    '#',
    `/${'a'.repeat(3000)}`,
  ]

  it('refuses everything that leads elsewhere', () => {
    for (const text of hostile) assert.equal(localRedirect(text, plain), undefined, JSON.stringify(text))
    assert.equal(localRedirect(undefined, plain), undefined)
  })

  it('refuses what leads out of the base path', () => {
    for (const text of [
      '/../other',
      '/..',
      '/../authority',
      '/a/../../other',
      '/%2E%2e/other',
      '/../auth/../other',
      'https://example.com:8443/',
      'https://example.com:8443/other',
      'https://example.com:8443/authority',
      'https://example.com:8443/auth/../other',
    ]) {
      assert.equal(localRedirect(text, mounted), undefined, text)
    }
    assert.equal(localRedirect('/../auth/device', mounted), '/auth/device')
    assert.equal(localRedirect('https://example.com:8443/auth?a=b', mounted), '/auth?a=b')
  })

  it('never leads to another origin or out of the base path, whatever is asked for', () => {
    const piece = fc.constantFrom(
      ...[
        '/',
        '//',
        '\\',
        '.',
        '..',
        '%2e',
        '%2f',
        '%5c',
        ':',
        '@',
        '?',
        '#',
        'https:',
        'http://',
        'javascript:',
      ],
      ...[
        'evil.example',
        'auth.example.com',
        'example.com:8443',
        '\t',
        '\r\n',
        '\0',
        ' ',
        '\u00a0',
        '\u2028',
        '。',
        '／',
      ],
    )
    const text = fc.oneof(
      fc
        .array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 8 })
        .map((parts) => parts.join('')),
      fc.webUrl(),
      fc.constantFrom(...hostile),
    )
    fc.assert(
      fc.property(text, fc.constantFrom(plain, mounted), (asked, server) => {
        const location = localRedirect(asked, server)
        if (location === undefined) return
        const { origin } = new URL(server.issuer)
        assert.match(location, /^\/(?!\/)[\x21-\x7e]*$/)
        assert.equal(location.includes('\\'), false)
        const target = new URL(location, `${origin}/login`)
        assert.equal(target.origin, origin)
        assert.ok(`${target.pathname}/`.startsWith(`${server.basePath}/`), location)
      }),
      { numRuns: 2000 },
    )
  })
})
