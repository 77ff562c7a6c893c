/**
 * With which token the administrative commands come to a server, how it is kept fresh, and what they say of servers that
 * refuse them, are not there, or are no AuthGate.
 */
import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import {
  adminClient,
  type Ended,
  type KeptToken,
  openTerminal,
  type Terminal,
} from '../support/at-terminal.ts'
import { type DeviceServerScript, startDeviceServer } from '../support/device-server.ts'
import { freePort } from '../support/free-port.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { machineToken } from '../support/oauth-client.ts'

const list = ['client', 'list']

function assertRefused({ exitCode, out, err }: Ended, ...expected: RegExp[]): void {
  assert.deepEqual([exitCode, out], [1, ''], err)
  assert.match(err, /^authgate: [^\n]+\n$/)
  for (const each of expected) assert.match(err, each)
}

function assertListed({ exitCode, out, err }: Ended): void {
  assert.deepEqual([exitCode, err], [0, ''])
  assert.match(out, /^CLIENT ID .*\n/)
}

suite('the token that commands come with', () => {
  let server: Listening
  let terminal: Terminal
  let client: string
  before(async () => {
    // Strict: a refresh token that comes back twice ends the sign-in.
    server = await startListening({ DEVICE_POLL_INTERVAL: '1s', REFRESH_TOKEN_GRACE_PERIOD: '0s' })
    client = await adminClient(server)
  })
  after(() => server.close())

  /** A home of its own for each test. */
  const atHome = async (body: (given: { kept: KeptToken; at: Terminal }) => Promise<void>): Promise<void> => {
    terminal = openTerminal()
    try {
      await body({ kept: await terminal.signIn(server, client, 'openid authgate:admin'), at: terminal })
    } finally {
      terminal.remove()
    }
  }
  const remote = (args: readonly string[] = list): string[] => [...args, '--server', server.url]
  const token = async (scope: string): Promise<string> => {
    const { basic } = await server.test.confidentialClient({ scope, grants: ['client_credentials'] })
    return machineToken(server.test, basic, { scope })
  }

  test('is what authgate login kept; acts are audited in the name of that person', async () => {
    await atHome(async ({ at }) => {
      assertListed(await at.run(remote()))
      assertListed(await at.run(list, { environment: { AUTHGATE_SERVER: server.url } }))
      const { out } = await at.run(remote(['client', 'create', '--name', 'From afar', '--json']))
      const { client_id: id } = JSON.parse(out)
      const deadline = performance.now() + 5000
      for (;;) {
        const { entries } = await server.test.app.storage.read.audit.search({ resourceId: id }, { limit: 1 })
        if (entries[0] !== undefined) {
          const { eventType, actorName, userAgent } = entries[0]
          assert.deepEqual([eventType, actorName], ['CLIENT_CREATED', 'admin'])
          assert.match(userAgent!, /^authgate-cli\//)
          return
        }
        assert.ok(performance.now() < deadline, 'it is not in the audit log')
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    })
  })

  test('is renewed when it expired, once for all who want it, and the new one kept for its owner only', async () => {
    await atHome(async ({ at, kept }) => {
      const first = kept.read()
      kept.write({ expires_at: 1 })
      for (const ended of await Promise.all([1, 2, 3].map(() => at.run(remote())))) assertListed(ended)
      const second = kept.read()
      assert.notEqual(second.access_token, first.access_token)
      assert.notEqual(second.refresh_token, first.refresh_token)
      assert.ok(second.expires_at! > Date.now() / 1000)
      assert.deepEqual([second.client_id, second.server, second.scope], [client, server.url, first.scope])
      assert.equal(statSync(kept.path).mode & 0o777, 0o600)
      assert.equal(readdirSync(dirname(kept.path)).length, 1)
      // A further one, to see that the family lives.
      kept.write({ expires_at: 1 })
      assertListed(await at.run(remote()))
    })
  })

  test('is renewed when the server does not take it, whatever the file says', async () => {
    await atHome(async ({ at, kept }) => {
      const before = kept.read()
      kept.write({ access_token: `${before.access_token}x` })
      assertListed(await at.run(remote()))
      assert.notEqual(kept.read().refresh_token, before.refresh_token)
    })
  })

  test('that is over says how to sign in again', async () => {
    await atHome(async ({ at, kept }) => {
      kept.write({ refresh_token: 'of-nobody', expires_at: 1 })
      const command = `run authgate login --server ${server.url} --client-id ${client} --scope 'openid authgate:admin'`
      assertRefused(await at.run(remote()), /is over/, new RegExp(command))
      kept.write({ access_token: 'secret\r\nx-injected: 1', expires_at: 9e9 })
      const unfit = await at.run(remote())
      assertRefused(unfit, /the token in \S+ is no access token$/m)
      assert.doesNotMatch(unfit.err, /secret/)
      const { refresh_token: _, ...without } = kept.read()
      writeFileSync(kept.path, JSON.stringify({ ...without, access_token: 'wrong', expires_at: 9e9 }))
      assertRefused(await at.run(remote()), /does not take the token \(401/, new RegExp(command))
    })
  })

  test('comes from a file or the environment, and never from an option', async () => {
    const at = openTerminal()
    try {
      const jwt = await token('authgate:read')
      assertListed(await at.run(remote(), { environment: { AUTHGATE_TOKEN: jwt } }))
      const file = join(at.home, 'token')
      writeFileSync(file, `${jwt}\n`)
      const wrong = { AUTHGATE_TOKEN: 'wrong' }
      assertListed(await at.run([...remote(), '--token-file', file], { environment: wrong }))
      assertRefused(
        await at.run(remote(), { environment: wrong }),
        /\(401: the token is invalid or expired\)/,
      )
      const unknown = await at.run([...remote(), '--token', jwt])
      assert.equal(unknown.exitCode, 2)

      writeFileSync(file, 'two words\nx-injected: 1')
      assertRefused(await at.run([...remote(), '--token-file', file]), /is no access token$/m)
      assertRefused(
        await at.run([...remote(), '--token-file', '/dev/zero']),
        /cannot be read: it is too long/,
      )
      assertRefused(
        await at.run([...remote(), '--token-file', '/nowhere']),
        /the token in \/nowhere cannot be/,
      )
      assertRefused(await at.run(remote()), /you are not signed in to /, /--token-file or AUTHGATE_TOKEN/)
    } finally {
      at.remove()
    }
  })

  test('is not sent to another server than it is of', async () => {
    await atHome(async ({ at, kept }) => {
      const other = await startDeviceServer()
      try {
        const asked = [...list, '--server', other.url]
        assertRefused(await at.run(asked), /you are not signed in to http:\/\/127/)
        assertRefused(await at.run([...asked, '--token-file', kept.path]), /is of http:\S+, and not of http:/)
        assert.deepEqual(other.requests, [])
      } finally {
        await other.close()
      }
    })
  })

  test('that lacks a scope names it, and the command that gets it', async () => {
    const at = openTerminal()
    try {
      const reader = await adminClient(server, 'openid authgate:read authgate:admin')
      await at.signIn(server, reader, 'openid authgate:read')
      assertListed(await at.run(remote()))
      assertRefused(
        await at.run(remote(['client', 'create', '--name', 'X'])),
        /\(403: this operation needs authgate:admin/,
        new RegExp(
          `run authgate login --server ${server.url} --client-id ${reader} --scope 'openid authgate:read authgate:admin'`,
        ),
      )
      // A sign-in without any scope of the API is not even tried.
      const other = openTerminal()
      try {
        await other.signIn(server, server.test.clientId, 'openid profile')
        assertRefused(
          await other.run(remote()),
          /without a scope of its Admin API/,
          new RegExp(`--client-id ${server.test.clientId} --scope 'openid profile authgate:admin'`),
        )
      } finally {
        other.remove()
      }
    } finally {
      at.remove()
    }
  })

  test('of a person who is no administrator any more is refused without advice that would not help', async () => {
    await atHome(async ({ at }) => {
      const { storage } = server.test.app
      const admin = (await storage.read.accounts.findByUsername('admin'))!
      const setRole = (role: 'admin' | 'user') =>
        storage.transaction((tx) => tx.accounts.setRole(admin.id, role, server.test.clock.now()))
      await setRole('user')
      try {
        const ended = await at.run(remote())
        assertRefused(ended, /\(403: the person behind the token is no administrator\)$/m)
      } finally {
        await setRole('admin')
      }
    })
  })

  test('of several sign-ins is the one that is named', async () => {
    await atHome(async ({ at }) => {
      const second = await adminClient(server)
      await at.signIn(server, second, 'openid authgate:admin')
      assertRefused(await at.run(remote()), /pass --as with one of/, new RegExp(client), new RegExp(second))
      assertListed(await at.run([...remote(), '--as', second]))
      assertListed(await at.run(remote(), { environment: { AUTHGATE_CLIENT_ID: client } }))
      assertRefused(
        await at.run([...remote(), '--as', 'nobody']),
        /not signed in to \S+ with the client nobody/,
      )
    })
  })

  test('what the Admin API cannot do is said, and not done to a database nearby', async () => {
    await atHome(async ({ at }) => {
      const file = join(at.home, 'client.json')
      writeFileSync(file, '{}')
      const pin = ['client', 'pin', 'https://app.example/c.json', '--file', file]
      assertRefused(await at.run(remote(pin)), /the Admin API cannot do this: run it where the database/)
      assertRefused(await at.run(remote(['client', 'unpin', 'https://app.example/c.json'])), /cannot do this/)
    })
  })
})

suite('a server that commands cannot work with', () => {
  const withServer = async (
    routes: NonNullable<DeviceServerScript['routes']>,
    body: (run: (args?: readonly string[]) => Promise<Ended>, url: string) => Promise<void>,
  ): Promise<void> => {
    const server = await startDeviceServer({ routes })
    const at = openTerminal()
    try {
      const environment = { AUTHGATE_TOKEN: 'token-of-the-test' }
      await body((args = list) => at.run([...args, '--server', server.url], { environment }), server.url)
    } finally {
      at.remove()
      await server.close()
    }
  }
  const clients = '/api/v1/clients'
  const problem = (status: number, more: object, headers: Record<string, string> = {}) => ({
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: { type: 'about:blank', status, ...more },
  })
  const client = (changes: object = {}) => ({
    client_id: 'c-1',
    client_name: 'Web app',
    description: '',
    client_type: 'public',
    status: 'active',
    origin: 'operator',
    grant_types: ['device_code'],
    scope: 'openid',
    redirect_uris: [],
    allowed_resources: [],
    introspect_any: false,
    metadata: {},
    id_token_claims: false,
    extra_claims: false,
    token_exchange_subjects: [],
    created_at: '2026-01-01T00:00:00.000Z',
    ...changes,
  })
  const page = (items: unknown[], next: string | null = null) => ({ body: { items, next } })

  test('is one that is not there', async () => {
    const at = openTerminal()
    try {
      const server = `http://127.0.0.1:${await freePort()}`
      const environment = { AUTHGATE_TOKEN: 'token' }
      const ended = await at.run(['client', 'delete', 'x', '--server', server], { environment })
      assertRefused(ended, /^authgate: no answer from http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/)
      assert.doesNotMatch(ended.err, /not known/)
      const bad = await at.run([...list, '--server', 'auth.example.com'], { environment })
      assertRefused(bad, /is not a server address/)
      for (const address of ['http://auth.example.com', 'http://192.0.2.1']) {
        assertRefused(
          await at.run([...list, '--server', address], { environment }),
          /is not encrypted.*--insecure/,
        )
      }
    } finally {
      at.remove()
    }
  })

  test('is no AuthGate, has moved, or has its API switched off', async () => {
    await withServer({ [clients]: { body: '<h1>Hello</h1>' } }, async (run) => {
      assertRefused(await run(), /does not answer as the Admin API of AuthGate does \(200\)/)
    })
    await withServer({}, async (run) => {
      assertRefused(await run(), /does not answer as .* \(404\): check the address, .*API_ENABLED/)
    })
    await withServer(
      { [clients]: { status: 302, headers: { location: 'https://elsewhere.example/' }, body: '' } },
      async (run) =>
        assertRefused(await run(), /sends the request elsewhere to https:\/\/elsewhere\.example/),
    )
    await withServer({ [clients]: { status: 502, body: 'Bad Gateway' } }, async (run) => {
      assertRefused(await run(), /out of order \(502/)
    })
    await withServer({ [clients]: { body: { items: 'none' } } }, async (run) => {
      assertRefused(await run(), /is not what the Admin API of AuthGate says \(items is no list\)/)
    })
    await withServer({ [clients]: page([{ ...client(), scope: 7 }]) }, async (run) => {
      assertRefused(await run(), /\(items\[0\]\.scope is no text\)/)
    })
    const off = await startListening({ API_ENABLED: 'false' })
    const at = openTerminal()
    try {
      const environment = { AUTHGATE_TOKEN: 'token' }
      assertRefused(await at.run([...list, '--server', off.url], { environment }), /API_ENABLED/)
    } finally {
      at.remove()
      await off.close()
    }
  })

  test('answers without end, or breaks off in the middle of an act', async () => {
    await withServer({ [clients]: { body: `"${'x'.repeat(9_000_000)}"` } }, async (run) => {
      assertRefused(await run(), /larger than any honest answer/)
    })
    await withServer({ [clients]: 'reset' }, async (run) => {
      assertRefused(await run(['client', 'create', '--name', 'X']), /Whether it was done is not known/)
      assert.doesNotMatch((await run()).err, /not known/)
    })
    // The page behind is the same for ever: its cursor leads nowhere new, and the token goes nowhere else.
    await withServer(
      { [clients]: page([client()], 'https://elsewhere.example/api/v1/clients?after=again') },
      async (run) => {
        const { exitCode, out } = await run()
        assert.equal(exitCode, 0)
        assert.equal(out.trimEnd().split('\n').length, 3)
      },
    )
  })

  test('asks for patience', async () => {
    await withServer({ [clients]: problem(429, { detail: 'x' }, { 'retry-after': '7' }) }, async (run) => {
      assertRefused(await run(), /asks to slow down \(429\): run the command again in 7 seconds/)
    })
  })

  test('has text that would drive the terminal', async () => {
    const evil = '\u001b[2J\u009b31mEvil\r\n\u202e'
    await withServer(
      {
        [clients]: page([client({ client_name: evil, status: evil })]),
        [`${clients}/c-1`]: {
          body: client({
            description: evil,
            metadata: { [`a${evil}`]: evil, jwks: { keys: [{ kty: evil }] } },
          }),
        },
        [`${clients}/no`]: problem(403, { detail: evil }, { 'www-authenticate': 'Bearer scope="x"' }),
        [`${clients}/conflict`]: problem(409, { detail: evil }),
        '/api/v1/users': problem(422, { problems: [{ member: 'email', message: evil }] }),
      },
      async (run) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters to look for.
        const raw = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/
        for (const args of [
          list,
          ['client', 'show', 'c-1'],
          ['client', 'show', 'no'],
          ['client', 'delete', 'conflict'],
          ['user', 'create', '--username', 'x', '--email', 'y'],
        ]) {
          const { out, err } = await run(args)
          assert.match(out + err, /Evil/)
          assert.doesNotMatch(out + err, raw, args.join(' '))
        }
        assert.doesNotMatch((await run(['client', 'deactivate', evil])).err, raw)
        const { out } = await run([...list, '--json'])
        assert.doesNotMatch(out, raw)
        assert.equal(JSON.parse(out)[0].client_name, evil)
      },
    )
  })
})
