import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compatibility } from '../compatibility.ts'
import { type RedirectUriRules, redirectUriProblem } from './redirect-uris.ts'

const cursor = 'cursor://anysphere.cursor-mcp/oauth/callback'
const registered: RedirectUriRules = {
  privateUseUris: new Set(compatibility.privateUseRedirectUris),
  reverseDomainSchemes: false,
}
const operators: RedirectUriRules = { ...registered, reverseDomainSchemes: true }

const good = [
  'https://app.example.com/callback',
  'https://app.example.com',
  'https://app.example.com:8443/cb?a=b&c=d',
  'https://claude.ai/api/mcp/auth_callback',
  'https://xn--bcher-kva.example/cb',
  'http://127.0.0.1/callback',
  'http://127.0.0.1:33418/',
  'http://[::1]:8080/cb',
  'http://localhost/callback',
  'http://localhost:3118/callback',
  cursor,
]
const bad = [
  '',
  '/callback',
  'callback',
  'https://',
  'https:///path',
  'https://app.example.com/#',
  'https://app.example.com/#fragment',
  'https://user@app.example.com/',
  'https://user:secret@app.example.com/',
  'https://@app.example.com/',
  'https://app.example.com/a b',
  'https://app.example.com/\n',
  'https://app.example.com\\@evil.example/',
  'https://app.example.com/é',
  'https://bücher.example/',
  'https://app.example.com/"><script>',
  'https://*.example.com/',
  'HTTPS://app.example.com/',
  'https:app.example.com/',
  'http://app.example.com/callback',
  'http://127.0.0.1.evil.example/',
  'http://localhost.evil.example/',
  'http://127.0.0.1@evil.example/',
  'http://localhost:99999/',
  'http://127.1/',
  'http://0.0.0.0/',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'vbscript:x',
  'blob:https://app.example.com/1',
  'about:blank',
  'ws://localhost/',
  'cursor://anysphere.cursor-mcp/oauth/callback/other',
  `https://app.example.com/${'a'.repeat(512)}`,
]

describe('redirect URIs to register', () => {
  for (const uri of good) {
    it(`${uri} may be registered`, () => {
      assert.equal(redirectUriProblem(uri, registered), undefined)
      assert.equal(redirectUriProblem(uri, operators), undefined)
    })
  }
  for (const uri of bad) {
    it(`${JSON.stringify(uri).slice(0, 60)} may not`, () => {
      for (const rules of [registered, operators]) {
        const problem = redirectUriProblem(uri, rules)
        assert.notEqual(problem, undefined)
        // Goes into error_description (RFC 6749 §5.2).
        assert.match(problem!, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
      }
    })
  }

  it('a scheme of an app’s own is known, or an operator’s reversed domain name (RFC 8252 §7.1)', () => {
    for (const uri of ['com.example.app:/callback', 'com.example.app://cb', 'io.github.my-app:/']) {
      assert.notEqual(redirectUriProblem(uri, registered), undefined, uri)
      assert.equal(redirectUriProblem(uri, operators), undefined, uri)
    }
    for (const uri of ['myapp://callback', 'x:/', 'com.example.app+x:/']) {
      assert.notEqual(redirectUriProblem(uri, operators), undefined, uri)
    }
  })

  it('no list allows a scheme that runs something', () => {
    const uri = 'javascript:alert(1)'
    assert.notEqual(redirectUriProblem(uri, { ...operators, privateUseUris: new Set([uri]) }), undefined)
  })

  it('a scheme of an app’s own names no user either', () => {
    assert.equal(redirectUriProblem('com.example.app://host/cb', operators), undefined)
    assert.equal(redirectUriProblem('com.example.app:/cb@here', operators), undefined)
    assert.notEqual(redirectUriProblem('com.example.app://user@host/cb', operators), undefined)
  })

  it('whatever is accepted is a URI without user and fragment', () => {
    const parts = fc.constantFrom(
      'http',
      'https',
      '://',
      ':',
      '/',
      '@',
      '#',
      '\\',
      '127.0.0.1',
      'localhost',
      '[::1]',
      'evil.example',
      '?',
      '.',
      ' ',
      '%',
      'a',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (words) => {
        const uri = words.join('')
        if (redirectUriProblem(uri, operators) !== undefined) return
        const url = new URL(uri)
        assert.equal(url.hash + url.username + url.password, '')
        assert.ok(!uri.includes('#') && !uri.includes('\\'))
        if (url.protocol === 'http:') assert.match(url.hostname, /^(127\.0\.0\.1|localhost|\[::1\])$/)
      }),
      { numRuns: 2000 },
    )
  })
})
