/** `authgate mcp doctor` against the example MCP server, whole and broken in the ways that keep clients out. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { createResourceServer } from '../../examples/mcp-resource-server/server.ts'
import { terminalStyle } from '../../src/cli/login/style.ts'
import { examine } from '../../src/cli/mcp/doctor.ts'
import type { Finding } from '../../src/cli/mcp/finding.ts'
import type { Registered } from '../../src/cli/mcp/look.ts'
import { createProbe, type Fetch } from '../../src/cli/mcp/probe.ts'
import { reportAsJson, reportAsText, verdicts } from '../../src/cli/mcp/report.ts'
import { freePort } from '../support/free-port.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { openResource } from '../support/mcp.ts'
import { runAuthgate } from '../support/server-process.ts'

/** What is changed of one answer on its way; `undefined` leaves it alone. */
type Change = (url: URL, method: string, answer: Response) => Response | Promise<Response> | undefined

describe('authgate mcp doctor', () => {
  let server: Listening
  let mcp: Server
  let url: string
  let wellKnown: string
  const stops: Server[] = []
  before(async () => {
    server = await startListening()
    const port = await freePort()
    url = `http://127.0.0.1:${port}/mcp`
    wellKnown = `http://127.0.0.1:${port}/.well-known/oauth-protected-resource`
    mcp = createResourceServer({ resource: url, issuer: server.url })
    await once(mcp.listen(port, '127.0.0.1'), 'listening')
    await openResource(server.test, { identifier: url })
  })
  after(async () => {
    for (const each of [mcp, ...stops]) {
      each.closeAllConnections()
      each.close()
    }
    await server.close()
  })

  const findings = async (
    change?: Change,
    registered?: Registered,
    address = url,
  ): Promise<readonly Finding[]> => {
    const fetching: Fetch = async (input, init) => {
      const answer = await fetch(input, init)
      return (await change?.(new URL(String(input)), init?.method ?? 'GET', answer)) ?? answer
    }
    const probe = createProbe({ fetch: fetching, userAgent: 'test' })
    const examination = await examine(address, probe, registered)
    assert.equal(examination.kind, 'examined')
    return examination.kind === 'examined' ? examination.findings : []
  }
  const levels = (found: readonly Finding[]): Record<string, string> =>
    Object.fromEntries(found.flatMap(({ id, level }) => (level === 'ok' ? [] : [[id, level]])))
  const keptOut = (found: readonly Finding[]): string[] =>
    verdicts(found).flatMap(({ kind, because }) => (because.length > 0 ? [kind] : []))

  const withHeaders = (answer: Response, headers: Record<string, string | null>): Response => {
    const changed = new Headers(answer.headers)
    for (const [name, value] of Object.entries(headers)) {
      if (value === null) changed.delete(name)
      else changed.set(name, value)
    }
    const body = answer.status === 204 ? null : answer.body
    return new Response(body, { status: answer.status, headers: changed })
  }
  const withMembers = async (answer: Response, members: object): Promise<Response> => {
    if (answer.status !== 200) return answer
    const document = { ...((await answer.json()) as object), ...members }
    return new Response(JSON.stringify(document), { status: 200, headers: answer.headers })
  }
  const page = (status = 200): Response =>
    new Response('<!doctype html>', { status, headers: { 'content-type': 'text/html' } })
  const isMcp = ({ pathname }: URL): boolean => pathname === '/mcp'
  const isMetadata = (each: URL): boolean => each.href === `${wellKnown}/mcp`
  const isServerMetadata = (each: URL): boolean =>
    each.href === `${server.url}/.well-known/oauth-authorization-server`

  it('finds nothing wrong with the example, and what is registered for it', async () => {
    const resources = await server.test.app.storage.read.resources.list()
    const found = await findings(undefined, { issuer: server.url, resources })
    assert.deepEqual(levels(found), {})
    assert.deepEqual(keptOut(found), [])
    assert.ok(found.some(({ id }) => id === 'registered.resource'))
  })

  const everyone = ['typescript', 'python', 'rust', 'editors', 'hosted', 'browser']
  const broken: { what: string; change: Change; found: Record<string, string>; keeps: string[] }[] = [
    {
      what: 'a server that asks for no token',
      change: (each, method) => (isMcp(each) && method === 'POST' ? Response.json({}) : undefined),
      found: { 'server.401': 'failure', 'cors.challenge': 'failure' },
      keeps: everyone,
    },
    {
      what: 'a server that takes any token',
      change: (each, method, answer) =>
        isMcp(each) && method === 'POST' && /invalid_token/.test(answer.headers.get('www-authenticate') ?? '')
          ? withHeaders(Response.json({}), {})
          : undefined,
      found: { 'server.foreign_token': 'failure' },
      keeps: everyone,
    },
    {
      what: 'another challenge first',
      change: (each, method, answer) =>
        isMcp(each) && method === 'POST'
          ? withHeaders(answer, {
              'www-authenticate': `Basic realm="x, y", ${answer.headers.get('www-authenticate')}`,
            })
          : undefined,
      found: { 'challenge.first': 'failure' },
      keeps: ['typescript', 'browser'],
    },
    {
      what: 'a challenge that says nothing',
      change: (each, method, answer) =>
        isMcp(each) && method === 'POST' ? withHeaders(answer, { 'www-authenticate': 'Bearer' }) : undefined,
      found: {
        'challenge.resource_metadata': 'warning',
        'challenge.scope': 'warning',
        'server.foreign_token': 'warning',
      },
      keeps: [],
    },
    {
      what: 'a preflight that wants a token',
      change: (each, method) => (isMcp(each) && method === 'OPTIONS' ? page(401) : undefined),
      found: { 'cors.preflight': 'failure' },
      keeps: ['browser'],
    },
    {
      what: 'a challenge that is not exposed, and a preflight without its header',
      change: (each, method, answer) =>
        isMcp(each)
          ? withHeaders(
              answer,
              method === 'OPTIONS'
                ? { 'access-control-allow-headers': '*' }
                : { 'access-control-expose-headers': null },
            )
          : undefined,
      found: { 'cors.challenge': 'failure', 'cors.preflight': 'failure' },
      keeps: ['browser'],
    },
    {
      what: 'a resource with a slash at its end',
      change: (each, _method, answer) =>
        isMetadata(each) ? withMembers(answer, { resource: `${url}/` }) : undefined,
      found: { 'resource.identity': 'failure' },
      keeps: ['rust', 'editors', 'hosted'],
    },
    {
      what: 'the parent in the place of the resource',
      change: (each, _method, answer) =>
        isMetadata(each) ? withMembers(answer, { resource: new URL(url).origin }) : undefined,
      found: { 'resource.identity': 'failure' },
      keeps: ['rust', 'editors', 'hosted'],
    },
    {
      what: 'no metadata, and pages in its place',
      change: (each) => (each.href.startsWith(wellKnown) ? page() : undefined),
      found: { 'metadata.page': 'failure', 'metadata.found': 'failure' },
      keeps: everyone,
    },
    {
      what: 'metadata at the root of another service, and scopes that are none',
      change: (each, _method, answer) => {
        if (each.href === wellKnown) return Response.json({ resource: 'https://other.example' })
        return isMetadata(each) ? withMembers(answer, { scopes_supported: ['offline_access'] }) : undefined
      },
      found: { 'metadata.root': 'warning', 'metadata.scopes': 'warning' },
      keeps: [],
    },
    {
      what: 'no authorization server',
      change: (each, _method, answer) =>
        isMetadata(each) ? withMembers(answer, { authorization_servers: [] }) : undefined,
      found: { 'servers.listed': 'failure' },
      keeps: everyone,
    },
    {
      what: 'an issuer with an added slash',
      change: (each, _method, answer) =>
        isMetadata(each) ? withMembers(answer, { authorization_servers: [`${server.url}/`] }) : undefined,
      found: { 'as.issuer': 'failure' },
      keeps: ['python', 'rust', 'editors', 'hosted'],
    },
    {
      what: 'a document of another issuer, without PKCE and iss',
      change: (each, _method, answer) =>
        isServerMetadata(each)
          ? withMembers(answer, {
              issuer: 'https://b.example',
              code_challenge_methods_supported: undefined,
              authorization_response_iss_parameter_supported: undefined,
            })
          : undefined,
      found: { 'as.issuer': 'failure', 'as.pkce': 'failure', 'as.iss': 'warning' },
      keeps: everyone,
    },
    {
      what: 'a server for clients registered beforehand only',
      change: (each, _method, answer) =>
        isServerMetadata(each)
          ? withMembers(answer, {
              registration_endpoint: undefined,
              client_id_metadata_document_supported: false,
            })
          : undefined,
      found: { 'as.registration': 'failure' },
      keeps: everyone,
    },
    {
      what: 'described clients without the method none, and null in the metadata',
      change: (each, _method, answer) =>
        isServerMetadata(each)
          ? withMembers(answer, {
              token_endpoint_auth_methods_supported: ['client_secret_basic'],
              op_tos_uri: null,
            })
          : undefined,
      found: { 'as.public_clients': 'failure', 'as.null': 'failure' },
      keeps: ['typescript', 'hosted', 'browser'],
    },
    {
      what: 'an authorization server whose metadata faults at the first place',
      change: (each) => (isServerMetadata(each) ? page(500) : undefined),
      found: { 'as.fault': 'failure' },
      keeps: ['typescript', 'python', 'browser'],
    },
    {
      what: 'an authorization server that pages may not ask',
      change: (each, method, answer) =>
        each.origin === server.url && method === 'OPTIONS'
          ? page(405)
          : each.origin === server.url
            ? withHeaders(answer, { 'access-control-allow-origin': null })
            : undefined,
      found: { 'as.cors': 'failure' },
      keeps: ['browser'],
    },
  ]
  for (const { what, change, found: expected, keeps } of broken) {
    it(what, async () => {
      const found = await findings(change)
      assert.deepEqual(levels(found), expected)
      assert.deepEqual(keptOut(found), keeps)
      for (const { level, why, fix } of found)
        assert.equal(level === 'ok', why === undefined && fix === undefined)
    })
  }

  it('compares with what is registered, character by character', async () => {
    const scopes = [{ name: 'notes:read', forDiscovered: true }]
    const registered = (
      given: Partial<Registered['resources'][number]>,
      issuer = server.url,
    ): Registered => ({
      issuer,
      resources: [{ identifier: url, openToDiscovered: true, scopes, ...given }],
    })
    const cases: [Registered, Record<string, string>][] = [
      [registered({}), {}],
      [registered({ identifier: `${url}/` }), { 'registered.resource': 'failure' }],
      [registered({ identifier: 'https://a.example' }), { 'registered.resource': 'failure' }],
      [registered({ openToDiscovered: false }), { 'registered.open': 'failure' }],
      [
        registered({ scopes: [{ name: 'notes:read', forDiscovered: false }] }),
        { 'registered.scopes': 'warning' },
      ],
      [registered({}, 'https://other.example'), { 'registered.issuer': 'warning' }],
    ]
    for (const [each, expected] of cases) assert.deepEqual(levels(await findings(undefined, each)), expected)
    const [near] = (await findings(undefined, registered({ identifier: `${url}/` }))).slice(-1)
    assert.match(near!.what, /It is registered as .*\/mcp\/, and published as /)
  })

  it('says it in words that fit a terminal, and as JSON', async () => {
    const found = await findings((each, _method, answer) =>
      isMetadata(each) ? withMembers(answer, { authorization_servers: [`${server.url}/`] }) : undefined,
    )
    const report = { url, findings: found, notes: ['Not compared.'] }
    const text = reportAsText(report, terminalStyle({ color: false, unicode: false }), 80)
    assert.doesNotMatch(text, /[^\n\x20-\x7e]/)
    assert.ok(text.split('\n').every((line) => line.length <= 80 || /https?:/.test(line)))
    assert.match(text, /Error: Its issuer is/)
    assert.match(text, /OK: TypeScript SDK/)
    assert.match(text, /Error: Python SDK: kept out\n/)
    assert.match(text, /\n1 failure, 0 warnings\.\n$/)
    const json = reportAsJson(report)
    assert.equal(json.healthy, false)
    assert.deepEqual((json.clients as { kind: string; works: boolean; because: string[] }[])[1], {
      kind: 'python',
      name: 'Python SDK',
      works: false,
      because: ['as.issuer'],
    })
  })

  it('as a command: exit status, the database it is run with, and nobody to examine', async () => {
    const { test } = server
    const settings = { DATA_DIR: test.folder, DATABASE_DSN: test.dsn, BASE_URL: server.url, LANG: 'C.UTF-8' }
    const run = (args: string[], given: Record<string, string> = settings) =>
      runAuthgate(['mcp', 'doctor', ...args], given, test.folder).ended
    const healthy = await run([url, '--json'])
    const report = JSON.parse(healthy.out)
    assert.deepEqual([healthy.exitCode, report.healthy, report.notes], [0, true, []], healthy.err)
    assert.ok(report.findings.some(({ id }: Finding) => id === 'registered.resource'))

    const elsewhere = await run([url], { ...settings, DATABASE_DSN: '/nowhere/authgate.db' })
    assert.equal(elsewhere.exitCode, 0)
    assert.match(elsewhere.out, /Not compared with what is registered: there is no database here\.\n/)
    assert.match(elsewhere.out, /Nothing is wrong\.\n$/)
    assert.doesNotMatch((await run([url, '--no-database'])).out, /registered here|Not compared/)

    const broken = createServer((_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200).end('Hello \u001b[31m')
    })
    stops.push(broken)
    await once(broken.listen(0, '127.0.0.1'), 'listening')
    const { port } = broken.address() as { port: number }
    const open = await run([`http://127.0.0.1:${port}/mcp`])
    assert.equal(open.exitCode, 1)
    assert.match(open.out, /✗ Without a token it answers 200/)

    const nobody = await run([`http://127.0.0.1:${await freePort()}/mcp`])
    assert.deepEqual([nobody.exitCode, nobody.out], [2, ''])
    assert.match(nobody.err, /^authgate: http:\S+ cannot be examined\.\nIt does not answer: .*\n.*\n$/)
    const word = await run(['mcp.example.com', '--json'])
    assert.deepEqual([word.exitCode, JSON.parse(word.out).error], [2, 'It is no http or https address.'])
  })
})
