import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metadataUrls } from './discovery.ts'
import { LoginFailure } from './problem.ts'
import { isLoopbackHost, parseServer } from './server-address.ts'

const failsWith = (code: string) => (error: unknown) =>
  error instanceof LoginFailure && error.problem.code === code && error.problem.exitCode === 2

test('a server address loses its trailing slashes and keeps its path', () => {
  assert.equal(parseServer('http://localhost:8080/', false), 'http://localhost:8080')
  assert.equal(parseServer('https://Auth.Example.com/realms/a/', false), 'https://auth.example.com/realms/a')
})

for (const text of [
  '',
  'auth.example.com',
  'ftp://a.example',
  'https://a.example/?x=1',
  'https://u:p@a.example',
]) {
  test(`"${text}" is refused as a server address`, () => {
    assert.throws(() => parseServer(text, true), failsWith('invalid_server'))
  })
}

test('plain http is for this machine only, unless it is asked for', () => {
  for (const host of ['localhost:8080', 'app.localhost', '127.0.0.1', '127.8.9.1:1', '[::1]:8080']) {
    assert.equal(parseServer(`http://${host}`, false), `http://${host}`)
  }
  for (const host of ['a.example', '10.0.0.1', 'localhost.example.com', '127.0.0.1.example.com', '[::2]']) {
    assert.throws(() => parseServer(`http://${host}`, false), failsWith('insecure_server'), host)
    assert.equal(parseServer(`http://${host}`, true), `http://${host}`)
  }
  assert.equal(isLoopbackHost('127.1.example'), false)
})

test('RFC 8414 §3.1 and OpenID Connect Discovery §4: where a description may be', () => {
  assert.deepEqual(metadataUrls('https://a.example'), [
    'https://a.example/.well-known/oauth-authorization-server',
    'https://a.example/.well-known/openid-configuration',
  ])
  assert.deepEqual(metadataUrls('https://a.example/realms/b'), [
    'https://a.example/.well-known/oauth-authorization-server/realms/b',
    'https://a.example/.well-known/openid-configuration/realms/b',
    'https://a.example/realms/b/.well-known/oauth-authorization-server',
    'https://a.example/realms/b/.well-known/openid-configuration',
  ])
})
