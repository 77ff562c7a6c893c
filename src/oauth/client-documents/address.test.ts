import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addressProblem, hostOfAddress, isAddress } from './address.ts'
import { isTrusted, mayDescribe } from './policy.ts'

const rules = { ports: [8443], loopbackAllowed: false }
const local = { ...rules, loopbackAllowed: true }

describe('the address of a client document', () => {
  for (const address of [
    'https://claude.ai/oauth/mcp-oauth-client-metadata',
    'https://vscode.dev/oauth/client-metadata.json',
    'https://chatgpt.com/oauth/abc/client.json?token_endpoint_auth_method=none',
    'https://app.example.com:443/c',
    'https://app.example.com:8443/c',
    'https://APP.example.com/c',
    'https://app.example.com/c/',
    'https://app.example.com/a/...//b',
    'https://app.example.com/%7Ea?',
    'https://xn--bcher-kva.example/c',
    'https://1.example.com/c',
  ]) {
    it(`may be ${address}`, () => assert.equal(addressProblem(address, rules), undefined))
  }

  for (const address of [
    'http://app.example.com/c',
    'HTTPS://app.example.com/c',
    'https:/app.example.com/c',
    'https:///c',
    'https://app.example.com',
    'https://app.example.com/',
    'https://app.example.com?c',
    'https://app.example.com/?c',
    'https://app.example.com/c#',
    'https://app.example.com/c#x',
    'https://app.example.com/a/../c',
    'https://app.example.com/a/..',
    'https://app.example.com/./c',
    'https://app.example.com/%2e%2e/c',
    'https://app.example.com/.%2E/c',
    'https://app.example.com/%2e/c',
    'https://user@app.example.com/c',
    'https://@app.example.com/c',
    'https://user:pass@app.example.com/c',
    'https://app.example.com:/c',
    'https://app.example.com:0443/c',
    'https://app.example.com:80/c',
    'https://app.example.com:99999/c',
    'https://app.example.com./c',
    'https://localhost/c',
    'https://example/c',
    'https://printer.local/c',
    'https://metadata.internal/c',
    'https://x.localhost/c',
    'https://127.0.0.1/c',
    'https://127.1/c',
    'https://1.2.3.0x4/c',
    'https://0x7f.1/c',
    'https://2130706433/c',
    'https://[::1]/c',
    'https://[2606:4700::1]/c',
    'https://app.example.com\\@evil.example/c',
    'https://app.example.com/c d',
    'https://app.example.com/c\n',
    'https://app.example.com/\u00e9',
    'https://b\u00fccher.example/c',
    'https://app.example.com/%zz',
    'https://app.example.com/%2',
    `https://app.example.com/${'c'.repeat(512)}`,
  ]) {
    it(`is never ${JSON.stringify(address).slice(0, 60)}`, () => {
      assert.notEqual(addressProblem(address, rules), undefined)
    })
  }

  it('may be on this computer where the server itself is', () => {
    for (const address of [
      'http://localhost:3000/c',
      'https://localhost:3000/c',
      'http://127.0.0.1/c',
      'http://[::1]:1/c',
    ]) {
      assert.equal(addressProblem(address, local), undefined, address)
      assert.notEqual(addressProblem(address, rules), undefined, address)
    }
    assert.notEqual(addressProblem('http://app.example.com/c', local), undefined)
    assert.notEqual(addressProblem('http://localhost:3000/', local), undefined)
  })

  it('is told from ids of clients that are registered', () => {
    assert.equal(isAddress('0195f1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', rules), false)
    assert.equal(isAddress('http://localhost/c', rules), false)
    assert.equal(isAddress('https://', rules), true)
  })

  it('is read by a parser as it was checked: same host, same path, nothing folded', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        '.',
        '..',
        '%2e',
        '%2E',
        '/',
        '//',
        ':',
        '@',
        '?',
        '#',
        '\\',
        '%',
        '%41',
        ' ',
        '\t',
        'é',
        '[',
        ']',
      ],
      ...['example.com', 'localhost', '127.0.0.1', '0x7f', '443', '8443', 'xn--', '-', '_', '~', '*', '|'],
    )
    const address = fc
      .array(piece, { maxLength: 8 })
      .chain((rest) =>
        fc.constantFrom('https://', 'https://example.com/', 'https:').map((start) => start + rest.join('')),
      )
    fc.assert(
      fc.property(address, (text) => {
        if (addressProblem(text, rules) !== undefined) return
        const url = new URL(text)
        const [, authority = '', rest = ''] = /^https:\/\/([^/]*)(.*)$/.exec(text)!
        assert.equal(url.protocol, 'https:')
        assert.equal(url.username + url.password + url.hash, '')
        assert.equal(url.hostname, authority.split(':')[0]!.toLowerCase())
        assert.equal(hostOfAddress(text), url.hostname)
        assert.equal(url.href.slice(url.origin.length), rest)
        assert.ok(url.pathname.length > 1)
      }),
      { numRuns: 20_000 },
    )
  })
})

describe('the policy for hosts', () => {
  const lists = {
    allow: ['claude.ai', '*.example.com'],
    trusted: ['trusted.example.net', '*.example.org'],
    deny: ['bad.example.com', 'bad.example.org'],
  }
  for (const [host, mode, expected] of [
    ['claude.ai', 'allowlist', true],
    ['x.claude.ai', 'allowlist', false],
    ['a.example.com', 'allowlist', true],
    ['a.b.example.com', 'allowlist', true],
    ['example.com', 'allowlist', false],
    ['evilexample.com', 'allowlist', false],
    ['bad.example.com', 'allowlist', false],
    ['bad.example.com', 'open', false],
    ['elsewhere.example', 'open', true],
    ['claude.ai', 'off', false],
    ['trusted.example.net', 'allowlist', true],
    ['bad.example.org', 'allowlist', false],
  ] as const) {
    it(`${mode}: ${host} ${expected ? 'may' : 'may not'}`, () => {
      assert.equal(mayDescribe(host, { mode, ...lists }), expected)
    })
  }

  it('trusts those named, and none that is denied', () => {
    const trusted = (host: string, mode: 'open' | 'off' = 'open') => isTrusted(host, { mode, ...lists })
    const hosts = ['trusted.example.net', 'a.example.org', 'example.org', 'bad.example.org', 'claude.ai']
    assert.deepEqual(
      hosts.filter((host) => trusted(host)),
      ['trusted.example.net', 'a.example.org'],
    )
    assert.equal(trusted('trusted.example.net', 'off'), false)
  })
})
