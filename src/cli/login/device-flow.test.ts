import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDeviceCode } from './device-flow.ts'

const response = {
  device_code: 'd',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://a.example/device',
  expires_in: 1800,
}

test('RFC 8628 §3.2: the interval is five seconds when the server names none', () => {
  assert.deepEqual(parseDeviceCode(response), {
    deviceCode: 'd',
    userCode: 'WDJB-MJHT',
    verificationUri: 'https://a.example/device',
    verificationUriComplete: undefined,
    expiresInSeconds: 1800,
    intervalSeconds: 5,
  })
})

test('RFC 8628 §3.2: the interval is never less than a second, and the default when it says nothing', () => {
  const interval = (value: unknown) => parseDeviceCode({ ...response, interval: value })?.intervalSeconds
  assert.deepEqual([0.01, 1, 1.5, 0, -1, 'soon', null].map(interval), [1, 1, 1.5, 5, 5, 5, 5])
})

test('older spellings are understood: verification_url, numbers as text', () => {
  const { verification_uri, ...rest } = response
  const code = parseDeviceCode({
    ...rest,
    verification_url: verification_uri,
    expires_in: '900',
    interval: '7',
  })
  assert.equal(code?.verificationUri, verification_uri)
  assert.equal(code?.expiresInSeconds, 900)
  assert.equal(code?.intervalSeconds, 7)
})

test('no code is waited for longer than a day', () => {
  assert.equal(parseDeviceCode({ ...response, expires_in: 1e12 })?.expiresInSeconds, 86_400)
})

test('addresses are shown as a browser would, so that no look-alike letter passes', () => {
  const code = parseDeviceCode({ ...response, verification_uri: 'https://ex\u0430mple.com/device' })
  assert.equal(code?.verificationUri, 'https://xn--exmple-4nf.com/device')
})

for (const [title, change] of [
  ['no device code', { device_code: undefined }],
  ['an empty user code', { user_code: '' }],
  ['a user code that drives the terminal', { user_code: 'A\u001b[2J' }],
  ['a user code nobody would type', { user_code: 'A'.repeat(65) }],
  ['an address that runs code', { verification_uri: 'javascript:alert(1)' }],
  ['an address that opens a file', { verification_uri: 'file:///etc/passwd' }],
  ['no lifetime', { expires_in: undefined }],
  ['a lifetime of zero', { expires_in: 0 }],
] as const) {
  test(`a response with ${title} is not a device code`, () => {
    assert.equal(parseDeviceCode({ ...response, ...change }), undefined)
  })
}

test('a complete address of another kind is dropped, not opened', () => {
  const code = parseDeviceCode({ ...response, verification_uri_complete: 'file:///etc/passwd' })
  assert.equal(code?.verificationUriComplete, undefined)
})

test('what is not an object is not a device code', () => {
  for (const json of [undefined, null, [], 'x', 1]) assert.equal(parseDeviceCode(json), undefined)
})
