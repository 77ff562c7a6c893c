/** What operators say of clients that describe themselves: whom they trust, approve, and write down by hand. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { instant } from '../../src/shared/clock.ts'
import { authorize, decide, obtainCode, redeem, redirected } from '../support/authorization.ts'
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { loopbackCallback, mcpServer, openResource } from '../support/mcp.ts'
import { refresh } from '../support/oauth-client.ts'
import { runAuthgate } from '../support/server-process.ts'
import {
  type Driver,
  drivers,
  encryptionKey,
  type Fields,
  type JsonResponse,
  startTestApp,
  type TestApp,
} from '../support/test-app.ts'

const web = 'https://app.example.com/callback'
const day = 86_400
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

interface Started {
  host: DocumentHost
  test: TestApp
  close(): Promise<void>
}

async function start(driver: Driver, environment: Record<string, string>): Promise<Started> {
  const host = await startDocumentHost({ timeoutMs: 500 })
  const test = await startTestApp({
    driver,
    // Commands live by the real clock.
    clock: createManualClock(instant(Date.now())),
    outbound: host.outbound,
    environment: { ...host.environment, ...environment },
  })
  await openResource(test)
  return {
    host,
    test,
    async close() {
      await test.close()
      host.close()
    },
  }
}

let number = 0
/** An app with an address of its own. */
function publish(host: DocumentHost, more: object = {}, site?: string): string {
  const path = `/app-${++number}.json`
  const id = host.at(path, site)
  host.serve(path, documentOf(id, more))
  return id
}

function documentOf(id: string, more: object = {}): object {
  return {
    client_id: id,
    client_name: 'Agent',
    redirect_uris: [loopbackCallback, web],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    ...more,
  }
}

const fields = (more: Fields = {}): Fields => ({
  redirect_uri: web,
  scope: 'notes:read offline_access',
  resource: mcpServer,
  ...more,
})
const ask = async ({ test }: Started, id: string, more: Fields = {}): Promise<JsonResponse> =>
  authorize(await test.signedIn(), { id }, fields(more))
const waitingTitle = /<h1>This app waits for your administrator<\/h1>/

describe('a trusted host', () => {
  let started: Started
  before(async () => {
    started = await start('sqlite', { CIMD_TRUSTED_HOSTS: '*.example.com' })
  })
  after(() => started.close())

  it('is said to be trusted, and its clients are asked for all the same', async () => {
    const { host } = started
    const id = publish(host)
    const page = await ask(started, id)
    assert.equal(page.status, 200)
    assert.match(page.text, /app\.example\.com:\d+<\/bdi> is trusted by your administrator/)
    assert.doesNotMatch(page.text, /Nobody here has checked/)
    const stranger = await ask(started, publish(host, {}, 'other.example.org'))
    assert.doesNotMatch(stranger.text, /trusted by your administrator/)
    assert.match(stranger.text, /Nobody here has checked this app/)
  })

  it('vouches for nothing on this computer: the warning stays, and the person is asked each time', async () => {
    const { host, test } = started
    const id = publish(host)
    const person = await test.signedIn()
    const loopback = fields({ redirect_uri: loopbackCallback })
    const page = await authorize(person, { id }, loopback)
    assert.match(page.text, /Only continue if you started this yourself/)
    assert.ok(redirected(await decide(person, page, 'approve'), loopbackCallback).code)
    assert.equal((await authorize(person, { id }, loopback)).status, 200)
  })

  it('gets its errors at once; one that nobody trusts has them shown', async () => {
    const { host } = started
    const wrong = { resource: 'https://nobody.example/mcp' }
    const trusted = await ask(started, publish(host), wrong)
    const { error, iss } = redirected(trusted, web)
    assert.deepEqual([error, iss], ['invalid_target', 'http://localhost:8080'])
    const stranger = await ask(started, publish(host, {}, 'other.example.org'), wrong)
    assert.equal(stranger.status, 400)
    assert.equal(stranger.headers.location, undefined)
  })

  it('still needs PKCE, and gets no token for itself', async () => {
    const { host, test } = started
    const id = publish(host)
    const plain = await ask(started, id, { code_challenge: undefined, code_challenge_method: undefined })
    assert.equal(redirected(plain, web).error, 'invalid_request')
    await ask(started, id)
    const itself = await test.post('/oauth/token', { grant_type: 'client_credentials', client_id: id })
    assert.deepEqual([itself.status, itself.body.error], [400, 'unauthorized_client'])
  })

  it('has its logo fetched with the page, and served from here', async () => {
    const { host, test } = started
    const logo = (site?: string): object => {
      const path = `/logo-${++number}.png`
      host.serve(path, (_request, response) => {
        response.writeHead(200, { 'content-type': 'image/png' }).end(png)
      })
      return { logo_uri: host.at(path, site) }
    }
    const id = publish(host, logo())
    host.seen()
    const page = await ask(started, id)
    const [, src] = /<img class="app-logo" src="([^"]+)"/.exec(page.text)!
    const { statusCode, rawPayload } = await test.request({ method: 'GET', url: src! })
    assert.deepEqual([statusCode, rawPayload], [200, png])
    assert.equal(host.seen().length, 2, 'the document and the logo, once each')
    const site = 'other.example.org'
    assert.doesNotMatch((await ask(started, publish(host, logo(site), site))).text, /app-logo/)
  })

  it('needs no place on the list of those allowed, and is denied like any other', async () => {
    const both = await start('sqlite', {
      CIMD_MODE: 'allowlist',
      CIMD_TRUSTED_HOSTS: 'app.example.com,other.example.org',
      CIMD_DENIED_HOSTS: 'other.example.org',
    })
    assert.equal((await ask(both, publish(both.host))).status, 200)
    assert.equal((await ask(both, publish(both.host, {}, 'other.example.org'))).status, 400)
    await both.close()
  })
})

for (const { driver, skip } of drivers) {
  describe(`approval of new clients, ${driver}`, { skip }, () => {
    let started: Started
    before(async () => {
      started = await start(driver, {
        CIMD_NEW_CLIENTS: 'approval',
        CIMD_TRUSTED_HOSTS: 'other.example.org',
      })
    })
    after(() => started.close())

    const run = (...args: string[]) =>
      runAuthgate(
        args,
        {
          DATABASE_DRIVER: driver,
          DATABASE_DSN: started.test.dsn,
          DATA_DIR: started.test.folder,
          ENCRYPTION_KEY: encryptionKey,
          CIMD_NEW_CLIENTS: 'approval',
          ...started.host.environment,
        },
        started.test.folder,
      ).ended
    /** Whether the audit log has such rows of a client. It is written behind the requests, in batches. */
    const audited = async (id: string, ...expected: string[]): Promise<boolean> => {
      await started.test.app.runJob('claim_announcements')
      const deadline = performance.now() + 5000
      for (;;) {
        const rows = await started.test.app.storage.read.audit.list({ limit: 100 })
        const found = rows.flatMap((row) => (row.resourceId === id ? [row.eventType as string] : []))
        if (expected.every((type) => found.includes(type))) return true
        if (performance.now() > deadline) return false
        await delay(25)
      }
    }

    it('a client never seen before waits, its person is told, and an approval lets it work', async () => {
      const { host, test } = started
      const id = publish(host)
      const waiting = await ask(started, id)
      assert.equal(waiting.status, 403)
      assert.equal(waiting.headers.location, undefined)
      assert.match(waiting.text, waitingTitle)
      assert.equal((await ask(started, id)).status, 403, 'and again, without a word to its host')
      assert.equal(host.seen().filter(({ path }) => id.endsWith(path)).length, 1)
      const stored = await test.app.storage.read.clients.find(id as never)
      assert.equal(stored?.status, 'pending')
      const token = await test.post('/oauth/token', {
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: id,
      })
      assert.deepEqual([token.status, token.body.error], [401, 'invalid_client'])

      const approved = await run('client', 'approve', id)
      assert.equal(approved.exitCode, 0, approved.err)
      assert.equal((await ask(started, id)).status, 200)
      assert.ok(await audited(id, 'CLIENT_DISCOVERED', 'CLIENT_APPROVED'))
      const shown = JSON.parse((await run('client', 'show', id, '--json')).out)
      assert.equal(typeof shown.document.approved_at, 'string')
    })

    it('a host that is trusted was looked at already', async () => {
      assert.equal((await ask(started, publish(started.host, {}, 'other.example.org'))).status, 200)
    })

    it('one that waits is let in when its host is trusted later, or nobody has to wait any more', async () => {
      const { host, test } = started
      for (const environment of [
        { CIMD_NEW_CLIENTS: 'approval', CIMD_TRUSTED_HOSTS: 'app.example.com' },
        { CIMD_NEW_CLIENTS: 'open' },
      ]) {
        const id = publish(host)
        assert.equal((await ask(started, id)).status, 403)
        const other = await startTestApp({
          driver,
          sharing: test,
          outbound: host.outbound,
          environment: { ...host.environment, ...environment },
        })
        assert.equal((await authorize(await other.signedIn(), { id }, fields())).status, 200)
        await other.close()
        assert.equal((await ask(started, id)).status, 200)
      }
    })

    it('one that was approved and leads elsewhere later waits again', async () => {
      const { host, test } = started
      const id = publish(host)
      await ask(started, id)
      await test.administration.clients.approve(id as never, { type: 'system' })
      assert.equal((await ask(started, id)).status, 200)
      host.serve(
        new URL(id).pathname,
        documentOf(id, { client_name: 'Agent', client_uri: 'https://app.example.com/' }),
      )
      test.clock.advance(2 * 3600)
      assert.equal((await ask(started, id)).status, 200, 'where it says nothing that matters it goes on')
      host.serve(
        new URL(id).pathname,
        documentOf(id, { redirect_uris: [web, 'https://elsewhere.example.org/'] }),
      )
      test.clock.advance(2 * 3600)
      assert.match((await ask(started, id)).text, waitingTitle)
      await test.administration.clients.approve(id as never, { type: 'system' })
      assert.equal((await ask(started, id)).status, 200)
    })

    it('what an operator writes down is used in the place of what its host says', async () => {
      const { host, test } = started
      const id = host.at(`/refusing-${++number}.json`)
      host.serve(new URL(id).pathname, (_request, response) => {
        response.writeHead(403, { 'content-type': 'text/html' }).end('Are you human?')
      })
      const refused = await ask(started, id)
      assert.equal(refused.status, 400)
      host.seen()
      const file = join(test.folder, 'document.json')
      writeFileSync(file, JSON.stringify(documentOf(id)))
      const pinned = await run('client', 'pin', '--file', file, id, '--json')
      assert.deepEqual(JSON.parse(pinned.out), { client_id: id, client_name: 'Agent', pinned: true })

      const code = await obtainCode(test, { id }, fields())
      const client = { id: id as never, basic: undefined }
      const { body } = await redeem(test, client, code, { redirect_uri: web })
      assert.equal((await refresh(test, body.refresh_token, { client_id: id })).status, 200)
      assert.equal((await run('client', 'unpin', id)).exitCode, 0)
      const again = await run('client', 'unpin', id)
      assert.deepEqual([again.exitCode, again.err], [1, `authgate: no document is pinned for ${id}\n`])
      assert.ok(await audited(id, 'CLIENT_DOCUMENT_PINNED', 'CLIENT_DOCUMENT_UNPINNED'))

      assert.equal((await run('client', 'pin', '--file', file, id)).exitCode, 0)
      test.clock.advance(30 * day)
      await test.app.runJob('clean_up')
      assert.ok(redirected(await ask(started, id), web).code, 'whoever wrote it down has approved it')
      assert.equal(host.seen().length, 0)
      const shown = await run('client', 'show', id)
      assert.match(shown.out, /^document +pinned \S+, its host is not asked$/m)
      assert.match(shown.out, /^document_sha256 +[0-9a-f]{64}$/m)

      assert.equal((await run('client', 'unpin', id)).exitCode, 0)
      test.clock.advance(8 * day)
      assert.equal((await ask(started, id)).status, 400)
      assert.equal(host.seen().length, 1)
    })

    it('writing down a client that waits approves it', async () => {
      const { host, test } = started
      const id = publish(host)
      assert.equal((await ask(started, id)).status, 403)
      const file = join(test.folder, 'waiting.json')
      writeFileSync(file, JSON.stringify(documentOf(id, { redirect_uris: [web] })))
      assert.equal((await run('client', 'pin', '--file', file, id)).exitCode, 0)
      assert.equal((await ask(started, id)).status, 200)
      assert.equal((await ask(started, id, { redirect_uri: loopbackCallback })).status, 400)
    })

    it('only what its host could say as well is written down', async () => {
      const { host, test } = started
      const id = host.at('/strict.json')
      const file = join(test.folder, 'strict.json')
      const pin = async (document: unknown, url = id): Promise<string> => {
        writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document))
        const { exitCode, err } = await run('client', 'pin', '--file', file, url)
        assert.equal(exitCode, 1)
        return err
      }
      assert.match(await pin('{'), /^authgate: file: the document is no JSON object/)
      assert.match(await pin(documentOf(`${id}?other`)), /client_id in the document is not the address/)
      assert.match(await pin(documentOf(id, { client_secret: 'x' })), /has a client_secret/)
      assert.match(
        await pin(documentOf(id, { redirect_uris: ['http://app.example.com/'] })),
        /no redirect URI/,
      )
      assert.match(await pin(documentOf(id, { padding: 'x'.repeat(6000) })), /has more than 5120 bytes/)
      assert.match(await pin(documentOf(id), 'https://10.0.0.1/app.json'), /^authgate: url: must name a host/)
      assert.match(await pin(documentOf(id), test.clientId), /^authgate: url: must be an https URL/)
      const nowhere = await run('client', 'pin', '--file', '/nowhere', id)
      assert.match(nowhere.err, /^authgate: the document in \/nowhere cannot be read/)
      assert.equal(await test.app.storage.read.clients.find(id as never), undefined)
    })

    it('waits for a week, and is kept once it was approved', async () => {
      const { host, test } = started
      const ids = [publish(host), publish(host)]
      for (const id of ids) await ask(started, id)
      await test.administration.clients.approve(ids[1] as never, { type: 'system' })
      const left = async (days: number): Promise<boolean[]> => {
        test.clock.advance(days * day)
        await test.app.runJob('clean_up')
        const { clients } = test.app.storage.read
        return Promise.all(ids.map(async (id) => (await clients.find(id as never)) !== undefined))
      }
      assert.deepEqual(await left(2), [true, true])
      assert.deepEqual(await left(6), [false, true])
      assert.deepEqual(await left(60), [false, true])
    })
  })
}
