/** What clients do to their connections, on a listening server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { startTestApp } from '../support/test-app.ts'

describe('a request whose client goes away before it is whole', () => {
  for (const path of ['/oauth/token', '/oauth/token/', '/login', '/oauth/device/code/', '/nowhere']) {
    it(`is not answered, counted or left in flight: ${path}`, async (t) => {
      const test = await startTestApp()
      t.after(() => test.close())
      await test.app.server.listen({ host: '127.0.0.1', port: 0 })
      const before = await test.metrics()
      const { port } = test.app.server.server.address() as AddressInfo
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nusername=`,
      )
      await wait(50)
      socket.destroy()
      await wait(50)
      assert.deepEqual((await test.metrics()).since(before, ['http_', 'oauth_', 'auth_']), {})
    })
  }
})

describe('a request that expects what this server does not know', () => {
  it('is answered 417 and counted', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    await test.app.server.listen({ host: '127.0.0.1', port: 0 })
    const before = await test.metrics()
    const { port } = test.app.server.server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    )
    assert.match(await text(socket), /^HTTP\/1\.1 417 [\s\S]*x-request-id: /)
    assert.deepEqual((await test.metrics()).since(before, ['http_requests_']), {
      'http_requests_total{method="POST",path="unknown",status="417"}': 1,
    })
  })
})
