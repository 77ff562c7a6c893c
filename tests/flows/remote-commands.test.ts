/**
 * The administrative commands on a server from afar, through its Admin API, beside the same commands on its database:
 * what they print is the same.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { digestOf } from '../../src/shared/digest.ts'
import type { ClientId } from '../../src/shared/ids.ts'
import { adminClient, type Ended, openTerminal, type Terminal } from '../support/at-terminal.ts'
import { webClient } from '../support/authorization.ts'
import { generateKey } from '../support/client-assertion.ts'
import { setUpApp } from '../support/factors.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { machineToken } from '../support/oauth-client.ts'
import { runAuthgate } from '../support/server-process.ts'
import { drivers, encryptionKey } from '../support/test-app.ts'

/** Differs from object to object, and from one moment to the next. */
const passing: [RegExp, string][] = [
  [/ago_[\w-]{43}/g, '<secret>'],
  [/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, '<id>'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'],
]

for (const { driver, skip } of drivers) {
  suite(`commands on a server and on its database, ${driver}`, { skip }, () => {
    let server: Listening
    let terminal: Terminal
    before(async () => {
      server = await startListening({ DEVICE_POLL_INTERVAL: '1s' }, { driver })
      terminal = openTerminal()
      const admin = await adminClient(server)
      await terminal.signIn(server, admin, 'openid authgate:admin')
    })
    after(async () => {
      terminal.remove()
      await server.close()
    })

    const remotely = (args: readonly string[], input?: string): Promise<Ended> =>
      terminal.run([...args, '--server', server.url], input === undefined ? {} : { input })
    const locally = (args: readonly string[], input?: string): Promise<Ended> => {
      const { folder, dsn } = server.test
      const settings = {
        DATA_DIR: folder,
        DATABASE_DRIVER: driver,
        DATABASE_DSN: dsn,
        ENCRYPTION_KEY: encryptionKey,
        BASE_URL: server.url,
      }
      return runAuthgate(args, settings, folder, input === undefined ? {} : { input }).ended
    }
    /** A question has one answer, wherever it is asked. */
    const asks = async (...args: string[]): Promise<string> => {
      const [here, there] = await Promise.all([locally(args), remotely(args)])
      assert.deepEqual(there, here, args.join(' '))
      assert.equal(here.exitCode, 0, here.err)
      return here.out
    }
    /**
     * The same act on two things alike: one in the database, the other on the server.
     * @param about makes what is acted on, and says how it is called.
     */
    const acts = async (
      about: () => string | Promise<string>,
      args: (name: string) => string[],
      input?: string,
    ): Promise<Ended> => {
      const outcome = async (run: typeof locally): Promise<Ended> => {
        const name = await about()
        const { exitCode, out, err } = await run(args(name), input)
        const settled = (text: string): string =>
          passing.reduce(
            (sofar, [each, word]) => sofar.replaceAll(each, word),
            text.replaceAll(name, '<name>'),
          )
        return { exitCode, out: settled(out), err: settled(err) }
      }
      const here = await outcome(locally)
      assert.deepEqual(await outcome(remotely), here)
      return here
    }
    const succeeds = async (...given: Parameters<typeof acts>): Promise<string> => {
      const { exitCode, out, err } = await acts(...given)
      assert.equal(exitCode, 0, err)
      return out
    }
    /** Refused in one line, and in the same words where `message` is one. */
    const refused = async (args: string[], message: RegExp, there = message): Promise<void> => {
      for (const [run, expected] of [
        [locally, message],
        [remotely, there],
      ] as const) {
        const { exitCode, out, err } = await run(args)
        assert.deepEqual([exitCode, out], [1, ''], args.join(' '))
        assert.match(err, /^authgate: [^\n]+\n$/)
        assert.match(err, expected)
      }
    }
    let made = 0
    const fresh = (word: string): string => `${word}-${++made}`
    const client = async (status: 'active' | 'pending' | 'inactive'): Promise<string> =>
      (await webClient(server.test, { name: 'Acted on', status })).id

    test('lists and details read the same', async () => {
      const key = await generateKey('ES256', 'one')
      const file = join(server.test.folder, 'keys.json')
      writeFileSync(file, JSON.stringify({ keys: [key.publicJwk] }))
      const created = await locally([
        ...['client', 'create', '--name', 'Signer', '--grant', 'client_credentials', '--scope', 'read'],
        ...['--token-endpoint-auth-method', 'private_key_jwt', '--jwks-file', file, '--dpop-bound', '--json'],
        ...[
          '--post-logout-redirect-uri',
          'https://a.example/out',
          '--id-token-claims',
          '--project',
          'apollo',
        ],
        ...['--description', 'Signs things', '--introspect-any', '--resource', 'https://api.example'],
      ])
      const { client_id: id } = JSON.parse(created.out)
      const signer = JSON.parse(await asks('client', 'show', id, '--json'))
      assert.partialDeepStrictEqual(signer, {
        client_name: 'Signer',
        jwks: { keys: [key.publicJwk] },
        dpop_bound_access_tokens: true,
        id_token_claims: true,
        project: 'apollo',
      })
      assert.match(await asks('client', 'show', id), /^jwks +EC one$/m)
      const described = await describedClient(server)
      assert.match(
        JSON.parse(await asks('client', 'show', described, '--json')).document.sha256,
        /^[\da-f]{64}$/,
      )
      assert.match(await asks('client', 'show', described), /^document +fetched /m)

      assert.match(await asks('client', 'list'), /^CLIENT ID +NAME +TYPE +STATUS +GRANTS\n/)
      await server.test.account('ana')
      assert.match(await asks('user', 'list', '--status', 'active'), /^ana +ana@example\.com +user +active/m)
      assert.equal(
        JSON.parse(await asks('user', 'list', '--search', 'an', '--role', 'user', '--json')).length,
        1,
      )
      assert.match(await asks('keys', 'list'), /^\S+ +ES256 +current +\S+Z +previous \S+Z$/m)
      await asks('keys', 'list', '--all', '--json')
      assert.match(await asks('resource', 'list'), /^IDENTIFIER/)
      assert.match(
        await asks('token', 'list', '--user', 'admin'),
        /active +Admin CLI +admin +\S+Z +openid authgate/,
      )
    })

    test('clients are made, moved, given another secret and deleted', async () => {
      const text = await succeeds(
        () => 'Robot',
        (name) => ['client', 'create', '--name', name, '--type', 'confidential', '--scope', 'read'],
      )
      assert.match(text, /^client_secret +<secret>$/m)
      const json = await succeeds(
        () => 'Public',
        (name) => ['client', 'create', '--name', name, '--json'],
      )
      assert.ok(!('client_secret' in JSON.parse(json)))

      const moves: [name: string, from: 'active' | 'pending' | 'inactive', to: string][] = [
        ['approve', 'pending', 'active'],
        ['reject', 'pending', 'inactive'],
        ['deactivate', 'active', 'inactive'],
        ['activate', 'inactive', 'active'],
      ]
      const moved: string[] = []
      for (const [name, from, to] of moves) {
        const about = async (): Promise<string> => {
          moved.push(await client(from))
          return moved.at(-1)!
        }
        const out = await succeeds(about, (id) => ['client', name, id, '--json'])
        assert.deepEqual(JSON.parse(out), { client_id: '<name>', status: to })
        for (const id of moved.splice(0)) {
          assert.equal((await server.test.app.storage.read.clients.find(id as ClientId))?.status, to)
        }
      }
      assert.equal(
        await succeeds(
          () => client('active'),
          (id) => ['client', 'deactivate', id],
        ),
        'Switched <name> off and ended its tokens.\n',
      )
      const secret = await acts(
        () => client('active'),
        (id) => ['client', 'new-secret', id],
      )
      assert.deepEqual(secret, {
        exitCode: 0,
        out: 'client_id  <name>\nclient_secret  <secret>\n',
        err: '\nThe secret is not stored and cannot be shown again.\n',
      })
      await succeeds(
        () => client('active'),
        (id) => ['client', 'delete', id],
      )
    })

    test('people are made, switched, given another password and deleted', async () => {
      const create = (name: string): string[] => [
        ...['user', 'create', '--username', name, '--email', `${name}@example.com`, '--json'],
      ]
      const words = async (): Promise<string> => (await server.test.account(fresh('person'))).username
      const keep = (name: string): string[] => [
        ...create(name),
        '--keep-password',
        '--password-stdin',
        '--admin',
      ]
      const kept = await succeeds(() => fresh('kept'), keep, 'a password of theirs\n')
      assert.partialDeepStrictEqual(JSON.parse(kept), { username: '<name>', role: 'admin' })
      for (const number of [made, made - 1]) {
        const account = await server.test.app.storage.read.accounts.findByUsername(`kept-${number}`)
        assert.equal(account?.passwordChangeRequired, false)
        assert.equal(
          (await server.test.browser().signIn(`kept-${number}`, 'a password of theirs')).status,
          303,
        )
      }

      await succeeds(words, (name) => ['user', 'disable', name.toUpperCase()])
      const disabled = async (): Promise<string> => {
        const name = await words()
        await locally(['user', 'disable', name])
        return name
      }
      await succeeds(disabled, (name) => ['user', 'enable', name, '--json'])
      const twice = await acts(disabled, (name) => ['user', 'disable', name])
      assert.equal(twice.err, 'authgate: <name> is disabled already\n')
      const chosen = 'pässwörd with  spaces'
      const reset = await succeeds(
        words,
        (name) => ['user', 'reset-password', name, '--password-stdin'],
        chosen,
      )
      assert.equal(reset, 'Replaced the password of <name> and ended its sessions and tokens.\n')
      assert.equal((await server.test.browser().signIn(`person-${made}`, chosen)).status, 303)
      const without = await acts(words, (name) => ['user', 'reset-factors', name])
      assert.equal(without.err, 'authgate: <name> has no second factor\n')
      const protectedUser = async (): Promise<string> => {
        const { username, password } = await server.test.account(fresh('person'))
        const browser = server.test.browser()
        await browser.signIn(username, password)
        await setUpApp(server.test, browser)
        return username
      }
      await succeeds(protectedUser, (name) => ['user', 'reset-factors', name])
      await succeeds(words, (name) => ['user', 'delete', name, '--yes'])
    })

    test('resources are registered, changed, described and deleted', async () => {
      const uri = (): string => `https://${fresh('files')}.example/mcp`
      const create = (name: string): string[] => [
        ...[
          'resource',
          'create',
          '--identifier',
          name,
          '--name',
          'Files',
          '--open',
          '--token-lifetime',
          '300',
        ],
        ...['--scope', 'files:read=Read your files', 'files:write=Change your files'],
        ...['--default-scope', 'files:read'],
      ]
      assert.match(await succeeds(uri, create), /^token_lifetime +300 s at most$/m)
      const registered = async (): Promise<string> => {
        const name = uri()
        assert.equal((await locally(create(name))).exitCode, 0)
        return name
      }
      await succeeds(registered, (name) => [
        ...['resource', 'update', name, '--no-open', '--token-lifetime', 'default', '--json'],
        ...['--discovered-scope', 'files:read'],
      ])
      const name = await registered()
      assert.match(await asks('resource', 'show', name), new RegExp(`"${server.url}"`))
      await asks('resource', 'show', name, '--registered')
      await succeeds(registered, (each) => ['resource', 'delete', each])
    })

    test('tokens are disabled, enabled and revoked by their ids', async () => {
      const token = async (): Promise<string> => {
        const { basic } = await server.test.confidentialClient()
        const jwt = await machineToken(server.test, basic)
        return JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString()).jti
      }
      await succeeds(token, (id) => ['token', 'disable', id])
      await succeeds(token, (id) => ['token', 'revoke', id, '--json'])
      const off = async (): Promise<string> => {
        const id = await token()
        await locally(['token', 'disable', id])
        return id
      }
      await succeeds(off, (id) => ['token', 'enable', id])
      assert.equal(
        (await acts(off, (id) => ['token', 'disable', id])).err,
        'authgate: <name> is disabled already\n',
      )
      await refused(['token', 'revoke', 'nothing'], /there is no token nothing$/m)
    })

    test('keys are rotated and retired', async () => {
      const published = await locally(['keys', 'rotate', '--algorithm', 'RS256', '--json'])
      const [{ kid }] = JSON.parse(published.out)
      // There is a next key now: rotating again changes nothing, and tells of it.
      assert.deepEqual(await remotely(['keys', 'rotate', '--algorithm', 'RS256', '--json']), published)
      const now = await remotely(['keys', 'rotate', '--now', '--algorithm', 'RS256'])
      assert.match(now.out, new RegExp(`^${kid} +RS256 +current `, 'm'))
      assert.match(now.err, /authgate keys retire <kid> --force/)
      assert.equal(await asks('keys', 'list').then((out) => /RS256 +previous/.test(out)), true)
      const previous = JSON.parse((await remotely(['keys', 'list', '--json'])).out).find(
        ({ algorithm, state }: { algorithm: string; state: string }) =>
          algorithm === 'RS256' && state === 'previous',
      )
      await refused(['keys', 'retire', kid], /is the current key: rotate first/)
      await refused(
        ['keys', 'retire', previous.kid],
        /\d+ access tokens .* --force/,
        /\d+ access tokens .* force/,
      )
      const retired = await remotely(['keys', 'retire', previous.kid, '--force', '--json'])
      assert.deepEqual(JSON.parse(retired.out), { kid: previous.kid, state: 'retired' })
      await refused(['keys', 'retire', previous.kid], /is retired already/)
      await refused(['keys', 'retire', '-nothing'], /there is no key -nothing/)
      assert.match(await asks('keys', 'list', '--all'), /RS256 +retired/)
    })

    test('mistakes are told in one line, field by field', async () => {
      await refused(['client', 'show', 'nobody'], /there is no client nobody$/m)
      await refused(['client', 'show', '..'], /there is no client \.\.$/m)
      await refused(['client', 'approve', 'nobody'], /there is no client nobody that waits/)
      await refused(['client', 'deactivate', await client('pending')], /is pending: approve or reject it/)
      await refused(['client', 'activate', await client('active')], /is active already/)
      await refused(['client', 'new-secret', server.test.clientId], /has no secret/)
      await refused(['user', 'disable', 'nobody'], /there is no account nobody$/m)
      await refused(
        ['client', 'create', '--name', ' ', '--grant', 'authorization_code', '--scope', 'a"b'],
        /name: must have 1 to 100 .*; redirect-uri: authorization_code needs .*; scope: must be words/,
      )
      await refused(
        ['user', 'create', '--username', 'admin', '--email', 'new@example.com'],
        /username already exists/,
        /username is taken/,
      )
      await refused(
        [
          'resource',
          'create',
          '--identifier',
          'https://late.example/',
          '--name',
          'X',
          '--token-lifetime',
          '60',
        ].concat(['--scope', 'authgate:x=Look harmless']),
        /scope: “authgate:x” is a scope of this server's own API/,
      )
    })
  })
}

/** A client that describes itself, with what is kept of its document. */
async function describedClient({ test }: Listening): Promise<ClientId> {
  const clientId = 'https://app.example/client.json' as ClientId
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
