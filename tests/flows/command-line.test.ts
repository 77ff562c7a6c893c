/** `authgate client …` and `authgate user …` as operators run them: processes beside a server that is in use. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { instant } from '../../src/shared/clock.ts'
import { assertionFields, generateKey, signAssertion } from '../support/client-assertion.ts'
import { lookAtDatabase } from '../support/database-look.ts'
import { freePort } from '../support/free-port.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { machineToken, poll, refresh, requestDeviceCode, type Tokens } from '../support/oauth-client.ts'
import { endProcess, noCoverage } from '../support/process.ts'
import { runAuthgate } from '../support/server-process.ts'
import {
  adminPassword,
  type Driver,
  drivers,
  encryptionKey,
  startTestApp,
  type TestApp,
  type TestBrowser,
} from '../support/test-app.ts'

interface Ended {
  exitCode: number | null
  out: string
  err: string
}

/** Runs one command in a folder of its own, with these settings only. */
async function alone(
  args: readonly string[],
  settings: Record<string, string> = {},
  files: Record<string, string> = {},
): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-command-line-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    return await runAuthgate(args, settings, folder).ended
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One line, which is all that a mistake may cost its reader. */
function assertMistake({ exitCode, out, err }: Ended, message: string | RegExp): void {
  assert.equal(exitCode, 1)
  assert.equal(out, '')
  assert.match(err, /^authgate: [^\n]+\n$/)
  if (typeof message === 'string') assert.equal(err, `authgate: ${message}\n`)
  else assert.match(err, message)
}

/** The `name  value` lines of the text form. */
function fieldsOf(out: string): Record<string, string> {
  const lines = out.trimEnd().split('\n')
  return Object.fromEntries(lines.map((line) => [/^\w+/.exec(line)![0], line.replace(/^\w+ +/, '')]))
}

for (const { driver, skip } of drivers) {
  suite(`the command line beside a running server on ${driver}`, { skip }, () => {
    let server: TestApp
    before(async () => {
      // Commands live by the real clock, so the server starts at the real time.
      server = await startTestApp({ driver, clock: createManualClock(instant(Date.now())) })
    })
    after(() => server.close())

    const run = (args: readonly string[], input?: string): Promise<Ended> =>
      runAuthgate(args, settingsOf(server, driver), server.folder, input === undefined ? {} : { input }).ended
    const succeed = async (...args: string[]): Promise<string> => {
      const { exitCode, out, err } = await run(args)
      assert.equal(exitCode, 0, err)
      return out
    }
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
    const json = async (...args: string[]): Promise<any> => JSON.parse(await succeed(...args, '--json'))
    const active = async (token: string, basic: string): Promise<boolean> => {
      const { status, body } = await server.post('/oauth/introspect', { token }, { authorization: basic })
      assert.equal(status, 200)
      return body.active
    }

    test('a client with keys of its own is made, shown and accepted', async () => {
      const key = await generateKey('ES256', 'one')
      const file = join(server.folder, 'keys.json')
      writeFileSync(file, JSON.stringify({ keys: [key.publicJwk] }))
      const created = await json(
        ...['client', 'create', '--name', 'Signer', '--grant', 'client_credentials', '--scope', 'read'],
        ...['--token-endpoint-auth-method', 'private_key_jwt', '--jwks-file', file, '--dpop-bound'],
        ...['--post-logout-redirect-uri', 'https://a.example/out', 'https://b.example/out'],
        ...['--backchannel-logout-uri', 'http://app.internal/logout', '--id-token-claims'],
      )
      const { client_id: id, created_at: _createdAt, ...rest } = created
      const metadata = {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [key.publicJwk] },
        post_logout_redirect_uris: ['https://a.example/out', 'https://b.example/out'],
        backchannel_logout_uri: 'http://app.internal/logout',
        dpop_bound_access_tokens: true,
        id_token_claims: true,
      }
      assert.partialDeepStrictEqual(rest, { client_type: 'confidential', ...metadata })
      assert.ok(!('client_secret' in created))
      assert.partialDeepStrictEqual(await json('client', 'show', id), metadata)
      const shown = await succeed('client', 'show', id)
      assert.match(shown, /^token_endpoint_auth_method +private_key_jwt$/m)
      assert.match(shown, /^jwks +EC one$/m)
      const revoked = await server.post('/oauth/revoke', {
        token: 'unknown',
        ...assertionFields(await signAssertion(server, id, key)),
      })
      assert.equal(revoked.status, 200, revoked.text)

      const fapi = await json(
        ...[
          'client',
          'create',
          '--name',
          'Bank',
          '--profile',
          'fapi2',
          '--jwks-uri',
          'https://a.example/jwks',
        ],
      )
      assert.partialDeepStrictEqual(fapi, {
        client_type: 'confidential',
        security_profile: 'fapi2',
        require_pushed_authorization_requests: true,
      })
    })

    test('a service is registered, described for itself to publish, and deleted', async () => {
      const uri = 'https://mcp.example.com/mcp'
      const created = await json(
        ...['resource', 'create', '--identifier', uri, '--name', 'Notes', '--open'],
        ...['--scope', 'notes:read=Read your notes', 'notes:write=Change your notes'],
        ...['--default-scope', 'notes:read'],
      )
      assert.deepEqual([created.resource, created.open_to_discovered_clients], [uri, true])
      assert.deepEqual(created.scopes[1], {
        scope: 'notes:write',
        description: 'Change your notes',
        default: false,
        discovered_clients: true,
      })
      assert.deepEqual(await json('resource', 'list'), [created])
      assert.match(await succeed('resource', 'list'), /^IDENTIFIER +NAME +OPEN +LIFETIME +SCOPES\n/)
      assert.deepEqual(JSON.parse(await succeed('resource', 'show', uri)), {
        resource: uri,
        authorization_servers: ['http://localhost:8080'],
        scopes_supported: ['notes:read'],
        bearer_methods_supported: ['header'],
        resource_name: 'Notes',
      })
      const again = ['resource', 'create', '--name', 'Notes', '--identifier']
      assertMistake(await run([...again, uri]), 'resource already exists')
      assertMistake(await run([...again, 'https://MCP.example.com/mcp']), /same resource/)
      assertMistake(await run([...again, 'mcp.example.com']), /absolute/)
      assertMistake(await run([...again, 'https://b.example', '--scope', 'x']), /lacks its sentence/)

      const limited = await json('resource', 'update', uri, '--token-lifetime', '300', '--no-open')
      const { token_lifetime_seconds: lifetime, ...rest } = limited
      assert.deepEqual([lifetime, rest], [300, { ...created, open_to_discovered_clients: false }])
      assert.deepEqual(await json('resource', 'show', uri), limited)
      assert.match(await succeed('resource', 'list'), / no +300 s +notes:read notes:write\n/)
      assert.equal(
        fieldsOf(await succeed('resource', 'show', uri, '--registered')).token_lifetime,
        '300 s at most',
      )
      const back = await json('resource', 'update', uri, '--token-lifetime', 'default', '--open')
      assert.deepEqual(back, created)
      const narrowed = await json(
        'resource',
        'update',
        uri,
        '--name',
        'Zettel',
        '--discovered-scope',
        'notes:read',
      )
      assert.equal(narrowed.resource_name, 'Zettel')
      assert.deepEqual(
        narrowed.scopes.map((each: Record<string, unknown>) => [
          each.scope,
          each.default,
          each.discovered_clients,
        ]),
        [
          ['notes:read', true, true],
          ['notes:write', false, false],
        ],
      )
      const tooLong = ['resource', 'update', uri, '--token-lifetime', '999999']
      assertMistake(
        await run(tooLong),
        /^authgate: token-lifetime: must be whole seconds from 60 to \d+, which is/,
      )
      assertMistake(await run([...again, 'https://b.example', '--token-lifetime', '5']), /token-lifetime/)
      assertMistake(await run(['resource', 'update', 'https://b.example', '--open']), /there is no resource/)
      assert.deepEqual(await json('resource', 'delete', uri), { resource: uri, deleted: true })
      assertMistake(await run(['resource', 'delete', uri]), /there is no resource/)
    })

    test('a client made now is accepted at once; deleted, its tokens are refused when the cache forgets it', async () => {
      const created = await json(
        ...['client', 'create', '--name', 'Nightly report', '--type', 'confidential'],
        ...['--grant', 'client_credentials', '--grant', 'refresh_token', '--scope', 'read write'],
        ...['--redirect-uri', 'https://a.example/cb', '--redirect-uri', 'https://b.example/cb'],
        ...['--resource', 'https://api.example', '--description', 'Runs at night', '--introspect-any'],
      )
      const { client_id: id, client_secret: secret, created_at: createdAt, ...rest } = created
      assert.match(secret, /^ago_[\w-]{43}$/)
      assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000)
      const described = {
        client_name: 'Nightly report',
        description: 'Runs at night',
        client_type: 'confidential',
        status: 'active',
        grant_types: ['refresh_token', 'client_credentials'],
        scope: 'read write',
        redirect_uris: ['https://a.example/cb', 'https://b.example/cb'],
        allowed_resources: ['https://api.example'],
        introspect_any: true,
      }
      assert.deepEqual(rest, described)
      assert.deepEqual(await json('client', 'show', id), {
        client_id: id,
        ...described,
        created_at: createdAt,
      })

      const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
      const token = await machineToken(server, basic, { scope: 'write' })
      const observer = await server.confidentialClient({ introspectAny: true })
      assert.equal(await active(token, observer.basic), true)

      assert.deepEqual(await json('client', 'delete', id), { client_id: id, deleted: true })
      server.clock.advance(2)
      assert.equal(await active(token, observer.basic), false)
      const refused = await server.post(
        '/oauth/token',
        { grant_type: 'client_credentials' },
        { authorization: basic },
      )
      assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_client'])
      assertMistake(await run(['client', 'show', id]), `there is no client ${id}`)
    })

    test('a disabled person is signed out at once, everywhere', async () => {
      const { username, password } = await json(
        ...['user', 'create', '--username', 'Ana', '--email', 'ana@example.com', '--full-name', 'Ana Lima'],
        '--keep-password',
      )
      assert.equal(username, 'ana')
      const { browser, tokens } = await signedInPerson(server, username, password)
      const observer = await server.confidentialClient({ introspectAny: true })
      assert.equal(await active(tokens.access_token, observer.basic), true)

      assert.deepEqual(await json('user', 'disable', 'ANA'), { username: 'ana', status: 'disabled' })
      assert.equal((await browser.get('/account/sessions')).status, 303)
      assert.equal(await active(tokens.access_token, observer.basic), false)
      assert.equal((await refresh(server, tokens.refresh_token)).body.error, 'invalid_grant')
      assert.notEqual((await server.browser().signIn(username, password)).status, 303)
      assertMistake(await run(['user', 'disable', 'ana']), 'ana is disabled already')
    })

    test('a reset password ends what the old one opened', async () => {
      const { password: old } = await json(
        ...['user', 'create', '--username', 'ben', '--email', 'ben@example.com', '--keep-password'],
      )
      const { browser, tokens } = await signedInPerson(server, 'ben', old)
      const chosen = 'pässwörd with  spaces '
      const reset = await run(['user', 'reset-password', 'ben', '--password-stdin'], `${chosen}\n`)
      assert.deepEqual(reset, {
        exitCode: 0,
        out: 'Replaced the password of ben and ended its sessions and tokens.\n',
        err: '',
      })
      assert.equal((await browser.get('/account/sessions')).status, 303)
      assert.equal((await refresh(server, tokens.refresh_token)).body.error, 'invalid_grant')
      assert.notEqual((await server.browser().signIn('ben', old)).status, 303)
      assert.equal((await server.browser().signIn('ben', chosen)).status, 303)
    })

    // The rest is about words and options, which know no database.
    if (driver === 'postgres') return

    test('without --grant a client may use the device flow and refresh its tokens', async () => {
      const out = await succeed('client', 'create', '--name', ' Build robot ')
      const { client_id: id, created, ...fields } = fieldsOf(out)
      assert.ok(created)
      assert.deepEqual(fields, {
        name: 'Build robot',
        type: 'public',
        status: 'active',
        grants: 'device_code refresh_token',
        scope: 'openid profile email offline_access',
      })
      const device = await requestDeviceCode(server, { client_id: id })
      const browser = await server.signedIn()
      await browser.decide(device.body.user_code, 'approve')
      const tokens = await poll(server, device.body.device_code, { client_id: id })
      assert.equal((await refresh(server, tokens.body.refresh_token, { client_id: id })).status, 200)
      assert.equal(await succeed('client', 'show', id!), out)
      assert.equal(await succeed('client', 'delete', id!), `Deleted ${id} and ended its tokens.\n`)
    })

    test('a client without the refresh grant is given no refresh token', async () => {
      const { client_id: id } = await json('client', 'create', '--name', 'Once', '--grant', 'device_code')
      const device = await requestDeviceCode(server, { client_id: id, scope: 'openid offline_access' })
      const browser = await server.signedIn()
      await browser.decide(device.body.user_code, 'approve')
      const { status, body } = await poll(server, device.body.device_code, { client_id: id })
      assert.equal(status, 200)
      assert.equal(body.refresh_token, undefined)
    })

    test('a client is given what its tokens say of it, and whose tokens it may exchange', async () => {
      const { client_id: app } = await json('client', 'create', '--name', 'Shop')
      const args = ['client', 'create', '--name', 'Orders', '--type', 'confidential', '--scope', 'read']
      const grants = ['--grant', 'client_credentials', 'token_exchange']
      const policy = ['--token-exchange-subject', app, '--project', 'billing', '--service-account', 'robot@x']
      const made = await json(...args, ...grants, ...policy)
      assert.deepEqual(
        [made.token_exchange_subjects, made.project, made.service_account],
        [[app], 'billing', 'robot@x'],
      )
      const basic = `Basic ${Buffer.from(`${made.client_id}:${made.client_secret}`).toString('base64')}`
      const token = await machineToken(server, basic)
      const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
      assert.equal(claims.extra_project, 'billing')
      assert.equal(claims.extra_service_account, 'robot@x')
    })

    test('the secret of a confidential client is shown once, and stored nowhere', async () => {
      const args = ['client', 'create', '--name', 'Robot', '--type', 'confidential']
      const { exitCode, out, err } = await run([...args, '--grant', 'client_credentials'])
      assert.equal(exitCode, 0)
      const { client_id: id, client_secret: secret } = fieldsOf(out)
      assert.match(secret!, /^ago_[\w-]{43}$/)
      assert.match(err, /cannot be shown again/)
      const shown = await succeed('client', 'show', id!)
      assert.ok(!shown.includes('secret') && !(await succeed('client', 'list', '--json')).includes(secret!))
      const look = await lookAtDatabase(server.dsn)
      const stored = JSON.stringify(await look.rows('select * from clients'))
      await look.close()
      assert.ok(stored.includes(id!) && !stored.includes(secret!.slice(4)))
      assert.ok(!('client_secret' in (await json('client', 'create', '--name', 'Public'))))
    })

    test('lists show everything, newest first, as a table or as JSON', async () => {
      const { client_id: id } = await json('client', 'create', '--name', 'Newest')
      const clients = await json('client', 'list')
      assert.equal(clients[0].client_id, id)
      assert.equal(clients.at(-1).client_id, server.clientId)
      const table = (await succeed('client', 'list')).trimEnd().split('\n')
      assert.match(table[0]!, /^CLIENT ID +NAME +TYPE +STATUS +GRANTS$/)
      assert.match(table[1]!, new RegExp(`^${id} {2}Newest +public +active +device_code refresh_token$`))
      assert.equal(table.length, clients.length + 1)

      const users = await json('user', 'list')
      const { id: accountId, created_at: createdAt, ...admin } = users.at(-1)
      assert.ok(accountId && createdAt)
      assert.deepEqual(admin, {
        username: 'admin',
        email: 'admin@localhost',
        email_verified: false,
        full_name: 'Administrator',
        role: 'admin',
        status: 'active',
        auth_source: 'local',
      })
      const people = (await succeed('user', 'list')).trimEnd().split('\n')
      assert.match(people[0]!, /^USERNAME +EMAIL +ROLE +STATUS +SOURCE$/)
      assert.match(people.at(-1)!, /^admin +admin@localhost +admin +active +local$/)
    })

    test('a generated password is shown once and works; one from standard input is not repeated', async () => {
      const args = (name: string): string[] => ['--username', name, '--email', `${name}@example.com`]
      const generated = await run(['user', 'create', ...args('cem')])
      const { password, ...shown } = fieldsOf(generated.out)
      assert.deepEqual(shown, { username: 'cem', email: 'cem@example.com', role: 'user', status: 'active' })
      assert.match(password!, /^[\w-]{20}$/)
      assert.match(generated.err, /cannot be shown again/)
      assert.equal((await server.browser().signIn('cem', password!)).status, 303)

      const given = await run(
        ['user', 'create', ...args('dia'), '--admin', '--password-stdin', '--json'],
        'a password of hers\r\n',
      )
      const { password: none, role } = JSON.parse(given.out)
      assert.deepEqual([none, role, given.err], [undefined, 'admin', ''])
      assert.equal((await server.browser().signIn('dia', 'a password of hers')).status, 303)
      const { password: reset } = await json('user', 'reset-password', 'dia')
      assert.equal((await server.browser().signIn('dia', reset)).status, 303)
    })

    test('people are found, switched off and on, and deleted for good', async () => {
      for (const name of ['find-a', 'find-b']) {
        await succeed('user', 'create', '--username', name, '--email', `${name}@example.com`)
      }
      await succeed('user', 'disable', 'find-b')
      const names = async (...filters: string[]) =>
        JSON.parse(await succeed('user', 'list', '--json', ...filters)).map(
          ({ username }: { username: string }) => username,
        )
      assert.deepEqual(await names('--search', 'FIND-'), ['find-b', 'find-a'])
      assert.deepEqual(await names('--search', 'find-', '--status', 'disabled'), ['find-b'])
      assert.deepEqual(await names('--search', 'find-', '--role', 'admin'), [])
      assert.deepEqual(await names('--source', 'github'), [])
      assert.equal((await json('user', 'enable', 'find-b')).status, 'active')
      assert.deepEqual(await names('--search', 'find-', '--status', 'disabled'), [])
      assert.deepEqual(await json('user', 'delete', 'find-b', '--yes'), { username: 'find-b', deleted: true })
      assert.deepEqual(await names('--search', 'find-'), ['find-a'])
    })

    test('the running server announces each act once, and says who did it', async () => {
      await server.app.runJob('claim_announcements')
      const { client_id: id } = await json('client', 'create', '--name', 'Audited')
      await server.app.runJob('claim_announcements')
      await server.app.runJob('claim_announcements')
      const recorded = async () =>
        (await server.app.storage.read.audit.list({ limit: 50 })).filter(
          ({ resourceId }) => resourceId === id,
        )
      // The audit log is written behind the requests, in batches.
      const deadline = performance.now() + 5000
      while ((await recorded()).length === 0 && performance.now() < deadline) await delay(50)
      const records = await recorded()
      assert.deepEqual(
        records.map(({ eventType, actorName }) => [eventType, actorName]),
        [['CLIENT_CREATED', userInfo().username]],
      )
    })

    test('a mistake is one clear line', async () => {
      const create = ['client', 'create', '--name', 'X']
      const user = (name: string, email: string): string[] => [
        ...['user', 'create', '--username', name, '--email', email],
      ]
      const mistakes: [string[], string | RegExp, string?][] = [
        [['client', 'show', 'nope'], 'there is no client nope'],
        [['client', 'delete', 'nope'], 'there is no client nope'],
        [['user', 'disable', 'nobody'], 'there is no account nobody'],
        [['user', 'reset-password', 'nobody'], 'there is no account nobody'],
        [['user', 'enable', 'nobody'], 'there is no account nobody'],
        [['user', 'enable', 'admin'], 'admin is active already'],
        [['user', 'delete', 'nobody', '--yes'], 'there is no account nobody'],
        [['user', 'delete', 'admin'], /^authgate: this deletes admin for good.*repeat it with --yes/],
        [[...create, '--grant', 'client_credentials'], /client_credentials needs a confidential client/],
        [[...create, '--grant', 'authorization_code'], /^authgate: redirect-uri: /],
        [[...create, '--scope', 'a"b'], /^authgate: scope: /],
        [['client', 'create', '--name', ' '], /^authgate: name: /],
        [[...create, '--profile', 'fapi2'], /^authgate: profile: fapi2 needs the keys/],
        [[...create, '--jwks-file', '/nowhere'], /^authgate: the keys in \/nowhere cannot be read/],
        [['client', 'approve', 'nobody'], /^authgate: there is no client nobody that waits/],
        [user('admin', 'new@example.com'), 'username already exists'],
        [user('new', 'ADMIN@localhost'), 'email already exists'],
        [user('Zoë', 'zoe@example.com'), /^authgate: username: /],
        [user('zoe', 'zoe'), /^authgate: email: /],
        [[...user('zoe', 'z@example.com'), '--password-stdin'], /at least 8 characters/, 'short\n'],
      ]
      for (const [args, message, input] of mistakes) assertMistake(await run(args, input), message)
    })

    test('the last active administrator stays', async () => {
      for (const { username, role, status } of await json('user', 'list')) {
        if (role === 'admin' && status === 'active' && username !== 'admin') {
          await succeed('user', 'disable', username)
        }
      }
      assertMistake(await run(['user', 'disable', 'admin']), /last active administrator/)
      assert.equal((await server.browser().signIn('admin', adminPassword)).status, 303)
    })
  })
}

suite('the program', () => {
  const wrong: [string[], number, RegExp][] = [
    [['client', 'create', '--name', 'X', '--grant', 'magic'], 1, /'magic' is invalid.*device_code/],
    [['client', 'create'], 1, /required option '--name <name>'/],
    [['client', 'show'], 1, /missing required argument 'client-id'/],
    [['nonsense'], 1, /unknown command 'nonsense'/],
    [['--nonsense'], 2, /unknown option '--nonsense'/],
    [['user', 'list', '--nonsense'], 2, /unknown option '--nonsense'/],
  ]
  for (const [args, exitCode, message] of wrong) {
    test(`authgate ${args.join(' ')}: exit status ${exitCode}`, async () => {
      const ended = await alone(args)
      assert.equal(ended.exitCode, exitCode)
      assert.equal(ended.out, '')
      assert.match(ended.err, message)
      assert.doesNotMatch(ended.err, /^ {4}at /m)
    })
  }

  test('without a command it prints its usage and fails', async () => {
    const { exitCode, out, err } = await alone([])
    assert.equal(exitCode, 1)
    assert.match(out, /^Usage: authgate/)
    for (const command of ['server', 'login', 'client', 'user', 'token', 'keys', 'resource'])
      assert.match(out, new RegExp(`^ {2}${command} `, 'm'))
    assert.equal(err, '')
  })

  test('-v, --version and --help answer and succeed', async () => {
    for (const option of ['-v', '--version']) {
      const { exitCode, out } = await alone([option])
      assert.equal(exitCode, 0)
      assert.match(out, /^AuthGate version \d+\.\d+\.\d+\nNode\.js version: [\d.]+\nBuilt for: \w+\/\w+\n$/)
    }
    const { exitCode, out } = await alone(['--help'])
    assert.equal(exitCode, 0)
    assert.match(out, /^Usage: authgate/)
  })

  test('every wrong setting is named, by commands and by the server', async () => {
    const settings = { JWT_EXPIRATION: 'soon', SERVER_ADDR: '5', LOGIN_RATE_LIMIT: '0' }
    for (const args of [['client', 'list'], ['server']]) {
      const { exitCode, out, err } = await alone(args, settings)
      assert.equal(exitCode, 1)
      assert.equal(out, '')
      for (const name of Object.keys(settings)) assert.match(err, new RegExp(`^ {2}- ${name} `, 'm'))
      assert.doesNotMatch(err, /^ {4}at /m)
    }
  })

  test('a database that cannot be opened is said in one line', async () => {
    const nobody = `postgres://nobody@127.0.0.1:${await freePort()}/none`
    // Without a key too: commands do not encrypt.
    const postgres = { DATABASE_DRIVER: 'postgres', DATABASE_DSN: nobody, DB_INIT_TIMEOUT: '1s' }
    assertMistake(await alone(['user', 'list'], postgres), /the database cannot be opened: .*ECONNREFUSED/)
    const noDatabase = { 'authgate.db': `${'This is a letter. '.repeat(100)}` }
    assertMistake(await alone(['user', 'list'], {}, noDatabase), /cannot be opened: file is not a database/)
  })

  test('a command makes no database: the server would take it for its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'authgate-no-database-'))
    try {
      const ana = ['user', 'create', '--username', 'ana', '--email', 'ana@example.com']
      for (const args of [['client', 'list'], ana]) {
        assertMistake(
          await runAuthgate(args, {}, folder).ended,
          /there is no database authgate\.db: start the server/,
        )
      }
      assert.deepEqual(readdirSync(folder), [])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('the server asks for an encryption key on PostgreSQL', async () => {
    const postgres = { DATABASE_DRIVER: 'postgres', DATABASE_DSN: 'postgres://nobody@127.0.0.1:1/none' }
    const { exitCode, err } = await alone(['server'], postgres)
    assert.equal(exitCode, 1)
    assert.match(err, /- ENCRYPTION_KEY is required/)
  })

  test('.env in the working folder is read; what is set already wins, and the server warns of unknown names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'authgate-env-'))
    const port = await freePort()
    try {
      writeFileSync(
        join(folder, '.env'),
        `SERVER_ADDR=127.0.0.1:${port}\nBASE_URL="http://127.0.0.1:${port}" # comment\nDATABASE_PATH=from-file.db\nPORT_NUMBER=1\n`,
      )
      const server = runAuthgate(['server'], { DATABASE_PATH: 'from-process.db' }, folder)
      try {
        await server.seen(/Try it/)
        const log = server.output.out + server.output.err
        assert.match(log, /\.env sets PORT_NUMBER, which is no setting/)
        assert.doesNotMatch(log, /sets (SERVER_ADDR|BASE_URL|DATABASE_PATH)/)
        assert.match(log, new RegExp(`ready at http://127\\.0\\.0\\.1:${port}\\b`))
        assert.match(log, /SQLite, from-process\.db/)
      } finally {
        await endProcess(server.child)
      }
      const command = await runAuthgate(['client', 'list', '--json'], {}, folder).ended
      assertMistake(command, /there is no database from-file\.db/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

suite('the command that a start ends with', () => {
  test('signs in as printed, wherever the settings come from and the credentials lie', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'authgate-try-it-'))
    const elsewhere = mkdtempSync(join(tmpdir(), 'authgate-try-it-'))
    const port = await freePort()
    const settings = {
      SERVER_ADDR: `127.0.0.1:${port}`,
      BASE_URL: `http://127.0.0.1:${port}`,
      DATA_DIR: 'data',
      DATABASE_PATH: join(folder, 'rows.db'),
    }
    writeFileSync(
      join(folder, '.env'),
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
    const server = runAuthgate(['server'], {}, folder)
    try {
      const [, printed = ''] = await server.seen(/Try it: ([^"\n]+)/)
      for (const [command, cwd] of [
        [printed, elsewhere],
        // Where the settings are, the client is found without being named.
        [printed.replace(/ --client-id \S+/, ''), folder],
      ] as const) {
        const child = spawn('sh', ['-c', `exec ${command} --json`], {
          cwd,
          env: { PATH: process.env.PATH, HOME: elsewhere, ...noCoverage },
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        try {
          const nothing = once(child, 'close').then(() => ['nothing'])
          const [line] = await Promise.race([once(child.stdout, 'data'), nothing])
          assert.match(String(line), /^\{"event":"code"/)
        } finally {
          await endProcess(child)
        }
      }
    } finally {
      await endProcess(server.child)
      for (const used of [folder, elsewhere]) rmSync(used, { recursive: true })
    }
  })
})

function settingsOf(server: TestApp, driver: Driver): Record<string, string> {
  // On PostgreSQL without the key, which the commands do without.
  const key: Record<string, string> = driver === 'sqlite' ? { ENCRYPTION_KEY: encryptionKey } : {}
  return { DATA_DIR: server.folder, DATABASE_DRIVER: driver, DATABASE_DSN: server.dsn, ...key }
}

/** A person with a browser session and the tokens of one device. */
async function signedInPerson(
  server: TestApp,
  username: string,
  password: string,
): Promise<{ browser: TestBrowser; tokens: Tokens }> {
  const browser = server.browser()
  assert.equal((await browser.signIn(username, password)).status, 303)
  const device = await requestDeviceCode(server)
  assert.equal((await browser.decide(device.body.user_code, 'approve')).status, 303)
  const { status, body } = await poll(server, device.body.device_code)
  assert.equal(status, 200)
  assert.equal((await browser.get('/account/sessions')).status, 200)
  return { browser, tokens: body }
}
