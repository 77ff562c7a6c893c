/** What administrative acts accept, refuse and change. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createManualClock } from '../../tests/support/manual-clock.ts'
import type { Actor, DomainEvent } from '../events/catalogue.ts'
import { verifyClientSecret } from '../oauth/client-secret.ts'
import type { ClientId } from '../shared/ids.ts'
import { createSystemRandom } from '../shared/random.ts'
import {
  newAccount as accountRow,
  newClient as clientRow,
  ids,
  newGrant,
  newSession,
  newTokensOf,
  now,
} from '../storage/conformance/fixtures.ts'
import { openSqliteStorage } from '../storage/sqlite.ts'
import { AlreadyExists, type Storage } from '../storage/storage.ts'
import { type AccountAdministration, createAccountAdministration, type NewAccount } from './accounts.ts'
import { publishingAnnouncer } from './announcer.ts'
import { type ClientAdministration, createClientAdministration, type NewClient } from './clients.ts'
import { InvalidInput } from './invalid-input.ts'

const actor: Actor = { type: 'command_line', name: 'operator' }

let storage: Storage
let published: DomainEvent[]
let clients: ClientAdministration
let accounts: AccountAdministration
beforeEach(async () => {
  storage = await openSqliteStorage({ path: ':memory:', synchronous: 'NORMAL', lockTimeoutSeconds: 5 })
  published = []
  const tools = {
    storage,
    announcer: publishingAnnouncer({ publish: (event) => published.push(event) }),
    clock: createManualClock(now),
    random: createSystemRandom(),
    ids,
  }
  clients = createClientAdministration(tools)
  accounts = createAccountAdministration({
    ...tools,
    hashPassword: async (password) => `hash of ${password}`,
    passwordRules: { minLength: 8, changeRequired: true },
  })
})
afterEach(() => storage.close())

const refusedBecauseOf = (field: string) => (error: unknown) => {
  assert.ok(error instanceof InvalidInput, String(error))
  assert.equal(error.field, field)
  assert.match(error.message, new RegExp(`^${field}: `))
  return true
}

describe('clients', () => {
  const make = (input: Partial<NewClient>) =>
    clients.create({ name: 'Robot', type: 'confidential', ...input }, actor)

  const refused: [Partial<NewClient>, field: string][] = [
    [{ name: '' }, 'name'],
    [{ name: ' \t' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 'two\nlines' }, 'name'],
    [{ name: 'esc\u001b[31m' }, 'name'],
    [{ grants: [] }, 'grant'],
    [{ grants: ['device_code', 'password'] }, 'grant'],
    [{ grants: ['implicit'] }, 'grant'],
    [{ type: 'public', grants: ['client_credentials'] }, 'grant'],
    [{ grants: ['authorization_code'] }, 'redirect-uri'],
    [{ redirectUris: ['/callback'] }, 'redirect-uri'],
    [{ redirectUris: ['https://a.example/#fragment'] }, 'redirect-uri'],
    [{ redirectUris: ['https://a.example/#'] }, 'redirect-uri'],
    [{ redirectUris: ['https://user:pw@a.example/'] }, 'redirect-uri'],
    [{ redirectUris: ['javascript:alert(1)'] }, 'redirect-uri'],
    [{ redirectUris: ['https://a.example/é'] }, 'redirect-uri'],
    [{ redirectUris: ['https://例え.example/'] }, 'redirect-uri'],
    [{ redirectUris: ['https://a.example/a b'] }, 'redirect-uri'],
    [{ redirectUris: ['https://a.example/', 'nonsense'] }, 'redirect-uri'],
    [{ redirectUris: ['http://a.example/'] }, 'redirect-uri'],
    [{ scope: 'read "write"' }, 'scope'],
    [{ scope: 'lesen schreiben löschen' }, 'scope'],
    [{ allowedResources: ['api'] }, 'resource'],
    [{ allowedResources: ['https://api.example/#fragment'] }, 'resource'],
  ]
  for (const [input, field] of refused) {
    it(`refuse ${JSON.stringify(input)}`, async () => {
      await assert.rejects(make(input), refusedBecauseOf(field))
      assert.equal(await storage.read.clients.any(), false)
      assert.deepEqual(published, [])
    })
  }

  const jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'one' }] }
  const refusedMetadata: [Partial<NewClient>, field: string][] = [
    [{ metadata: { token_endpoint_auth_method: 'none' } }, 'token-endpoint-auth-method'],
    [
      { type: 'public', metadata: { token_endpoint_auth_method: 'client_secret_basic' } },
      'token-endpoint-auth-method',
    ],
    [{ metadata: { token_endpoint_auth_method: 'private_key_jwt' } }, 'token-endpoint-auth-method'],
    [{ metadata: { jwks: { keys: [{ ...jwks.keys[0], d: 'AA' }] } } }, 'jwks'],
    [{ metadata: { jwks_uri: 'http://app.example.com/' } }, 'jwks-uri'],
    [{ metadata: { id_token_signed_response_alg: 'none' } }, 'id-token-signed-response-alg'],
    [{ metadata: { post_logout_redirect_uris: ['nonsense'] } }, 'post-logout-redirect-uri'],
    [{ securityProfile: 'fapi2' }, 'profile'],
    [
      { securityProfile: 'fapi2', metadata: { jwks, token_endpoint_auth_method: 'client_secret_basic' } },
      'token-endpoint-auth-method',
    ],
    [
      { securityProfile: 'fapi2', metadata: { jwks, id_token_signed_response_alg: 'RS256' } },
      'id-token-signed-response-alg',
    ],
    [{ type: 'public', securityProfile: 'fapi2', metadata: { jwks } }, 'token-endpoint-auth-method'],
  ]
  for (const [input, field] of refusedMetadata) {
    it(`refuse ${JSON.stringify(input).slice(0, 100)} by its option`, async () => {
      await assert.rejects(make(input), refusedBecauseOf(field))
      assert.equal(await storage.read.clients.any(), false)
    })
  }

  it('have no secret when they prove themselves with a key', async () => {
    const { client, secret } = await make({
      type: undefined,
      metadata: { token_endpoint_auth_method: 'private_key_jwt', jwks },
    })
    assert.deepEqual([client.type, client.secretHash, secret], ['confidential', undefined, undefined])
    assert.deepEqual(client.metadata, { tokenEndpointAuthMethod: 'private_key_jwt', jwks })
  })

  it('of profile fapi2 are held to what it demands', async () => {
    const { client, secret } = await make({
      type: undefined,
      securityProfile: 'fapi2',
      metadata: { jwks_uri: 'https://app.example.com/jwks' },
    })
    assert.deepEqual([client.type, secret], ['confidential', undefined])
    assert.deepEqual(client.metadata, {
      jwksUri: 'https://app.example.com/jwks',
      tokenEndpointAuthMethod: 'private_key_jwt',
      idTokenSignedResponseAlg: 'ES256',
      securityProfile: 'fapi2',
      requirePushedAuthorizationRequests: true,
      dpopBoundAccessTokens: true,
    })
  })

  it('may have schemes of their own and an intranet to be told in', async () => {
    const { client } = await make({
      grants: ['authorization_code'],
      redirectUris: ['com.example.app:/callback', 'http://127.0.0.1/cb'],
      metadata: { backchannel_logout_uri: 'http://app.internal/logout' },
      idTokenClaims: true,
      extraClaims: true,
    })
    assert.deepEqual(client.metadata, {
      backchannelLogoutUri: 'http://app.internal/logout',
      idTokenClaims: true,
      extraClaims: true,
    })
  })

  it('may exchange the tokens of clients that exist, and carry claims of their own', async () => {
    const { client: app } = await make({})
    const { client } = await make({
      grants: ['token_exchange'],
      type: 'confidential',
      tokenExchangeSubjects: [app.id],
      project: 'billing-2',
      serviceAccount: 'robot@billing',
    })
    assert.deepEqual(client.metadata.tokenExchangeSubjects, [app.id])
    assert.deepEqual([client.project, client.serviceAccount], ['billing-2', 'robot@billing'])
    assert.deepEqual(client, await storage.read.clients.find(client.id))
    await assert.rejects(make({ tokenExchangeSubjects: ['an app'] }), /no client “an app”/)
    for (const project of ['', '-a', 'a-', 'a b', 'x'.repeat(65)]) {
      await assert.rejects(make({ project }), { name: 'InvalidInput' }, project)
    }
    for (const serviceAccount of ['', '@a', 'ä', 'x'.repeat(256)]) {
      await assert.rejects(make({ serviceAccount }), { name: 'InvalidInput' }, serviceAccount)
    }
    assert.equal((await make({ project: 'a' })).client.project, 'a')
  })

  it('that registered themselves wait until they are approved, once', async () => {
    const waiting = clientRow({ status: 'pending', origin: 'registration' })
    await storage.transaction((tx) => tx.clients.insert(waiting))
    assert.equal(await clients.approve(waiting.id, actor), true)
    assert.equal((await storage.read.clients.find(waiting.id))!.status, 'active')
    assert.equal(await clients.approve(waiting.id, actor), false)
    assert.equal(await clients.approve('nobody' as ClientId, actor), false)
    assert.deepEqual(
      published.map(({ type }) => type),
      ['client.approved'],
    )
  })

  it('have defaults that let a device sign in', async () => {
    const { client, secret } = await make({ name: ' Robot ', type: 'public', grants: undefined })
    assert.equal(secret, undefined)
    assert.deepEqual(client, await storage.read.clients.find(client.id))
    assert.deepEqual(
      [client.name, client.grants, client.scopes, client.redirectUris, client.secretHash],
      [
        'Robot',
        ['device_code', 'refresh_token'],
        ['openid', 'profile', 'email', 'offline_access'],
        [],
        undefined,
      ],
    )
  })

  it('are kept as asked: grants in one order and once, everything else as it is', async () => {
    const { client, secret } = await make({
      name: 'x'.repeat(100),
      grants: ['client_credentials', 'refresh_token', 'authorization_code', 'refresh_token'],
      scope: 'a b',
      redirectUris: ['http://localhost:8888/cb?x=1', 'https://A.example'],
      allowedResources: ['https://api.example/v1', 'urn:example:api'],
      introspectAny: true,
    })
    assert.deepEqual(client.grants, ['authorization_code', 'refresh_token', 'client_credentials'])
    assert.deepEqual(client.redirectUris, ['http://localhost:8888/cb?x=1', 'https://A.example'])
    assert.deepEqual(client.allowedResources, ['https://api.example/v1', 'urn:example:api'])
    assert.deepEqual([client.scopes, client.introspectAny], [['a', 'b'], true])
    assert.ok(!client.secretHash!.includes(secret!))
    assert.equal(await verifyClientSecret(secret!, client.secretHash!), 'match')
    assert.deepEqual(
      published.map(({ type, actor: by }) => [type, by]),
      [['client.created', actor]],
    )
  })

  it('go with everything they were given', async () => {
    const { client } = await make({})
    const person = accountRow()
    const grant = newGrant({ clientId: client.id, accountId: person.id })
    const { access, refresh } = newTokensOf(grant)
    await storage.transaction(async (tx) => {
      await tx.accounts.insert(person)
      await tx.grants.insert(grant)
      await tx.accessTokens.insert(access)
      await tx.refreshTokens.insert(refresh)
    })
    published.length = 0
    assert.equal(await clients.delete(client.id, actor), true)
    assert.equal(await storage.read.clients.find(client.id), undefined)
    assert.notEqual((await storage.read.accessTokens.find(access.id))?.state, 'active')
    const [deleted, revoked] = published
    assert.equal(deleted?.type, 'client.deleted')
    assert.ok(revoked?.type === 'token.revoked')
    assert.deepEqual([revoked.accessTokens, revoked.refreshTokens, revoked.reason], [1, 1, 'admin'])

    published.length = 0
    assert.equal(await clients.delete(client.id, actor), false)
    assert.equal(await clients.delete('nonsense' as ClientId, actor), false)
    assert.deepEqual(published, [])
  })
})

describe('accounts', () => {
  const make = (input: Partial<NewAccount>) =>
    accounts.create({ username: 'ana', email: 'ana@example.com', role: 'user', ...input }, actor)

  const refused: [Partial<NewAccount>, field: string][] = [
    [{ username: '' }, 'username'],
    [{ username: 'a b' }, 'username'],
    [{ username: 'zoë' }, 'username'],
    [{ username: 'a@b' }, 'username'],
    [{ username: 'x'.repeat(65) }, 'username'],
    [{ email: '' }, 'email'],
    [{ email: 'ana' }, 'email'],
    [{ email: 'ana@' }, 'email'],
    [{ email: '@example.com' }, 'email'],
    [{ email: 'a@b@c' }, 'email'],
    [{ email: 'an a@example.com' }, 'email'],
    [{ email: 'ana@example.com\r\nbcc: x' }, 'email'],
    [{ email: `${'x'.repeat(250)}@b.cd` }, 'email'],
    [{ password: '' }, 'password'],
    [{ password: '1234567' }, 'password'],
    [{ password: 'line one\nline two' }, 'password'],
    [{ password: 'ä'.repeat(513) }, 'password'],
  ]
  for (const [input, field] of refused) {
    it(`refuse ${JSON.stringify(input).slice(0, 60)}`, async () => {
      await assert.rejects(make(input), refusedBecauseOf(field))
      assert.equal(await storage.read.accounts.any(), false)
      assert.deepEqual(published, [])
    })
  }

  it('take the longest of everything', async () => {
    const { account, password } = await make({
      username: ` ${'X'.repeat(64)} `,
      email: `${'x'.repeat(249)}@b.cd`,
      password: Array.from({ length: 255 }, (_, n) =>
        String.fromCodePoint(0xe0 + ((n * n + 7 * n) % 31)),
      ).join(''),
      fullName: ' Ana Lima ',
    })
    assert.equal(password, undefined)
    assert.deepEqual([account.username, account.fullName], ['x'.repeat(64), 'Ana Lima'])
    assert.deepEqual(account, await storage.read.accounts.find(account.id))
  })

  it('get a password when none is given: a new one each time, hashed before it is stored', async () => {
    const first = await make({})
    const second = await make({ username: 'ben', email: 'ben@example.com' })
    assert.match(first.password!, /^[\w-]{20}$/)
    assert.notEqual(first.password, second.password)
    assert.equal(first.account.passwordHash, `hash of ${first.password}`)
  })

  it('do not take a name or an address twice', async () => {
    await make({})
    published.length = 0
    await assert.rejects(make({ username: 'ANA', email: 'other@example.com' }), AlreadyExists)
    await assert.rejects(make({ username: 'other', email: 'Ana@Example.com' }), AlreadyExists)
    assert.deepEqual(published, [])
  })

  it('disabled or given a new password, end their sessions and tokens, and those of nobody else', async () => {
    for (const [act, type] of [
      ['disable', 'account.disabled'],
      ['resetPassword', 'account.password_reset'],
    ] as const) {
      const [person, other] = [accountRow(), accountRow()]
      const client = clientRow()
      await storage.transaction(async (tx) => {
        await tx.clients.insert(client)
        for (const account of [person, other]) {
          await tx.accounts.insert(account)
          await tx.sessions.insert(newSession({ accountId: account.id }))
          const grant = newGrant({ clientId: client.id, accountId: account.id })
          const { access, refresh } = newTokensOf(grant)
          await tx.grants.insert(grant)
          await tx.accessTokens.insert(access)
          await tx.refreshTokens.insert(refresh)
        }
      })
      published.length = 0
      await accounts[act](person, actor)
      const { sessionsActive, accessTokensActive, refreshTokensActive } = await storage.count(now)
      assert.deepEqual([sessionsActive, accessTokensActive, refreshTokensActive], [1, 1, 1])
      assert.deepEqual(
        published.map((event) => event.type),
        [type, 'session.ended', 'token.revoked'],
      )
      await accounts.disable(other, actor)
    }
  })

  it('are disabled once', async () => {
    const { account } = await make({})
    assert.equal(await accounts.disable(account, actor), true)
    published.length = 0
    assert.equal(await accounts.disable(account, actor), false)
    assert.deepEqual(published, [])
  })

  it('keep one active administrator', async () => {
    const { account: first } = await make({ role: 'admin' })
    const { account: second } = await make({ username: 'ben', email: 'b@example.com', role: 'admin' })
    assert.equal(await accounts.disable(first, actor), true)
    await assert.rejects(accounts.disable(second, actor), refusedBecauseOf('username'))
    assert.equal((await storage.read.accounts.find(second.id))?.status, 'active')
    // One who is disabled already is no reason to refuse, even as a caller saw them before.
    assert.equal(await accounts.disable(first, actor), false)
  })

  it('get the password that is given, or a generated one, if it is good enough', async () => {
    const { account } = await make({})
    assert.equal(await accounts.resetPassword(account, actor, 'a new password'), 'a new password')
    const generated = await accounts.resetPassword(account, actor)
    assert.equal((await storage.read.accounts.find(account.id))?.passwordHash, `hash of ${generated}`)
    await assert.rejects(accounts.resetPassword(account, actor, 'short'), refusedBecauseOf('password'))
    await assert.rejects(accounts.resetPassword(accountRow(), actor), refusedBecauseOf('username'))
  })
})
