/**
 * Protocol endpoints have two ways in: the short one past the framework, for the exact path, and the framework's own,
 * which a final slash takes. Over real connections both must answer alike, whatever a client sends.
 */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connectRaw, type RawAnswer, type RawConnection, rawPost } from '../support/raw-http.ts'
import { type Metrics, startTestApp, type TestApp } from '../support/test-app.ts'

const endpoints = ['/oauth/token', '/oauth/device/code', '/oauth/introspect', '/oauth/revoke']
const limit = 64 * 1024
const tooLarge = {
  status: 413,
  body: '{"error":"invalid_request","error_description":"the body is too large"}',
}

suite('the two ways to a protocol endpoint', () => {
  let app: TestApp
  let port: number
  let basic: string
  const open: RawConnection[] = []

  before(async () => {
    app = await startTestApp()
    await app.app.server.listen({ host: '127.0.0.1', port: 0 })
    port = (app.app.server.server.address() as AddressInfo).port
    basic = (await app.confidentialClient()).basic
  })
  after(async () => {
    for (const { socket } of open) socket.destroy()
    await app.close()
  })

  const connection = async (): Promise<RawConnection> => {
    const made = await connectRaw(port)
    open.push(made)
    return made
  }
  const ask = async (request: string | Buffer): Promise<RawAnswer> => {
    const client = await connection()
    client.write(request)
    return client.answer()
  }

  const padded = (fields: string, length: number): string => `${fields}&x=`.padEnd(length, 'x')
  const chunked = (path: string, ...chunks: string[]): string =>
    rawPost(path, '', { 'transfer-encoding': 'chunked', authorization: basic }).replace(
      /content-length: 0\r\n/,
      '',
    ) + [...chunks, ''].map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`).join('')
  const fields = 'grant_type=client_credentials&scope=read&token=none'
  const requests: Record<string, (path: string) => string | Buffer> = {
    'a form': (path) => rawPost(path, fields, { authorization: basic }),
    'a form without credentials': (path) => rawPost(path, fields),
    'a form of a client that is not there': (path) => rawPost(path, `${fields}&client_id=nobody`),
    'a query string': (path) => rawPost(`${path}?${fields}`, fields, { authorization: basic }),
    'no body': (path) => rawPost(path, ''),
    'no body and no type': (path) => `POST ${path} HTTP/1.1\r\nhost: a\r\n\r\n`,
    'a body without a type': (path) =>
      rawPost(path, fields, { authorization: basic }).replace(/content-type: .*\r\n/, ''),
    'another type': (path) => rawPost(path, '<a/>', { 'content-type': 'text/xml' }),
    JSON: (path) => rawPost(path, '{"client_id":"nobody"}', { 'content-type': 'application/json' }),
    'a body in chunks': (path) => chunked(path, fields.slice(0, 5), fields.slice(5)),
    'the largest body': (path) => rawPost(path, padded(fields, limit), { authorization: basic }),
    'the largest body in chunks': (path) => {
      const body = padded(fields, limit)
      return chunked(path, body.slice(0, 40_000), body.slice(40_000))
    },
    'a body one byte too large': (path) => rawPost(path, padded(fields, limit + 1), { authorization: basic }),
    'a body of chunks one byte too large': (path) => chunked(path, padded(fields, limit), 'x'),
    'a body whose characters fit and whose bytes do not': (path) =>
      rawPost(path, `x=${'é'.repeat(limit / 2)}`, { authorization: basic }),
    'bytes that are not UTF-8': (path) =>
      Buffer.concat([
        Buffer.from(rawPost(path, '', { 'content-length': '4', authorization: basic })),
        Buffer.from([0x61, 0x3d, 0xc3, 0x28]),
      ]),
    'a repeated parameter': (path) => rawPost(path, 'client_id=a&client_id=b'),
    HEAD: (path) => `HEAD ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    OPTIONS: (path) => `OPTIONS ${path} HTTP/1.1\r\nhost: a\r\n\r\n`,
    GET: (path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`,
    PUT: (path) => rawPost(path, fields).replace('POST', 'PUT'),
  }

  for (const [name, request] of Object.entries(requests)) {
    test(`${name}: the same answer both ways`, async () => {
      for (const path of endpoints) {
        const answers: RawAnswer[] = []
        for (const way of [path, `${path}/`]) {
          const client = await connection()
          client.write(request(way))
          answers.push(await client.answer({ ofHead: name === 'HEAD' }))
        }
        const [direct, framework] = answers.map(comparable)
        assert.deepEqual(direct, framework, path)
        assert.equal(direct!.headers['x-content-type-options'], 'nosniff')
      }
    })
  }

  test('a body of 64 KiB is read and one byte more is refused', async () => {
    const fitting = await ask(requests['the largest body']!('/oauth/token'))
    assert.equal(fitting.status, 200, fitting.body)
    for (const name of ['a body one byte too large', 'a body of chunks one byte too large']) {
      const { status, body } = await ask(requests[name]!('/oauth/token'))
      assert.deepEqual({ status, body }, tooLarge)
    }
  })

  test('bytes that are not UTF-8 are refused, not repaired', async () => {
    for (const path of endpoints) {
      const answer = await ask(requests['bytes that are not UTF-8']!(path))
      assert.equal(answer.status, 400)
      assert.equal(JSON.parse(answer.body).error, 'invalid_request')
    }
  })

  test('a method that is not POST is not allowed, except a preflight', async () => {
    assert.equal((await ask(requests.OPTIONS!('/oauth/token'))).status, 204)
    for (const name of ['GET', 'PUT']) {
      assert.equal((await ask(requests[name]!('/oauth/token'))).status, 405, name)
    }
  })

  test('a client that waits for 100 Continue gets it, then the answer', async () => {
    for (const path of ['/oauth/token', '/oauth/token/']) {
      const client = await connection()
      const [head = '', body = ''] = rawPost(path, fields, {
        authorization: basic,
        expect: '100-continue',
      }).split(/(?<=\r\n\r\n)/)
      client.write(head)
      assert.equal((await client.answer()).status, 100)
      client.write(body)
      assert.equal((await client.answer()).status, 200)
    }
  })

  test('a request that arrives in pieces, in the middle of a character too, is read whole', async () => {
    const client = await connection()
    const body = Buffer.from('client_id=né&grant_type=client_credentials')
    client.write(rawPost('/oauth/token', '', { 'content-length': String(body.length) }).slice(0, 30))
    await delay(5)
    client.write(rawPost('/oauth/token', '', { 'content-length': String(body.length) }).slice(30))
    const middle = body.indexOf(0xc3) + 1
    for (const piece of [body.subarray(0, 4), body.subarray(4, middle), body.subarray(middle)]) {
      client.write(piece)
      await delay(5)
    }
    const answer = await client.answer()
    assert.deepEqual([answer.status, JSON.parse(answer.body).error], [401, 'invalid_client'])
  })

  test('one connection carries many requests, pipelined ones answered in order', async () => {
    const client = await connection()
    const good = rawPost('/oauth/token', fields, { authorization: basic })
    client.write(good + rawPost('/oauth/token', 'grant_type=nonsense', { authorization: basic }) + good)
    const answers = [await client.answer(), await client.answer(), await client.answer()]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 400, 200],
    )
    assert.equal(new Set(answers.map(({ headers }) => headers['x-request-id'])).size, 3)
    client.write(good)
    assert.equal((await client.answer()).status, 200)
  })

  test('a connection stays usable after a body that was too large', async () => {
    const client = await connection()
    client.write(requests['a body one byte too large']!('/oauth/token'))
    assert.equal((await client.answer()).status, 413)
    client.write(rawPost('/oauth/token', fields, { authorization: basic }))
    assert.equal((await client.answer()).status, 200)
  })

  test('a body without end is cut off', async () => {
    const client = await connection()
    client.write(rawPost('/oauth/token', '', { 'content-length': String(limit * 32) }))
    for (let sent = 0; sent < 32 && !client.socket.destroyed; sent++) {
      client.write('x'.repeat(limit))
      await delay(1)
    }
    await client.closed()
  })

  test('a request that breaks off is not answered and moves no number', async () => {
    for (const path of ['/oauth/token', '/oauth/token/']) {
      const earlier = await app.metrics()
      const client = await connection()
      client.write(rawPost(path, fields, { authorization: basic, 'content-length': '500' }))
      await delay(20)
      client.socket.destroy()
      await delay(20)
      assert.deepEqual(movedBySince(await app.metrics(), earlier), {})
      assert.equal((await ask(rawPost(path, fields, { authorization: basic }))).status, 200)
    }
  })

  test('while the server drains every answer is the last of its connection', async () => {
    const clients = await Promise.all([connection(), connection()])
    const paths = ['/oauth/token', '/oauth/token/']
    const body = fields
    for (const [index, client] of clients.entries()) {
      client.write(
        rawPost(paths[index]!, '', { authorization: basic, 'content-length': String(body.length) }),
      )
    }
    await delay(20)
    const closed = app.close()
    await delay(20)
    for (const client of clients) {
      client.write(body)
      const answer = await client.answer()
      assert.deepEqual([answer.status, answer.headers.connection], [200, 'close'])
      await client.closed()
    }
    await closed
    await assert.rejects(connectRaw(port))
  })
})

/** What must be alike: everything but the time, the request's id, and what is random in a body that grants something. */
function comparable({ status, headers, body }: RawAnswer): RawAnswer {
  const { date, 'x-request-id': requestId, 'content-length': length, ...others } = headers
  assert.match(requestId ?? '', /^[\w-]{12}-[0-9a-z]+$/)
  assert.ok(date)
  // The length of an error tells something; that of a token response depends on what was drawn.
  if (status !== 200) others['content-length'] = length!
  const shown = status === 200 && body !== '' ? Object.keys(JSON.parse(body)).join() : body
  return { status, headers: others, body: shown }
}

function movedBySince(now: Metrics, earlier: Metrics): Record<string, number> {
  const moved = now.since(earlier, ['http_', 'oauth_', 'device_', 'token'])
  return Object.fromEntries(Object.entries(moved).filter(([sample]) => !sample.includes('path="/metrics"')))
}
