/**
 * The official Python client of the Model Context Protocol against a listening server and the example MCP server, as a
 * process of its own: `tests/interop/python/mcp_client.py`.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createResourceServer } from '../../examples/mcp-resource-server/server.ts'
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts'
import { freePort } from '../support/free-port.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { claimsOf, openResource } from '../support/mcp.ts'
import { endProcess } from '../support/process.ts'

const python = process.env.TEST_MCP_PYTHON
const script = fileURLToPath(new URL('../../../tests/interop/python/mcp_client.py', import.meta.url))
const redirectUri = 'http://127.0.0.1:33418/callback'

// biome-ignore lint/suspicious/noExplicitAny: what the script prints.
type Line = Record<string, any>

describe('the MCP client for Python', { skip: python === undefined && 'it is not here' }, () => {
  let host: DocumentHost
  let server: Listening
  let mcp: Server
  let resource: string
  before(async () => {
    host = await startDocumentHost()
    server = await startListening(host.environment, { outbound: host.outbound })
    const port = await freePort()
    resource = `http://127.0.0.1:${port}/mcp`
    mcp = createResourceServer({ resource, issuer: server.url })
    await once(mcp.listen(port, '127.0.0.1'), 'listening')
    await openResource(server.test, { identifier: resource })
  })
  after(async () => {
    mcp.closeAllConnections()
    mcp.close()
    await server.close()
    host.close()
  })

  /** Runs the script; its person allows everything. @returns what it printed beside where it sent them. */
  const run = async (environment: Record<string, string>): Promise<{ said: Line[]; asked: URL[] }> => {
    const child = spawn(python!, [script], {
      env: { PATH: process.env.PATH, RESOURCE: resource, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    const ended = once(child, 'close')
    const said: Line[] = []
    const asked: URL[] = []
    try {
      for await (const text of createInterface({ input: child.stdout })) {
        const line = JSON.parse(text) as Line
        if (line.authorize === undefined) {
          said.push(line)
          continue
        }
        const url = new URL(line.authorize)
        asked.push(url)
        child.stdin.write(`${await server.allow(url)}\n`)
      }
      const [exitCode] = await ended
      assert.equal(exitCode, 0, errors)
    } finally {
      await endProcess(child)
    }
    return { said, asked }
  }

  const story = async (environment: Record<string, string>): Promise<Line> => {
    const { said, asked } = await run(environment)
    const [first, second, third] = said as [Line, Line, Line]
    assert.deepEqual(first.tools, ['list_notes', 'add_note'])
    const claims = claimsOf(first.tokens.access_token)
    assert.deepEqual([claims.aud, claims.iss, claims.client_id], [resource, server.url, first.client])
    assert.notEqual(second.refreshed.refresh_token, first.tokens.refresh_token)
    assert.equal(third.result, 'added')
    assert.equal(asked.length, 2, 'once to sign in, and once for more')
    for (const url of asked) assert.equal(url.searchParams.get('resource'), resource)
    const scopes = third.tokens.scope.split(' ')
    assert.ok(scopes.includes('notes:read') && scopes.includes('notes:write'), third.tokens.scope)
    return first
  }

  it('registers itself, signs in, refreshes and asks for more', async () => {
    const { client } = await story({})
    assert.match(client, /^[0-9a-f-]{36}$/)
  })

  it('describes itself, signs in, refreshes and asks for more', async () => {
    const id = host.at('/python-agent.json')
    host.serve('/python-agent.json', {
      client_id: id,
      client_name: 'Python agent',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    })
    assert.equal((await story({ CLIENT_METADATA_URL: id })).client, id)
  })
})
