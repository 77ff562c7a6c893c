/** Administrators look after people: through the pages, without script, on both databases. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { AccountId } from '../../src/shared/ids.ts'
import { poll, requestDeviceCode } from '../support/oauth-client.ts'
import { drivers, type Metrics, startTestApp, type TestApp, type TestBrowser } from '../support/test-app.ts'

const moving = [
  'oauth_tokens_revoked_total',
  'sessions_invalidated_total',
  'sessions_expired_total',
  'auth_logout',
]
const unknown = '01900000-0000-7000-8000-000000000000'

for (const { driver, skip } of drivers) {
  describe(`people in the admin area on ${driver}`, { skip }, () => {
    let test: TestApp
    let admin: TestBrowser
    before(async () => {
      test = await startTestApp({ driver })
      admin = await test.signedIn()
    })
    after(() => test.close())

    const idOf = async (username: string): Promise<AccountId> =>
      (await test.app.storage.read.accounts.findByUsername(username))!.id
    /** A person with one browser session and the two tokens of one device. */
    const busyPerson = async (username: string): Promise<TestBrowser> => {
      const { password } = await test.account(username)
      const browser = test.browser()
      assert.equal((await browser.signIn(username, password)).status, 303)
      const device = await requestDeviceCode(test)
      assert.equal((await browser.decide(device.body.user_code, 'approve')).status, 303)
      assert.equal((await poll(test, device.body.device_code)).status, 200)
      return browser
    }
    const act = async (username: string, name: string, fields = {}) => {
      const path = `/admin/users/${await idOf(username)}`
      await admin.get(path)
      return admin.submit(`${path}/${name}`, fields)
    }
    const since = async (earlier: Metrics) => (await test.metrics()).since(earlier, moving)
    it('are seen by administrators alone', async () => {
      await test.account('plain')
      const plain = test.browser()
      await plain.signIn('plain', 'password of plain')
      for (const path of [
        '/admin/users',
        '/admin/users/new',
        `/admin/users/${await idOf('plain')}`,
        '/admin/tokens',
      ]) {
        assert.equal((await plain.get(path)).status, 403, path)
        const anonymous = await test.browser().get(path)
        assert.equal(anonymous.status, 303)
        assert.match(String(anonymous.headers.location), /^\/login\?redirect=/)
      }
      await plain.get('/account/sessions')
      assert.equal((await plain.submit(`/admin/users/${await idOf('admin')}/disable`)).status, 403)
      assert.equal(
        (await plain.submit('/admin/users', { username: 'x', email: 'x@example.com' })).status,
        403,
      )
      assert.equal((await test.app.storage.read.accounts.findByUsername('x')) === undefined, true)
      // And no form is taken without proof that it is ours.
      assert.equal((await admin.post(`/admin/users/${await idOf('plain')}/disable`, {})).status, 403)
      assert.equal((await test.app.storage.read.accounts.findByUsername('plain'))!.status, 'active')
    })

    it('are listed, filtered and searched', async () => {
      await test.account('list-a')
      await test.account('list-b')
      await act('list-b', 'disable')
      const names = async (query: string) =>
        [...(await admin.get(`/admin/users?${query}`)).text.matchAll(/<bdi class="name">([^<]*)/g)].map(
          ([, n]) => n,
        )
      assert.deepEqual(await names('search=LIST-'), ['list-b', 'list-a'])
      assert.deepEqual(await names('search=list-&status=disabled'), ['list-b'])
      assert.deepEqual(await names('search=list-&role=admin'), [])
      assert.deepEqual(await names('role=admin'), ['admin'])
      assert.deepEqual(await names(`search=${await idOf('list-a')}`), ['list-a'])
      assert.deepEqual(await names('search=list-a@example'), ['list-a'])
      assert.deepEqual(await names('auth_source=github'), [])
      assert.deepEqual(await names('search=list-&status=nonsense&role=__proto__'), ['list-b', 'list-a'])
      for (let n = 0; n < 22; n++) await test.account(`many-${String(n).padStart(2, '0')}`)
      const first = await admin.get('/admin/users?search=many-')
      const next = /href="(\/admin\/users\?[^"]*after=[^"]*)" rel="next"/.exec(first.text)![1]!
      const second = await admin.get(next.replaceAll('&amp;', '&'))
      assert.deepEqual(
        [...second.text.matchAll(/<bdi class="name">([^<]*)/g)].map(([, n]) => n),
        ['many-01', 'many-00'],
      )
    })

    it('are made with a password that is shown once', async () => {
      await admin.get('/admin/users/new')
      const fields = {
        username: 'Ana',
        email: 'Ana@Example.com',
        full_name: ' Ana <b>Lima</b> ',
        role: 'user',
      }
      const made = await admin.submit('/admin/users', { ...fields, email_verified: 'true' })
      assert.equal(made.status, 303, made.text)
      const shown = await admin.get(String(made.headers.location))
      assert.match(String(shown.headers['cache-control']), /no-store/)
      const password = /<bdi dir="ltr">([\w-]{20})</.exec(shown.text)![1]!
      const again = await admin.get(String(made.headers.location))
      assert.ok(!again.text.includes(password))
      assert.match(again.text, /shown before/)
      assert.equal((await test.browser().signIn('ana', password)).status, 303)
      const ana = (await test.app.storage.read.accounts.findByUsername('ana'))!
      assert.deepEqual(
        [ana.email, ana.emailVerified, ana.fullName, ana.role],
        ['Ana@Example.com', true, 'Ana <b>Lima</b>', 'user'],
      )
      const page = await admin.get(`/admin/users/${ana.id}`)
      assert.ok(page.text.includes('Ana &lt;b>Lima') || page.text.includes('Ana &lt;b&gt;Lima'), page.text)
      assert.ok(!page.text.includes('<b>Lima'))
    })

    it('are not made from what cannot be used, and what was typed stays', async () => {
      await admin.get('/admin/users/new')
      const wrong: [Record<string, string>, string][] = [
        [{ username: 'a b', email: 'w@example.com' }, 'username'],
        [{ username: 'wrong', email: 'nothing' }, 'email'],
        [{ username: 'wrong', email: 'w@example.com', password: 'qwzx12' }, 'password'],
        [{ username: 'ana', email: 'w@example.com' }, 'username'],
        [{ username: 'wrong', email: 'ANA@example.com' }, 'email'],
      ]
      for (const [fields, field] of wrong) {
        const answer = await admin.submit('/admin/users', { ...fields, full_name: 'Kept "name"' })
        assert.equal(answer.status, 400)
        assert.match(answer.text, new RegExp(`href="#${field}"`), JSON.stringify(fields))
        assert.match(answer.text, /value="Kept &quot;name&quot;"/)
        assert.ok(!answer.text.includes('qwzx12'))
      }
      assert.equal(await test.app.storage.read.accounts.findByUsername('wrong'), undefined)
    })

    it('are changed: another address is not verified any more', async () => {
      const { id } = (await test.app.storage.read.accounts.findByUsername('ana'))!
      const edit = async (fields: Record<string, string>) => {
        await admin.get(`/admin/users/${id}/edit`)
        return admin.submit(`/admin/users/${id}`, fields)
      }
      const same = { email: 'Ana@Example.com', full_name: 'Ana <b>Lima</b>', role: 'user' }
      assert.match(String((await edit(same)).headers.location), /notice=unchanged/)
      assert.match(String((await edit({ ...same, full_name: 'Ana' })).headers.location), /notice=updated/)
      assert.equal((await test.app.storage.read.accounts.find(id))!.emailVerified, true)
      await edit({ ...same, email: 'new@example.com', role: 'admin' })
      const now = (await test.app.storage.read.accounts.find(id))!
      assert.deepEqual([now.email, now.emailVerified, now.role], ['new@example.com', false, 'admin'])
      assert.match(String((await act('ana', 'verify-email')).headers.location), /email_verified/)
      assert.match(String((await act('ana', 'verify-email')).headers.location), /unchanged/)
      assert.equal((await test.app.storage.read.accounts.find(id))!.emailVerified, true)
      assert.equal((await edit({ email: 'x', full_name: '', role: 'user' })).status, 400)
      await edit({ email: 'new@example.com', full_name: '', role: 'user' })
      assert.equal((await test.app.storage.read.accounts.find(id))!.role, 'user')
    })

    it('administrators cannot shut themselves or everybody out', async () => {
      const path = `/admin/users/${await idOf('admin')}`
      await admin.get(`${path}/edit`)
      const demote = { email: 'admin@localhost', full_name: 'x', role: 'user' }
      const refused = await admin.submit(path, demote)
      assert.equal(refused.status, 400)
      assert.match(refused.text, /your own account/)
      for (const name of ['disable', 'delete', 'reset-password']) {
        const answer = await act('admin', name)
        assert.match(String(answer.headers.location), /refusal=own_account/, name)
        assert.match((await admin.get(String(answer.headers.location))).text, /This is your own account/)
      }
      const { accounts } = test.administration
      const own = (await test.app.storage.read.accounts.findByUsername('admin'))!
      for (const lone of [
        () => accounts.disable(own, { type: 'system' }),
        () => accounts.delete(own, { type: 'system' }),
        () => accounts.update(own, { email: own.email, fullName: '', role: 'user' }, { type: 'system' }),
      ]) {
        await assert.rejects(lone(), /last active administrator/)
      }
    })

    it('of administrators who take each other away at the same moment, one is left', async () => {
      const { accounts } = test.administration
      const made = await Promise.all(
        Array.from({ length: 5 }, async (_, n) => {
          const input = { username: `boss-${n}`, email: `boss-${n}@example.com`, role: 'admin' as const }
          return (await accounts.create(input, { type: 'system' })).account
        }),
      )
      const all = [(await test.app.storage.read.accounts.findByUsername('admin'))!, ...made]
      await Promise.allSettled(
        all.map((account, n) => {
          const other = all[(n + 1) % all.length]!
          const actor = { type: 'account', id: account.id, name: account.username } as const
          const demoted = { email: other.email, fullName: '', role: 'user' } as const
          return n % 3 === 0
            ? accounts.disable(other, actor)
            : n % 3 === 1
              ? accounts.delete(other, actor)
              : accounts.update(other, demoted, actor)
        }),
      )
      const left = await test.app.storage.read.accounts.count({ role: 'admin', status: 'active' })
      assert.equal(left.count, 1)
      // The story goes on with the one who is asked for everywhere.
      await test.app.storage.transaction(async (tx) => {
        const admin = await tx.accounts.findByUsername('admin')
        assert.ok(admin !== undefined, 'it was deleted: the order of the acts has to be another')
        await tx.accounts.setStatus(admin.id, 'active', test.clock.now())
        await tx.accounts.setRole(admin.id, 'admin', test.clock.now())
      })
      admin = await test.signedIn()
    })

    it('are switched off and on: what they had ends, is named before, counted once and stays away', async () => {
      const browser = await busyPerson('dora')
      const page = await admin.get(`/admin/users/${await idOf('dora')}`)
      assert.match(page.text, /cannot sign in any more. This ends 1 session and 2 tokens/)
      const earlier = await test.metrics()
      assert.match(String((await act('dora', 'disable')).headers.location), /notice=disabled/)
      assert.deepEqual(await since(earlier), {
        'oauth_tokens_revoked_total{reason="admin"}': 2,
        'sessions_invalidated_total{reason="admin"}': 1,
      })
      assert.match(String((await act('dora', 'disable')).headers.location), /notice=unchanged/)
      assert.equal((await browser.get('/account/sessions')).status, 303)
      assert.notEqual((await test.browser().signIn('dora', 'password of dora')).status, 303)
      assert.match(String((await act('dora', 'enable')).headers.location), /notice=enabled/)
      assert.match(String((await act('dora', 'enable')).headers.location), /notice=unchanged/)
      assert.deepEqual(await since(earlier), {
        'oauth_tokens_revoked_total{reason="admin"}': 2,
        'sessions_invalidated_total{reason="admin"}': 1,
      })
      assert.equal((await browser.get('/account/sessions')).status, 303)
      assert.equal((await test.browser().signIn('dora', 'password of dora')).status, 303)
    })

    it('lose sessions or tokens alone', async () => {
      const browser = await busyPerson('emil')
      const earlier = await test.metrics()
      await act('emil', 'end-sessions')
      assert.deepEqual(await since(earlier), { 'sessions_invalidated_total{reason="admin"}': 1 })
      assert.equal((await browser.get('/account/sessions')).status, 303)
      await act('emil', 'end-tokens')
      assert.deepEqual(await since(earlier), {
        'oauth_tokens_revoked_total{reason="admin"}': 2,
        'sessions_invalidated_total{reason="admin"}': 1,
      })
      await act('emil', 'end-tokens')
      assert.equal((await since(earlier))['oauth_tokens_revoked_total{reason="admin"}'], 2)
    })

    it('lose their second factors', async () => {
      await test.account('guido')
      const id = await idOf('guido')
      const { storage } = test.app
      await storage.transaction((tx) =>
        tx.factors.insertTotp({
          accountId: id,
          encryptedSecret: Buffer.from('secret'),
          lastStep: 0,
          createdAt: test.clock.now(),
          lastUsedAt: undefined,
        }),
      )
      assert.match((await admin.get(`/admin/users/${id}`)).text, /an authenticator app/)
      assert.match(String((await act('guido', 'reset-factors')).headers.location), /notice=factors_removed/)
      assert.equal((await storage.read.factors.enrolledOf(id)).totp, undefined)
      assert.match(String((await act('guido', 'reset-factors')).headers.location), /notice=unchanged/)
    })

    it('get a new password, which ends what they had', async () => {
      const browser = await busyPerson('fay')
      const earlier = await test.metrics()
      const reset = await act('fay', 'reset-password')
      const shown = await admin.get(String(reset.headers.location))
      const password = /<bdi dir="ltr">([\w-]{20})</.exec(shown.text)![1]!
      assert.deepEqual(await since(earlier), {
        'oauth_tokens_revoked_total{reason="security"}': 2,
        'sessions_invalidated_total{reason="security"}': 1,
      })
      assert.equal((await browser.get('/account/sessions')).status, 303)
      assert.notEqual((await test.browser().signIn('fay', 'password of fay')).status, 303)
      assert.equal((await test.browser().signIn('fay', password)).status, 303)
      // Nor is it shown to somebody else who has the address, or for somebody else.
      const other = await act('emil', 'reset-password')
      const mixed = await admin.get(String(reset.headers.location))
      assert.match(mixed.text, /shown before/)
      assert.equal(other.status, 303)
    })

    it('are deleted with everything but their clients', async () => {
      const browser = await busyPerson('gus')
      const id = await idOf('gus')
      await test.administration.clients.create(
        { name: 'Left behind', type: 'public', createdBy: id },
        { type: 'system' },
      )
      const page = await admin.get(`/admin/users/${id}`)
      assert.match(page.text, /This deletes .*gus.* for good, ends 1 session and 2 tokens/)
      assert.match(page.text, /Their client stays, without an owner/)
      const earlier = await test.metrics()
      assert.match(String((await act('gus', 'delete')).headers.location), /^\/admin\/users\?notice=deleted/)
      assert.deepEqual(await since(earlier), {
        'oauth_tokens_revoked_total{reason="admin"}': 2,
        'sessions_invalidated_total{reason="admin"}': 1,
      })
      assert.equal((await browser.get('/account/sessions')).status, 303)
      assert.equal((await admin.get(`/admin/users/${id}`)).status, 404)
      await admin.get('/admin/users/new')
      assert.equal((await admin.submit(`/admin/users/${id}/delete`)).status, 404)
      const clients = await test.app.storage.read.clients.list({ limit: 50 })
      assert.equal(clients.find(({ name }) => name === 'Left behind')!.createdBy, undefined)
    })

    it('nobody is found by an id that is none', async () => {
      await admin.get('/admin/users')
      for (const id of [unknown, 'x', '..%2Fclients', '%00']) {
        assert.equal((await admin.get(`/admin/users/${id}`)).status, 404, id)
        assert.equal((await admin.get(`/admin/users/${id}/authorizations`)).status, 404, id)
        await admin.get('/admin/users/new')
        assert.equal((await admin.submit(`/admin/users/${id}/disable`)).status, 404, id)
      }
      const own = await idOf('admin')
      await admin.get('/admin/users/new')
      assert.equal((await admin.submit(`/admin/users/${own}/authorizations/${unknown}/revoke`)).status, 404)
    })

    it('every act is in the audit log, with who did it', async () => {
      await test.account('audited')
      const id = await idOf('audited')
      await admin.get(`/admin/users/${id}/edit`)
      await admin.submit(`/admin/users/${id}`, { email: 'other@example.com', full_name: '', role: 'user' })
      for (const name of ['disable', 'enable', 'reset-password', 'delete']) await act('audited', name)
      // Writes what waits.
      await test.app.observers.stop()
      const rows = await test.app.storage.read.audit.list({ limit: 50 })
      const ours = rows.filter(({ resourceId, resourceType }) => resourceType === 'USER' && resourceId === id)
      assert.deepEqual(
        ours.map(({ eventType, actorName, success }) => [eventType, actorName, success]).toReversed(),
        [
          ['USER_CREATED', undefined, true],
          ['USER_UPDATED', 'admin', true],
          ['USER_DISABLED', 'admin', true],
          ['USER_ENABLED', 'admin', true],
          ['USER_PASSWORD_RESET', 'admin', true],
          ['USER_DELETED', 'admin', true],
        ],
      )
      assert.ok(
        ours
          .slice(0, -1)
          .every(({ actorIp, requestId }) => actorIp === '192.0.2.10' && requestId !== undefined),
      )
    })
  })
}
