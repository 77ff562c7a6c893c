/** RFC 9110 §15.5.6: a path that exists answers a method it does not offer with 405 and says which ones it does. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../support/test-app.ts'

describe('a method that a path does not offer', () => {
  let test: TestApp
  before(async () => {
    test = await startTestApp({ environment: { BASE_URL: 'http://localhost:8080/auth' } })
  })
  after(() => test.close())

  const ask = async (method: string, url: string) => {
    const { statusCode, headers } = await test.request({ method: method as 'GET', url })
    return [statusCode, headers.allow]
  }

  it('is 405 with the methods of that path, whatever their number', async () => {
    assert.deepEqual(await ask('GET', '/auth/oauth/token'), [405, 'POST, OPTIONS'])
    assert.deepEqual(await ask('DELETE', '/auth/oauth/userinfo?x=1'), [405, 'GET, HEAD, POST, OPTIONS'])
    assert.deepEqual(await ask('PUT', '/auth/login/'), [405, 'GET, HEAD, POST'])
    assert.deepEqual(await ask('GET', '/auth/account/sessions/some-id/end'), [405, 'POST'])
    assert.deepEqual(await ask('POST', '/livez'), [405, 'GET, HEAD'])
  })

  it('is 404 where there is nothing, also outside of the path of the server', async () => {
    assert.deepEqual(await ask('GET', '/auth/oauth/tokens'), [404, undefined])
    assert.deepEqual(await ask('GET', '/oauth/token'), [404, undefined])
    assert.deepEqual(await ask('PUT', '/auth/account/sessions/a/b/end'), [404, undefined])
  })

  it('a browser gets a page', async () => {
    const answer = await test.get('/auth/oauth/token', { accept: 'text/html' })
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'POST, OPTIONS'])
    assert.match(String(answer.headers['content-type']), /^text\/html/)
  })

  it('counts under no route', async () => {
    const before = await test.metrics()
    await ask('GET', '/auth/oauth/token')
    const moved = (await test.metrics()).since(before, ['http_requests_total'])
    assert.deepEqual(moved, { 'http_requests_total{method="GET",path="unknown",status="405"}': 1 })
  })
})
