/** RFC 9449 §4.3: addresses of requests, compared. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { comparableUri } from './htu.ts'

const url = 'https://auth.example.com/sso/oauth/token'

describe('comparing htu', () => {
  for (const same of [
    url,
    'HTTPS://Auth.Example.COM/sso/oauth/token',
    'https://auth.example.com:443/sso/oauth/token',
    `${url}?a=b`,
    `${url}#part`,
    `${url}?a=b#part`,
    'https://auth.example.com/sso/./x/../oauth/token',
    'https://auth.example.com/sso/oauth/%74oken',
  ]) {
    it(`${same} is the same`, () => assert.equal(comparableUri(same), url))
  }

  for (const other of [
    'http://auth.example.com/sso/oauth/token',
    'https://auth.example.com:8443/sso/oauth/token',
    'https://auth.example.org/sso/oauth/token',
    'https://auth.example.com/oauth/token',
    'https://auth.example.com/sso/oauth/Token',
    'https://auth.example.com/sso/oauth/token/',
    'https://auth.example.com/sso/oauth%2Ftoken',
    'https://auth.example.com.evil.example/sso/oauth/token',
  ]) {
    it(`${other} is another`, () => {
      assert.notEqual(comparableUri(other), undefined)
      assert.notEqual(comparableUri(other), url)
    })
  }

  for (const none of [
    '',
    '/sso/oauth/token',
    'auth.example.com/sso/oauth/token',
    'urn:auth.example.com',
    'https:auth.example.com/sso/oauth/token',
    'https:///auth.example.com/sso/oauth/token',
    'https://me@auth.example.com/sso/oauth/token',
    ' https://auth.example.com/sso/oauth/token',
    'https://auth.example.com/sso/oauth/to\tken',
    'https://auth.example.com\\sso\\oauth\\token',
    'https://auth.example.com/sso/oauth/tokén',
    'https://auth.example.com:99999/sso/oauth/token',
  ]) {
    it(`${JSON.stringify(none)} is no address`, () => assert.equal(comparableUri(none), undefined))
  }

  const segment = fc.stringMatching(/^[a-z0-9~_-]{1,8}$/)
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  const host = fc.stringMatching(/^[a-z]{1,8}\.example$/)

  it('ignores case of scheme and host, default port, query, fragment and needless encoding', () => {
    const spelled = fc.record({ host, path, upper: fc.boolean(), port: fc.boolean(), rest: fc.boolean() })
    fc.assert(
      fc.property(spelled, fc.nat(), (one, at) => {
        const origin = `https://${one.host}`
        const index = 1 + (at % (one.path.length - 1))
        const character = one.path[index]!
        const octet = `%${character.charCodeAt(0).toString(16)}`
        const encoded =
          character === '/' ? one.path : one.path.slice(0, index) + octet + one.path.slice(index + 1)
        const written =
          (one.upper ? origin.toUpperCase() : origin) +
          (one.port ? ':443' : '') +
          encoded +
          (one.rest ? '?x=/other#y' : '')
        assert.equal(comparableUri(written), origin + one.path)
      }),
    )
  })

  it('tells different paths apart, and its result is its own', () => {
    fc.assert(
      fc.property(host, path, path, (name, left, right) => {
        const one = comparableUri(`https://${name}${left}`)!
        assert.equal(comparableUri(one), one)
        assert.equal(one === comparableUri(`https://${name}${right}`), left === right)
      }),
    )
  })

  it('takes any text without failing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 40 }), (text) => {
        comparableUri(text)
        comparableUri(`https://${text}`)
      }),
    )
  })
})
