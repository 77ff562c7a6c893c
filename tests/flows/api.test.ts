/**
 * The Admin API against its own document: for every operation that the document has, the running server is asked without
 * a token, with one that reaches too little, with what cannot be used, for what is not there, and as it should be. Every
 * answer is held to the document by a validator that is none of ours; what the document does not list is a failure.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { ErrorObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { digestOf } from '../../src/shared/digest.ts'
import type { AccountId, ClientId, ResourceId } from '../../src/shared/ids.ts'
import { callback, signInWeb, webClient } from '../support/authorization.ts'
import { setUpApp } from '../support/factors.ts'
import { machineToken } from '../support/oauth-client.ts'
import { drivers, startTestApp, type TestApp } from '../support/test-app.ts'

const api = '/api/v1'
const nowhere = '00000000-0000-7000-8000-000000000000'

interface DocumentedOperation {
  id: string
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  scope: string
  hasBody: boolean
  // biome-ignore lint/suspicious/noExplicitAny: OpenAPI in JSON.
  responses: Record<string, any>
}

interface Asked {
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
  headers?: Record<string, string>
}

/** What the world holds for the good case of each operation. */
interface World {
  test: TestApp
  user(): Promise<AccountId>
  client(given?: { status?: 'active' | 'pending' | 'inactive' }): Promise<ClientId>
  /** A client that the administrator allowed something, with a token of it. */
  allowed(): Promise<{ clientId: ClientId; tokenId: string; consentId: string; accountId: AccountId }>
}

let names = 0
const fresh = (word: string): string => `${word}${++names}`

/** The good case of each operation, by the name it has in the document. */
const good: Record<string, (world: World) => Promise<Asked>> = {
  getOverview: async () => ({}),
  listAuditRecords: async () => ({ query: { page_size: '2', severity: 'INFO' } }),
  exportAuditRecords: async () => ({ query: { success: 'true' } }),
  async listClients({ client }) {
    await client()
    return { query: { status: 'active', page_size: '1' } }
  },
  createClient: async () => ({
    body: {
      client_name: fresh('Client'),
      client_type: 'confidential',
      grant_types: ['client_credentials'],
      scope: 'read',
    },
  }),
  getClient: async ({ client }) => ({ params: { client_id: await client() } }),
  getClientDocument: async ({ test }) => ({ params: { client_id: await describedClient(test) } }),
  updateClient: async ({ client }) => ({
    params: { client_id: await client() },
    body: {
      client_name: fresh('Renamed'),
      client_type: 'confidential',
      metadata: { tos_uri: 'https://a.example/' },
    },
  }),
  deleteClient: async ({ client }) => ({ params: { client_id: await client() } }),
  async replaceClientSecret({ test }) {
    const { id } = await test.confidentialClient()
    return { params: { client_id: id } }
  },
  approveClient: async ({ client }) => ({ params: { client_id: await client({ status: 'pending' }) } }),
  rejectClient: async ({ client }) => ({ params: { client_id: await client({ status: 'pending' }) } }),
  deactivateClient: async ({ client }) => ({ params: { client_id: await client() } }),
  activateClient: async ({ client }) => ({ params: { client_id: await client({ status: 'inactive' }) } }),
  endClientAccess: async ({ allowed }) => ({ params: { client_id: (await allowed()).clientId } }),
  listClientAuthorizations: async ({ allowed }) => ({ params: { client_id: (await allowed()).clientId } }),
  async revokeClientAuthorization({ allowed }) {
    const { clientId, consentId } = await allowed()
    return { params: { client_id: clientId, authorization_id: consentId } }
  },
  listUsers: async () => ({ query: { role: 'admin' } }),
  async createUser() {
    const username = fresh('person')
    return { body: { username, email: `${username}@example.com`, full_name: 'Ada' } }
  },
  getUser: async ({ user }) => ({ params: { user_id: await user() } }),
  updateUser: async ({ user }) => ({
    params: { user_id: await user() },
    body: { full_name: 'Grace', role: 'admin', email_verified: true },
  }),
  deleteUser: async ({ user }) => ({ params: { user_id: await user() } }),
  disableUser: async ({ user }) => ({ params: { user_id: await user() } }),
  enableUser: async ({ user }) => ({ params: { user_id: await user() } }),
  resetUserPassword: async ({ user }) => ({ params: { user_id: await user() }, body: {} }),
  removeUserSecondFactors: async ({ user }) => ({ params: { user_id: await user() } }),
  async listUserSessions({ allowed }) {
    const { accountId } = await allowed()
    return { params: { user_id: accountId } }
  },
  endUserSessions: async ({ user }) => ({ params: { user_id: await user() } }),
  endUserTokens: async ({ user }) => ({ params: { user_id: await user() } }),
  async listTokens({ allowed }) {
    const { clientId } = await allowed()
    return { query: { token_type: 'refresh', client_id: clientId } }
  },
  getToken: async ({ allowed }) => ({ params: { token_id: (await allowed()).tokenId } }),
  revokeToken: async ({ allowed }) => ({ params: { token_id: (await allowed()).tokenId } }),
  disableToken: async ({ allowed }) => ({ params: { token_id: (await allowed()).tokenId } }),
  async enableToken({ allowed, test }) {
    const { tokenId } = await allowed()
    await test.administration.tokens.disable(tokenId, { type: 'system' })
    return { params: { token_id: tokenId } }
  },
  listKeys: async () => ({}),
  rotateKeys: async () => ({ body: {} }),
  async retireKey({ test }) {
    const next = (await test.app.storage.read.signingKeys.list()).find(({ state }) => state === 'next')
    return { params: { kid: next!.kid }, body: { force: true } }
  },
  listResources: async () => ({}),
  createResource: async () => ({
    body: {
      identifier: `https://${fresh('files')}.example/mcp`,
      name: 'Files',
      scopes: [{ name: 'files', description: 'Read your files' }],
    },
  }),
  getResource: async ({ test }) => ({ params: { resource_id: await resource(test) } }),
  updateResource: async ({ test }) => ({
    params: { resource_id: await resource(test) },
    body: { name: 'More files', token_lifetime_seconds: 120 },
  }),
  deleteResource: async ({ test }) => ({ params: { resource_id: await resource(test) } }),
}

/** A client that describes itself, known by an address. */
async function describedClient(test: TestApp): Promise<string> {
  const clientId = `https://${fresh('app')}.example/client.json` as ClientId
  await webClient(test, { id: clientId, origin: 'metadata_document', type: 'public' })
  const now = test.clock.now()
  await test.app.storage.transaction((tx) =>
    tx.clientDocuments.put({
      clientId,
      etag: undefined,
      lastModified: undefined,
      digest: digestOf('what it says'),
      firstSeenAt: now,
      fetchedAt: now,
      freshUntil: now,
      askAgainSince: undefined,
      withdrawnAt: undefined,
      approvedAt: undefined,
      pinnedAt: undefined,
    }),
  )
  return clientId
}

async function resource(test: TestApp): Promise<string> {
  const now = test.clock.now()
  const { id } = await test.app.storage.transaction(async (tx) => {
    const made = {
      id: randomUUID() as ResourceId,
      identifier: `https://${fresh('host')}.example/`,
      name: 'Host',
      scopes: [],
      openToDiscovered: false,
      tokenLifetimeSeconds: undefined,
      createdAt: now,
      updatedAt: now,
    }
    await tx.resources.insert(made)
    return made
  })
  return id
}

for (const { driver, skip } of drivers) {
  describe(`the Admin API on ${driver}`, { skip }, () => {
    let test: TestApp
    let world: World
    // biome-ignore lint/suspicious/noExplicitAny: OpenAPI in JSON.
    let document: any
    let operations: DocumentedOperation[]
    const tokens = { admin: '', read: '', none: '' }

    before(async () => {
      test = await startTestApp({ driver })
      document = (await test.get(`${api}/openapi.json`)).body
      operations = readOperations(document)
      const machine = async (scope: string): Promise<string> => {
        const { basic } = await test.confidentialClient({ scope, grants: ['client_credentials'] })
        return machineToken(test, basic, { scope })
      }
      tokens.admin = await machine('authgate:admin')
      tokens.read = await machine('authgate:read')
      tokens.none = await machine('read')
      world = worldOf(test)
    })
    after(() => test.close())

    const send = async (operation: DocumentedOperation, token: string | undefined, asked: Asked = {}) => {
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(asked.params?.[name] ?? nowhere),
      )
      const query = asked.query === undefined ? '' : `?${new URLSearchParams(asked.query)}`
      const response = await test.request({
        method: operation.method,
        url: `${api}${path}${query}`,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...asked.headers,
        },
        ...(asked.body === undefined ? {} : { payload: JSON.stringify(asked.body) }),
      })
      return heldToDocument(document, operation, response)
    }
    const named = (id: string): DocumentedOperation => operations.find((each) => each.id === id)!

    it('publishes a valid OpenAPI 3.1 document', async () => {
      const result = await new Validator().validate(structuredClone(document))
      assert.ok(result.valid, JSON.stringify(result.errors))
    })

    it('has a story for every operation that the document has', () => {
      assert.deepEqual(operations.map(({ id }) => id).sort(), Object.keys(good).sort())
    })

    it('walks every operation', async (t) => {
      for (const operation of operations) {
        await t.test(`${operation.method} ${operation.path}`, async () => {
          const bare = await send(operation, undefined)
          assert.equal(bare.status, 401)
          assert.match(bare.challenge, /^Bearer realm="authgate", DPoP algs=/)
          const bad = await send(operation, 'no-token-of-ours')
          assert.equal(bad.status, 401)
          assert.match(bad.challenge, /error="invalid_token"/)

          const weak = await send(operation, tokens.none)
          assert.equal(weak.status, 403)
          assert.match(weak.challenge, new RegExp(`error="insufficient_scope".*scope="${operation.scope}"`))
          if (operation.method !== 'GET') assert.equal((await send(operation, tokens.read)).status, 403)

          const unknown = await send(operation, tokens.admin, { query: { no_parameter: '1' } })
          assert.equal(unknown.status, 400)
          assert.deepEqual(unknown.body.problems, [
            { member: 'no_parameter', message: 'is no parameter of this operation' },
          ])
          if (operation.hasBody) {
            const wrong = await send(operation, tokens.admin, { body: { no_member: 1 } })
            assert.equal(wrong.status, 422)
            assert.ok(wrong.body.problems.some(({ member }: { member: string }) => member === 'no_member'))
          }

          const asked = await good[operation.id]!(world)
          if (asked.params !== undefined) {
            const params = Object.fromEntries(Object.keys(asked.params).map((name) => [name, nowhere]))
            assert.equal((await send(operation, tokens.admin, { ...asked, params })).status, 404)
          }
          const token = operation.method === 'GET' ? tokens.read : tokens.admin
          const answer = await send(operation, token, asked)
          assert.ok(answer.status < 300, answer.text)
          assert.equal(answer.headers['cache-control'], 'no-store')
          assert.equal(answer.headers['access-control-allow-origin'], undefined)
        })
      }
    })

    it('acts in the name of the person behind the token, and says so in the audit log', async () => {
      const { person } = await personal(test)
      const created = await send(named('createClient'), person, {
        body: { client_name: 'Made by hand', client_type: 'confidential' },
      })
      assert.equal(created.status, 201)
      assert.match(created.body.client_secret, /^\S{40,}$/)
      const { client_id: id } = created.body.client
      const { body: seen } = await send(named('getClient'), person, { params: { client_id: id } })
      assert.equal(JSON.stringify(seen).includes(created.body.client_secret), false)
      await audited(test, { resourceId: id, actorName: 'admin', eventType: 'CLIENT_CREATED' })
    })

    it('acts in the name of a client that speaks for itself', async () => {
      const username = fresh('robot')
      const created = await send(named('createUser'), tokens.admin, {
        body: { username, email: `${username}@example.com` },
      })
      assert.match(created.body.password, /^\S{20}$/)
      const record = await audited(test, {
        resourceId: created.body.user.user_id,
        actorName: 'Confidential client',
      })
      assert.match(record.actorId!, /^client:/)
    })

    it('takes no token of a person who is no administrator, or no longer one', async () => {
      const { person, client } = await personal(test)
      assert.equal((await send(named('listUsers'), person)).status, 200)
      const admin = (await test.app.storage.read.accounts.findByUsername('admin'))!
      const setRole = (role: 'admin' | 'user') =>
        test.app.storage.transaction((tx) => tx.accounts.setRole(admin.id, role, test.clock.now()))
      await setRole('user')
      try {
        const answer = await send(named('listUsers'), person)
        assert.equal(answer.status, 403)
        assert.match(answer.body.detail, /no administrator/)
      } finally {
        await setRole('admin')
      }
      assert.equal((await send(named('listUsers'), person)).status, 200)

      // What the client may have now counts, not what it had.
      const before = (await test.app.storage.read.clients.find(client))!
      await test.app.storage.transaction((tx) => tx.clients.replace({ ...before, scopes: ['openid'] }))
      test.clock.advance(3)
      assert.equal((await send(named('listUsers'), person)).status, 403)
    })

    it('takes tokens for this API, and none for another resource', async () => {
      const issuer: string = document.servers[0].url.slice(0, -api.length)
      const resources = [`${issuer}${api}`, 'https://elsewhere.example/']
      const { basic } = await test.confidentialClient({
        scope: 'authgate:read',
        grants: ['client_credentials'],
        resources,
      })
      const bound = await machineToken(test, basic, { resource: resources[0]! })
      assert.equal((await send(named('listUsers'), bound)).status, 200)
      const elsewhere = await machineToken(test, basic, { resource: resources[1]! })
      assert.equal((await send(named('listUsers'), elsewhere)).status, 401)
    })

    it('is for clients that an operator gave the scope', async () => {
      for (const origin of ['self_service', 'registration'] as const) {
        const client = await webClient(test, {
          origin,
          grants: ['client_credentials'],
          scopes: ['authgate:admin'],
        })
        const token = await machineToken(test, client.basic!)
        assert.equal((await send(named('listUsers'), token)).status, 403, origin)
        const given = await send(named('updateClient'), tokens.admin, {
          params: { client_id: client.id },
          body: { scope: 'authgate:admin' },
        })
        assert.equal(given.status, 422)
        assert.deepEqual(
          given.body.problems.map(({ member }: { member: string }) => member),
          ['scope'],
        )
      }
    })

    it('gives the scope to whoever asks for it by name', async () => {
      const { basic } = await test.confidentialClient({
        scope: 'read authgate:admin',
        grants: ['client_credentials'],
      })
      const usual = await test.post(
        '/oauth/token',
        { grant_type: 'client_credentials' },
        { authorization: basic },
      )
      assert.equal(usual.body.scope, 'read')
      const browser = await test.signedIn()
      const client = await webClient(test, { scopes: ['openid', 'authgate:admin'] })
      const asked = await browser.get(
        `/oauth/authorize?${new URLSearchParams({
          response_type: 'code',
          client_id: client.id,
          redirect_uri: callback,
          scope: 'openid authgate:admin',
        })}`,
      )
      assert.match(asked.text, /Administer this server in your name/)
    })

    it('changes the version that If-Match names, and no other', async () => {
      const id = await world.client()
      const first = await send(named('getClient'), tokens.read, { params: { client_id: id } })
      const change = (etag: string) =>
        send(named('updateClient'), tokens.admin, {
          params: { client_id: id },
          body: { description: fresh('note') },
          headers: { 'if-match': etag },
        })
      const changed = await change(String(first.headers.etag))
      assert.equal(changed.status, 200)
      assert.equal((await change(String(first.headers.etag))).status, 412)
      assert.equal((await change(String(changed.headers.etag))).status, 200)
    })

    it('finds its own page behind next and previous', async () => {
      for (let made = 0; made < 3; made++) await world.client()
      const first = await send(named('listClients'), tokens.read, {
        query: { page_size: '2', search: 'Of the walk' },
      })
      assert.equal(first.body.items.length, 2)
      const follow = (address: string) =>
        send(named('listClients'), tokens.read, { query: Object.fromEntries(new URL(address).searchParams) })
      const second = await follow(first.body.next)
      assert.equal(
        new Set([...first.body.items, ...second.body.items].map((each) => each.client_id)).size,
        2 + second.body.items.length,
      )
      const back = await follow(second.body.previous)
      assert.deepEqual(back.body.items, first.body.items)
      assert.equal(first.body.previous, null)
    })

    it('refuses what it cannot read with the same words as what it can', async () => {
      const operation = named('createUser')
      const raw = async (payload: string, type: string) =>
        heldToDocument(
          document,
          operation,
          await test.request({
            method: 'POST',
            url: `${api}/users`,
            headers: { authorization: `Bearer ${tokens.admin}`, 'content-type': type },
            payload,
          }),
        )
      assert.equal((await raw('{', 'application/json')).status, 400)
      assert.equal((await raw('a=b', 'application/x-www-form-urlencoded')).status, 400)
      assert.equal((await raw(' '.repeat(100_000), 'application/json')).status, 413)
    })

    it('finds one user by their name, in any case, if the other filters take them', async () => {
      const { username } = await test.account(fresh('Found').toLowerCase())
      const found = async (query: Record<string, string>) => {
        const { body } = await send(named('listUsers'), tokens.read, { query })
        assert.deepEqual([body.next, body.previous], [null, null])
        assert.deepEqual(body.total, { count: body.items.length, at_least: false })
        return body.items.map((each: { username: string }) => each.username)
      }
      assert.deepEqual(await found({ username: username.toUpperCase() }), [username])
      assert.deepEqual(await found({ username, role: 'user', status: 'active', auth_source: 'local' }), [
        username,
      ])
      assert.deepEqual(await found({ username, role: 'admin' }), [])
      assert.deepEqual(await found({ username: username.slice(0, -1) }), [])
      const both = await send(named('listUsers'), tokens.read, { query: { username, search: 'x' } })
      assert.equal(both.status, 400)
      assert.deepEqual(
        both.body.problems.map(({ member }: { member: string }) => member),
        ['username'],
      )
    })

    it('says whether there was a second factor, and leaves a password be that its owner may keep', async () => {
      const username = fresh('keeps')
      const created = await send(named('createUser'), tokens.admin, {
        body: {
          username,
          email: `${username}@example.com`,
          password: 'a long password of theirs',
          password_change_required: false,
        },
      })
      const account = (await test.app.storage.read.accounts.findByUsername(username))!
      assert.equal(account.passwordChangeRequired, false)
      const params = { user_id: created.body.user.user_id }
      const remove = async () => (await send(named('removeUserSecondFactors'), tokens.admin, { params })).body
      assert.equal((await remove()).removed, false)
      const browser = test.browser()
      await browser.signIn(username, 'a long password of theirs')
      await setUpApp(test, browser)
      assert.equal((await remove()).removed, true)
    })

    it('rotates the keys of one algorithm, and says what time makes of each', async () => {
      const rotated = await send(named('rotateKeys'), tokens.admin, {
        body: { algorithms: ['PS256'], immediately: true },
      })
      const current = rotated.body.items.filter(({ state }: { state: string }) => state === 'current')
      const previous = rotated.body.items.filter(({ state }: { state: string }) => state === 'previous')
      assert.deepEqual(
        previous.map(({ algorithm }: { algorithm: string }) => algorithm),
        ['PS256'],
      )
      const lifeSeconds = (key: { activated_at: string; next_state_at: string }) =>
        (Date.parse(key.next_state_at) - Date.parse(key.activated_at)) / 1000
      for (const key of current) {
        assert.equal(key.next_state, 'previous')
        assert.equal(lifeSeconds(key), 90 * 86_400)
      }
      assert.equal(previous[0].next_state, 'retired')

      await send(named('retireKey'), tokens.admin, {
        params: { kid: previous[0].kid },
        body: { force: true },
      })
      const states = async (query: Record<string, string>) => {
        const { body } = await send(named('listKeys'), tokens.read, { query })
        return body.items.map(({ state, next_state_at: at }: { state: string; next_state_at: unknown }) =>
          state === 'retired' ? `${state} ${at}` : state,
        )
      }
      assert.ok((await states({})).includes('retired null'))
      assert.ok(!(await states({ retired: '0' })).includes('retired null'))
    })

    it('refuses acts that would leave nobody to administer', async () => {
      const admin = (await test.app.storage.read.accounts.findByUsername('admin'))!
      const { person } = await personal(test)
      const own = await send(named('disableUser'), person, { params: { user_id: admin.id } })
      assert.equal(own.status, 409)
      assert.match(own.body.detail, /own account/)
    })
  })
}

it('limits requests by address', async () => {
  const test = await startTestApp({ environment: { ENABLE_RATE_LIMIT: 'true', API_RATE_LIMIT: '2' } })
  try {
    const ask = () => test.get(`${api}/users`)
    assert.deepEqual([(await ask()).status, (await ask()).status], [401, 401])
    const third = await ask()
    assert.equal(third.status, 429)
    assert.ok(Number(third.headers['retry-after']) > 0)
    assert.equal(JSON.parse(third.text).error, 'rate_limit_exceeded')
  } finally {
    await test.close()
  }
})

it('is not there when it is switched off', async () => {
  const test = await startTestApp({ environment: { API_ENABLED: 'false' } })
  try {
    assert.equal((await test.get(`${api}/users`)).status, 404)
    assert.equal((await test.get(`${api}/openapi.json`)).status, 404)
  } finally {
    await test.close()
  }
})

function worldOf(test: TestApp): World {
  return {
    test,
    async user() {
      const { username } = await test.account(fresh('user'))
      return (await test.app.storage.read.accounts.findByUsername(username))!.id
    },
    async client({ status = 'active' } = {}) {
      return (await webClient(test, { name: 'Of the walk', type: 'public', status })).id
    },
    async allowed() {
      const client = await webClient(test)
      await signInWeb(test, client, { scope: 'openid offline_access' })
      const { read } = test.app.storage
      const account = (await read.accounts.findByUsername('admin'))!
      const consent = (await read.consents.find(account.id, client.id))!
      const { page } = await read.tokenLists.list(
        { kind: 'access', clientIds: [client.id] },
        test.clock.now(),
        {
          limit: 1,
        },
      )
      return {
        clientId: client.id,
        tokenId: page.entries[0]!.id,
        consentId: consent.id,
        accountId: account.id,
      }
    },
  }
}

async function personal(test: TestApp): Promise<{ person: string; client: ClientId }> {
  const client = await webClient(test, { scopes: ['openid', 'authgate:admin'] })
  const { access_token } = await signInWeb(test, client, { scope: 'openid authgate:admin' })
  return { person: access_token, client: client.id }
}

/** Rows are written within a second. */
async function audited(test: TestApp, wanted: { resourceId: string; actorName: string; eventType?: string }) {
  for (let tries = 0; tries < 100; tries++) {
    const { entries } = await test.app.storage.read.audit.search(wanted, { limit: 1 })
    if (entries[0] !== undefined) return entries[0]
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no row for ${JSON.stringify(wanted)}`)
}

// biome-ignore lint/suspicious/noExplicitAny: OpenAPI in JSON.
function readOperations(document: any): DocumentedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    // biome-ignore lint/suspicious/noExplicitAny: OpenAPI in JSON.
    Object.entries(methods as Record<string, any>).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase() as DocumentedOperation['method'],
      path,
      scope: operation.security[0].authgate[0],
      hasBody: operation.requestBody !== undefined,
      responses: operation.responses,
    })),
  )
}

/** Holds an answer to what the document says of it: status, media type, headers and body, without a member too many. */
function heldToDocument(
  // biome-ignore lint/suspicious/noExplicitAny: OpenAPI in JSON.
  document: any,
  operation: DocumentedOperation,
  response: Awaited<ReturnType<TestApp['request']>>,
) {
  const { statusCode: status, headers, body: text } = response
  const where = `${operation.id} ${status} ${text.slice(0, 500)}`
  const said = operation.responses[String(status)]
  assert.ok(said !== undefined, `the document has no such status: ${where}`)
  for (const name of Object.keys(said.headers ?? {})) {
    assert.ok(headers[name.toLowerCase()] !== undefined, `${name} is missing: ${where}`)
  }
  const challenge = String(headers['www-authenticate'])
  if (said.content === undefined) {
    assert.equal(text, '', where)
    return { status, headers, text, challenge, body: undefined }
  }
  const type = String(headers['content-type']).split(';')[0]!
  const content = said.content[type]
  assert.ok(content !== undefined, `the document has no ${type}: ${where}`)
  if (type === 'application/x-ndjson') {
    for (const line of text.split('\n').filter((each) => each !== '')) JSON.parse(line)
    return { status, headers, text, challenge, body: undefined }
  }
  const body = JSON.parse(text)
  const problems = violations(document, content.schema, body)
  assert.deepEqual(problems, [], where)
  if (type === 'application/problem+json') {
    assert.equal(body.status, status)
    assert.equal(body.request_id, headers['x-request-id'])
  }
  return { status, headers, text, challenge, body }
}

const validators = new WeakMap<object, Map<string, (value: unknown) => ErrorObject[]>>()

function violations(document: object, schema: object, value: unknown): ErrorObject[] {
  const known = validators.get(document) ?? new Map()
  validators.set(document, known)
  const key = JSON.stringify(schema)
  let check = known.get(key)
  if (check === undefined) {
    const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true })
    addFormats.default(ajv)
    // Where the references lead.
    ajv.addKeyword('components')
    const validate = ajv.compile(
      closed({ ...schema, components: (document as { components: unknown }).components }),
    )
    check = (each: unknown) => (validate(each) ? [] : [...(validate.errors ?? [])])
    known.set(key, check)
  }
  return check(value)
}

/** The document leaves room for later members; today there must be none that it does not have. */
function closed<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.type === 'object' && value.properties !== undefined && value.additionalProperties === undefined
      ? { ...value, additionalProperties: false }
      : value,
  )
}
