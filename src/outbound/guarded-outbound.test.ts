import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, BlockList } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { createCertificate } from '../../tests/support/certificate.ts'
import {
  createGuardedOutbound,
  type GuardedOutboundOptions,
  type ResolvedAddress,
} from './guarded-outbound.ts'
import { OutboundError, type OutboundProblem } from './outbound.ts'

const host = 'keys.example.com'
const { cert, key } = createCertificate([host])
const loopback: readonly ResolvedAddress[] = [{ address: '127.0.0.1', family: 4 }]
const testNetworks = new BlockList()
testNetworks.addSubnet('127.0.0.0', 8, 'ipv4')
const nothingAllowed = new BlockList()

interface Seen {
  url: string | undefined
  headers: Record<string, unknown>
  servername: string | undefined
}

describe('outbound requests', () => {
  let server: Server
  let plain: Server
  let answer: RequestListener = (_request, response) => response.end()
  const seen: Seen[] = []
  const port = (of: Server): number => (of.address() as AddressInfo).port

  before(async () => {
    server = createTlsServer({ cert, key }, (request, response) => {
      const { servername } = request.socket as unknown as { servername?: string }
      seen.push({ url: request.url, headers: request.headers, servername })
      answer(request, response)
    })
    plain = createServer((request, response) => answer(request, response))
    for (const each of [server, plain]) await once(each.listen(0, '127.0.0.1'), 'listening')
  })
  after(() => {
    for (const each of [server, plain]) {
      each.closeAllConnections()
      each.close()
    }
  })

  const outbound = (options: Partial<GuardedOutboundOptions> = {}) =>
    createGuardedOutbound({
      allowedNetworks: testNetworks,
      loopbackAllowed: false,
      userAgent: 'AuthGate/test',
      ca: cert,
      resolve: async () => loopback,
      timeoutMs: 2000,
      ...options,
    })
  const get = (path = '/keys', options: Partial<GuardedOutboundOptions> = {}, trusted = false) =>
    outbound(options).getJson({ url: `https://${host}:${port(server)}${path}`, trusted, maxBytes: 1024 })
  const getBytes = () =>
    outbound().getBytes({
      url: `https://${host}:${port(server)}/logo`,
      trusted: false,
      maxBytes: 16,
      accept: 'image/*',
    })
  const refuses = async (
    work: Promise<unknown>,
    problem: OutboundProblem,
    message?: string,
  ): Promise<void> => {
    const error = await work.then(
      () => assert.fail(`answered; expected ${problem} ${message ?? ''}`),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof OutboundError, String(error))
    assert.equal(error.problem, problem, message ?? String(error.stack))
  }
  const json = (
    response: ServerResponse,
    body: string | Buffer,
    headers: Record<string, string> = {},
  ): void => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body)
  }

  describe('that are answered', () => {
    it('gets bytes of any type, bounded and as they are', async () => {
      answer = (request, response) => {
        assert.equal(request.headers.accept, 'image/*')
        response.writeHead(200, { 'content-type': 'image/png' }).end('sixteen bytes ok')
      }
      assert.equal((await getBytes()).toString(), 'sixteen bytes ok')
      answer = (_request, response) => response.end('seventeen bytes!!')
      await refuses(getBytes(), 'too_large')
      answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
      await refuses(getBytes(), 'media_type')
      answer = (_request, response) => response.writeHead(302, { location: 'https://x.example/' }).end()
      await refuses(getBytes(), 'redirect')
      answer = (_request, response) => response.writeHead(404).end()
      await refuses(getBytes(), 'status')
    })

    it('go to the checked address, with the name of the host in TLS and in the request', async () => {
      answer = (_request, response) => json(response, '{"keys":[]}')
      seen.length = 0
      assert.deepEqual(await get('/keys?a=b'), { keys: [] })
      assert.equal(seen[0]!.servername, host)
      assert.equal(seen[0]!.url, '/keys?a=b')
      const { host: sentHost, ...headers } = seen[0]!.headers
      assert.equal(sentHost, `${host}:${port(server)}`)
      assert.deepEqual(headers, {
        accept: 'application/json',
        'accept-encoding': 'identity',
        connection: 'close',
        'user-agent': 'AuthGate/test',
      })
    })

    it('resolve a host once: a name server that changes its mind is not asked again', async () => {
      answer = (_request, response) => json(response, '1')
      let asked = 0
      const resolve = async (): Promise<readonly ResolvedAddress[]> =>
        ++asked === 1 ? loopback : [{ address: '169.254.169.254', family: 4 }]
      assert.equal(await get('/', { resolve }), 1)
      assert.equal(asked, 1)
    })

    it('may have any JSON media type', async () => {
      for (const type of [
        'application/json; charset=utf-8',
        'Application/JWK-Set+JSON',
        'application/jwk-set+json',
      ]) {
        answer = (_request, response) => json(response, 'true', { 'content-type': type })
        assert.equal(await get(), true, type)
      }
    })

    it('post a form, and take no interest in what is said beyond the status', async () => {
      let body = ''
      answer = async (request, response) => {
        for await (const chunk of request) body += chunk
        response.writeHead(204, { 'content-type': 'text/html' }).end()
      }
      const url = `https://${host}:${port(server)}/logout`
      await outbound().postForm({ url, trusted: false }, { logout_token: 'a b+c' })
      assert.equal(body, 'logout_token=a+b%2Bc')
      assert.equal(seen.at(-1)!.headers['content-type'], 'application/x-www-form-urlencoded')
      answer = (_request, response) => response.writeHead(400).end('{}')
      await refuses(outbound().postForm({ url, trusted: false }, {}), 'status')
      answer = (_request, response) => response.writeHead(307, { location: '/' }).end()
      await refuses(outbound().postForm({ url, trusted: false }, {}), 'redirect')
    })
  })

  describe('where they may go', () => {
    const to = (url: string, options: Partial<GuardedOutboundOptions> = {}, trusted = false) =>
      outbound(options).getJson({ url, trusted, maxBytes: 1024 })

    it('is no address that is not public, as which it may be disguised', async () => {
      const options = { allowedNetworks: nothingAllowed }
      const hosts = ['127.0.0.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '0', '[::1]', '[::]']
      hosts.push('[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '10.0.0.1', '169.254.169.254')
      hosts.push('192.168.0.1', '[fe80::1]', '[fd00::1]', '１２７.0.0.1', '127。0。0。1')
      for (const each of hosts) await refuses(to(`https://${each}/`, options), 'address_refused', each)
    })

    it('is no name that resolves to one, not even among others', async () => {
      const options = { allowedNetworks: nothingAllowed }
      const publicAddress = { address: '93.184.216.34', family: 4 }
      for (const address of ['127.0.0.1', '::1', '::ffff:10.0.0.1', '100.64.0.1', 'fd00::1']) {
        const hidden = [publicAddress, { address, family: address.includes(':') ? 6 : 4 }]
        await refuses(
          to('https://a.example/', { ...options, resolve: async () => hidden }),
          'address_refused',
        )
      }
    })

    it('is never plain http, another scheme, or an address with credentials', async () => {
      const urls = ['http://keys.example.com/', 'ftp://keys.example.com/', 'file:///etc/passwd', 'data:,{}']
      urls.push('https://user:secret@keys.example.com/', 'https://user@keys.example.com/', 'keys', '')
      urls.push(`https://keys.example.com/${'a'.repeat(2048)}`, `http://127.0.0.1:${port(plain)}/`)
      for (const url of urls) await refuses(to(url), 'address_refused', url)
    })

    it('is loopback over http where the issuer is loopback, and only there', async () => {
      answer = (_request, response) => json(response, '"here"')
      const options = { allowedNetworks: nothingAllowed, loopbackAllowed: true }
      assert.equal(await to(`http://127.0.0.1:${port(plain)}/`, options), 'here')
      assert.equal(await to(`http://localhost:${port(plain)}/`, options), 'here')
      await refuses(to(`http://${host}:${port(plain)}/`, options), 'address_refused')
      const elsewhere = { ...options, resolve: async () => [{ address: '10.0.0.1', family: 4 }] }
      await refuses(to(`http://localhost:${port(plain)}/`, elsewhere), 'address_refused')
    })

    it('is anywhere when an operator vouches for the address', async () => {
      answer = (_request, response) => json(response, '"intranet"')
      const options = { allowedNetworks: nothingAllowed }
      assert.equal(await to(`http://internal.example:${port(plain)}/`, options, true), 'intranet')
      assert.equal(await get('/', options, true), 'intranet')
    })

    it('is nowhere for a name nobody knows', async () => {
      const unknown = async () =>
        Promise.reject(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }))
      await refuses(get('/', { resolve: unknown }), 'dns')
      await refuses(get('/', { resolve: async () => [] }), 'dns')
    })
  })

  describe('that meet a hostile server', () => {
    it('follow no redirect, in a circle or not', async () => {
      for (const status of [301, 302, 303, 307, 308]) {
        seen.length = 0
        answer = (request, response) => response.writeHead(status, { location: request.url ?? '/' }).end()
        await refuses(get(), 'redirect')
        assert.equal(seen.length, 1)
      }
    })

    it('want status 200 and nothing else', async () => {
      for (const status of [201, 204, 206, 400, 404, 500]) {
        answer = (_request, response) => response.writeHead(status).end()
        await refuses(get(), 'status', String(status))
      }
    })

    it('stop reading at the limit, announced or not', async () => {
      answer = (_request, response) => json(response, `"${'a'.repeat(1023)}"`, { 'content-length': '1025' })
      await refuses(get(), 'too_large')
      let sent = 0
      answer = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        const pour = (): void => {
          while (!response.destroyed && response.write('a'.repeat(512))) sent += 512
        }
        response.on('drain', pour)
        response.on('close', () => response.removeListener('drain', pour))
        pour()
      }
      await refuses(get(), 'too_large')
      assert.ok(sent < 4 * 1024 * 1024, `${sent} bytes were read`)
      answer = (_request, response) => json(response, `"${'a'.repeat(1022)}"`)
      assert.equal(String(await get()).length, 1022)
    })

    it('are over after their time, however the server drips', async () => {
      const drip = (response: ServerResponse): void => {
        const timer = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(timer))
      }
      const stalling: RequestListener[] = [
        () => undefined,
        (_request, response) => {
          response.writeHead(200, { 'content-type': 'application/json' })
          drip(response)
        },
      ]
      for (const listener of stalling) {
        answer = listener
        await refuses(get('/', { timeoutMs: 150 }), 'timeout')
      }
      await refuses(get('/', { timeoutMs: 100, resolve: () => new Promise(() => undefined) }), 'timeout')
    })

    it('take nothing for JSON that is not', async () => {
      for (const type of ['text/html', 'text/json', 'application/jsonp', 'application/json5', '']) {
        answer = (_request, response) => json(response, '{}', { 'content-type': type })
        await refuses(get(), 'media_type', type)
      }
      answer = (_request, response) => json(response, '{}', { 'content-encoding': 'gzip' })
      await refuses(get(), 'media_type')
      for (const body of ['', '{', '{} x', Buffer.from([0x22, 0xff, 0x22])]) {
        answer = (_request, response) => json(response, body)
        await refuses(get(), 'malformed', String(body))
      }
    })

    it('trust no certificate of another name or an unknown authority', async () => {
      answer = (_request, response) => json(response, '{}')
      const url = `https://other.example.com:${port(server)}/`
      await refuses(outbound().getJson({ url, trusted: true, maxBytes: 1024 }), 'tls')
      await refuses(get('/', { ca: createCertificate([host]).cert }), 'tls')
      const noTls = `https://${host}:${port(plain)}/`
      await refuses(outbound().getJson({ url: noTls, trusted: false, maxBytes: 1024 }), 'tls')
    })

    it('end when the connection breaks, before the answer or in it', async () => {
      answer = (request) => request.socket.destroy()
      await refuses(get(), 'connection')
      answer = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '10' })
        response.write('{')
        setTimeout(() => response.destroy(), 20)
      }
      await refuses(get(), 'connection')
    })
  })

  it('are few at once for one host; the others wait', async () => {
    let open = 0
    let most = 0
    answer = (_request, response) => {
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        json(response, '{}')
      }, 30)
    }
    const shared = outbound()
    const url = `https://${host}:${port(server)}/`
    const request = { url, trusted: false, maxBytes: 1024 }
    await Promise.all(Array.from({ length: 12 }, () => shared.getJson(request)))
    assert.equal(most, 4)
  })
})
