/** `/docs`: who sees which page with which values, and every piece of code of the guides done as it says. */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Client } from '../../src/oauth/client.ts'
import { oauthErrors } from '../../src/oauth/errors.ts'
import type { AccountId } from '../../src/shared/ids.ts'
import { type GuideSlug, guideSlugs } from '../../src/views/guides.ts'
import { languages } from '../../src/views/languages/languages.ts'
import { type WebClient, webClient } from '../support/authorization.ts'
import { guideFiles, shownSnippets, unescaped, writtenSnippets } from '../support/guides.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { claimsOf, mcpServer, openResource } from '../support/mcp.ts'
import { startServerProcess } from '../support/server-process.ts'
import { loadShown, openShell, type Shell, type Shown } from '../support/shown-code.ts'
import { startTestApp, type TestApp, type TestBrowser } from '../support/test-app.ts'

const secret = 'a-secret-for-tests-that-nobody-guesses'

async function adminId(test: TestApp): Promise<AccountId> {
  return (await test.app.storage.read.accounts.findByUsername('admin'))!.id
}

/** A client that the administrator made, who therefore sees its values. */
async function ownClient(test: TestApp, given: Partial<Client> = {}): Promise<WebClient> {
  return webClient(test, {
    type: 'public',
    createdBy: await adminId(test),
    grants: ['authorization_code', 'device_code', 'refresh_token'],
    redirectUris: ['http://127.0.0.1:8899/callback'],
    ...given,
  })
}

describe('guides', () => {
  let test: TestApp
  before(async () => {
    test = await startTestApp()
  })
  after(() => test.close())

  const open = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await test.get(path, { accept: 'text/html', ...headers })
    return { ...answer, location: answer.headers.location }
  }

  it('has a file for each guide in each language, and no other', () => {
    const expected = languages.flatMap(({ tag }) => guideSlugs.map((slug) => `${tag}/${slug}.md`))
    assert.deepEqual(guideFiles(), expected.sort())
  })

  it('is in the program that is published', async (t) => {
    const server = await startServerProcess({ LOG_LEVEL: 'error' })
    t.after(() => server.stop())
    for (const { tag, text } of languages) {
      const answer = await fetch(`${server.url}/docs/${tag}/errors`)
      assert.equal(answer.status, 200)
      assert.ok((await answer.text()).includes(text.guides.titles.errors))
    }
  })

  for (const { tag, text } of languages) {
    for (const slug of guideSlugs) {
      it(`shows ${tag}/${slug} to anybody, in its language, with the other guides beside it`, async () => {
        const { status, text: page } = await open(`/docs/${tag}/${slug}`, { 'accept-language': 'de' })
        assert.equal(status, 200)
        assert.ok(page.includes(`<h1>${text.guides.titles[slug]}</h1>`))
        for (const other of guideSlugs) assert.ok(page.includes(`href="/docs/${tag}/${other}"`), other)
        for (const { tag: other } of languages) {
          if (other !== tag) assert.ok(page.includes(`href="/docs/${other}/${slug}"`), other)
        }
        assert.doesNotMatch(page, /\{\{|="undefined|>undefined|\[object/)
      })
    }
  }

  it('leads to where the reader’s language is', async () => {
    const chinese = { 'accept-language': 'zh-HK, en;q=0.5' }
    for (const [path, headers, location] of [
      ['/docs', {}, '/docs/en/getting-started'],
      ['/docs', chinese, '/docs/zh-TW/getting-started'],
      ['/docs', { ...chinese, cookie: 'authgate_language=en' }, '/docs/en/getting-started'],
      ['/docs/en', chinese, '/docs/en/getting-started'],
      ['/docs/ZH-tw', {}, '/docs/zh-TW/getting-started'],
      ['/docs/EN/tokens?client_id=a', {}, '/docs/en/tokens?client_id=a'],
      // Addresses without a language, as they used to be.
      ['/docs/device-flow', chinese, '/docs/zh-TW/device-flow'],
      ['/docs/device-flow', {}, '/docs/en/device-flow'],
    ] as const) {
      const answer = await open(path, headers)
      assert.equal(answer.status, 303, path)
      assert.equal(answer.location, location, path)
    }
  })

  it('says which guides there are where there is none', async () => {
    for (const path of [
      '/docs/none',
      '/docs/en/none',
      '/docs/de/tokens',
      '/docs/en/__proto__',
      '/docs/constructor',
    ]) {
      const { status, text: page } = await open(path)
      assert.equal(status, 404, path)
      for (const slug of guideSlugs) assert.ok(page.includes(`href="/docs/en/${slug}"`), path)
    }
    const { text: page } = await open('/docs/zh-TW/none')
    assert.ok(page.includes('href="/docs/zh-TW/tokens"'))
    assert.ok(page.includes('lang="zh-TW"'))
  })

  it('has the endpoints of the metadata in both languages, and a line for each', async () => {
    const { body } = await test.get('/.well-known/openid-configuration')
    for (const { tag, text } of languages) {
      const { text: page } = await open(`/docs/${tag}/getting-started`)
      for (const [member, address] of Object.entries(body)) {
        if (!/_endpoint$|^jwks_uri$|^issuer$/.test(member)) continue
        assert.ok(member in text.guides.endpoints, member)
        assert.ok(page.includes(`<code>${address}</code>`), member)
      }
    }
  })

  it('explains every error, under an anchor of its name', async () => {
    for (const { tag } of languages) {
      const { text: page } = await open(`/docs/${tag}/errors`)
      for (const [code, { status, source }] of Object.entries(oauthErrors)) {
        assert.ok(page.includes(`<h2 id="${code}">`), code)
        assert.ok(unescaped(page).includes(`HTTP ${status} · ${source}`), code)
      }
    }
  })

  it('leads from guide to guide to headings that are there', async () => {
    for (const { tag } of languages) {
      for (const slug of guideSlugs) {
        const { text: page } = await open(`/docs/${tag}/${slug}`)
        const prose = page.slice(page.indexOf('<article'), page.indexOf('</article>'))
        for (const [, to = '', anchor] of prose.matchAll(/href="([a-z-]*)#([^"]+)"/g)) {
          const target = to === '' ? page : (await open(`/docs/${tag}/${to}`)).text
          assert.ok(target.includes(` id="${anchor}"`), `${tag}/${slug} leads to ${to}#${anchor}`)
        }
      }
    }
  })

  describe('for whoever is signed in', () => {
    let browser: TestBrowser
    before(async () => {
      browser = await test.signedIn()
    })
    const own = (given: Partial<Client>) => ownClient(test, given)
    const shown = async (client: { id: string }, slug: GuideSlug = 'auth-code-flow') =>
      (await browser.get(`/docs/en/${slug}?${new URLSearchParams({ client_id: client.id })}`)).text

    it('fills in the app they choose, and keeps the choice on the way', async () => {
      const client = await own({ name: 'Mine', redirectUris: ['https://mine.example.com/cb?a=1&b=2'] })
      const page = await shown(client)
      const code = shownSnippets(page)
        .map((snippet) => snippet.code)
        .join()
      assert.ok(code.includes(`client_id="${client.id}"`))
      assert.ok(code.includes('redirect_uri="https://mine.example.com/cb?a=1&b=2"'))
      assert.ok(code.includes(`redirect_uri=${encodeURIComponent('https://mine.example.com/cb?a=1&b=2')}&`))
      assert.ok(page.includes(`<option value="${client.id}" selected>Mine</option>`), page)
      assert.ok(page.includes(`href="errors?client_id=${client.id}"`))
      assert.ok(page.includes(`href="/docs/zh-TW/auth-code-flow?client_id=${client.id}"`))
    })

    it('shows made-up values until an app is chosen, and never those of somebody else’s', async () => {
      const others = await webClient(test, { name: 'Not mine', createdBy: undefined })
      for (const page of [
        (await browser.get('/docs/en/auth-code-flow')).text,
        await shown(others),
        await shown({ id: '"><script>alert(1)</script>' }),
        (await open(`/docs/en/auth-code-flow?client_id=${others.id}`)).text,
      ]) {
        assert.ok(unescaped(page).includes('client_id="your-client-id"'))
        assert.ok(!page.includes('Not mine'))
        assert.ok(!page.includes(others.id))
        assert.doesNotMatch(page, /<script>|alert\(1\)/)
      }
    })

    it('lets no name of an app out of its place', async () => {
      const client = await own({ name: '</option></select><script>alert(1)</script>{{issuer}}' })
      const page = await shown(client)
      assert.doesNotMatch(page, /<script>/)
      assert.ok(page.includes('&lt;/option>&lt;/select>&lt;script>alert(1)&lt;/script>{{issuer}}'), page)
    })

    for (const redirectUri of [
      'https://app.example.com/"><script>alert(1)</script>',
      "https://app.example.com/';id;'",
      'https://app.example.com/$(id)',
      'https://app.example.com/`id`',
      'https://app.example.com/a\nid',
      'https://app.example.com/\\',
      'https://app.example.com/{{issuer}}',
    ]) {
      it(`puts nothing into a command that a shell would run: ${JSON.stringify(redirectUri)}`, async () => {
        const page = await shown(await own({ redirectUris: [redirectUri] }))
        assert.ok(unescaped(page).includes('redirect_uri="https://app.example.com/callback"'))
        assert.doesNotMatch(page, /<script>|\$\(id\)|`id`|;id;/)
      })
    }

    it('shows the guides inside, where they sign out and go elsewhere', async () => {
      const page = await shown({ id: '' })
      assert.ok(page.includes('href="/account/sessions"'))
      assert.ok(page.includes('action="/logout"'))
    })
  })
})

/** Every snippet with a name, by the page it stands on. */
const namedSnippets = (language: string): string[] =>
  guideSlugs.flatMap((slug) =>
    writtenSnippets('en', slug)
      .filter((snippet) => snippet.language === language && snippet.name !== '')
      .map(({ name }) => `${slug}/${name}`),
  )

describe('code of the guides', () => {
  it('is the same in every language', () => {
    for (const { tag } of languages) {
      for (const slug of guideSlugs) {
        assert.deepEqual(writtenSnippets(tag, slug), writtenSnippets('en', slug), `${tag}/${slug}`)
      }
    }
  })

  it('is run below wherever it asks this server, and has a name there', () => {
    for (const slug of guideSlugs) {
      for (const { language, name, code } of writtenSnippets('en', slug)) {
        const runs = language === 'js' || (language === 'sh' && !code.startsWith('authgate '))
        assert.equal(name !== '', runs, `${slug}: ${code}`)
      }
    }
  })

  it('names no address but of this server and of examples, whatever the language', async (t) => {
    const test = await startTestApp()
    t.after(() => test.close())
    const { body } = await test.get('/.well-known/openid-configuration')
    const known = new Set([...Object.values(body).filter((value) => typeof value === 'string')].map(String))
    for (const also of ['/.well-known/openid-configuration', '/oauth/tokeninfo', '/device'])
      known.add(body.issuer + also)
    for (const slug of guideSlugs) {
      const { text: page } = await test.get(`/docs/en/${slug}`)
      for (const { code } of shownSnippets(page)) {
        for (const [address] of code.matchAll(/https?:\/\/[^\s"'?…]+/g)) {
          const example = /^https:\/\/(?:app|mcp|api)\.example\.com\//.test(address)
          assert.ok(example || known.has(address), `${slug}: ${address}`)
        }
      }
    }
  })
})

describe('commands of the guides', () => {
  const ran = new Set<string>()
  let server: Listening
  let reader: TestBrowser
  let app: WebClient
  let service: WebClient
  before(async () => {
    server = await startListening()
    reader = await server.test.signedIn()
    app = await ownClient(server.test, {
      scopes: ['openid', 'profile', 'email', 'offline_access', 'read', 'notes:read'],
      allowedResources: [mcpServer],
    })
    service = await ownClient(server.test, {
      type: 'confidential',
      grants: ['authorization_code', 'client_credentials', 'refresh_token'],
      introspectAny: true,
    })
    await openResource(server.test)
  })
  after(() => server.close())

  /** Runs a command as the page shows it to the owner of `client`. */
  async function run(shell: Shell, snippet: string, client: WebClient = app): Promise<string> {
    const [slug, name] = snippet.split('/')
    const page = await reader.get(`/docs/en/${slug}?client_id=${client.id}`)
    const found = shownSnippets(page.text).find((each) => each.name === name && each.language === 'sh')
    assert.ok(found !== undefined, snippet)
    ran.add(snippet)
    return (await shell.run(found.code)).trim()
  }
  const runJson = async (shell: Shell, snippet: string, client?: WebClient) =>
    JSON.parse(await run(shell, snippet, client))

  /** Follows the address that a command printed to the code that comes back. */
  async function codeFrom(shell: Shell, address: string): Promise<string> {
    const callback = await server.allow(address)
    if (shell.variables.state !== undefined && !address.includes('request_uri=')) {
      assert.equal(callback.searchParams.get('state'), shell.variables.state)
    }
    assert.equal(callback.searchParams.get('iss'), server.url)
    return callback.searchParams.get('code')!
  }

  async function signedInShell(t: TestContext): Promise<Shell> {
    const shell = openShell(t)
    await run(shell, 'auth-code-flow/verifier')
    shell.variables.code = await codeFrom(shell, await run(shell, 'auth-code-flow/authorize'))
    const tokens = await runJson(shell, 'auth-code-flow/redeem')
    assert.equal(tokens.scope, 'openid profile email offline_access')
    const { access_token, refresh_token, id_token } = tokens
    Object.assign(shell.variables, { access_token, refresh_token, id_token })
    return shell
  }

  it('getting-started', async (t) => {
    const said = await runJson(openShell(t), 'getting-started/discovery')
    assert.equal(said.issuer, server.url)
  })

  it('auth-code-flow, and what follows it in oidc and tokens', async (t) => {
    const shell = await signedInShell(t)
    const person = await runJson(shell, 'oidc/userinfo')
    assert.equal(person.preferred_username, 'admin')
    assert.equal((await runJson(shell, 'tokens/use')).sub, person.sub)
    const refreshed = await runJson(shell, 'tokens/refresh')
    assert.notEqual(refreshed.refresh_token, shell.variables.refresh_token)
    const goodbye = new URL(await run(shell, 'oidc/sign-out'))
    const asked = await server.test.browser().get(goodbye.pathname + goodbye.search)
    assert.ok(asked.status < 400, asked.text)
    shell.variables.refresh_token = refreshed.refresh_token
    await run(shell, 'tokens/revoke')
    const after = await server.test.get('/oauth/userinfo', {
      authorization: `Bearer ${refreshed.access_token}`,
    })
    assert.equal(after.status, 401)
  })

  it('auth-code-flow with a secret', async (t) => {
    const shell = openShell(t)
    shell.variables.client_secret = secret
    await run(shell, 'auth-code-flow/verifier', service)
    shell.variables.code = await codeFrom(shell, await run(shell, 'auth-code-flow/authorize', service))
    const tokens = await runJson(shell, 'auth-code-flow/redeem-confidential', service)
    assert.equal(claimsOf(tokens.access_token).client_id, service.id)
  })

  it('auth-code-flow with a pushed request', async (t) => {
    const shell = openShell(t)
    await run(shell, 'auth-code-flow/verifier')
    const { request_uri } = await runJson(shell, 'auth-code-flow/push')
    shell.variables.request_uri = request_uri
    shell.variables.code = await codeFrom(shell, await run(shell, 'auth-code-flow/authorize-pushed'))
    assert.equal(typeof (await runJson(shell, 'auth-code-flow/redeem')).access_token, 'string')
  })

  it('device-flow', async (t) => {
    const shell = openShell(t)
    const codes = await runJson(shell, 'device-flow/device-codes')
    assert.equal(codes.verification_uri, `${server.url}/device`)
    shell.variables.device_code = codes.device_code
    assert.equal((await runJson(shell, 'device-flow/device-poll')).error, 'authorization_pending')
    await server.allowDevice(codes.user_code)
    server.test.clock.advance(codes.interval)
    assert.equal(typeof (await runJson(shell, 'device-flow/device-poll')).access_token, 'string')
  })

  it('client-credentials, and what an API does with the token', async (t) => {
    const shell = openShell(t)
    shell.variables.client_secret = secret
    const { access_token } = await runJson(shell, 'client-credentials/client-token', service)
    shell.variables.access_token = access_token
    assert.equal(
      (await runJson(shell, 'client-credentials/who-am-i', service)).user_id,
      `client:${service.id}`,
    )
    const { keys } = await runJson(shell, 'jwt-verification/keys', service)
    const header = JSON.parse(Buffer.from(access_token.split('.')[0], 'base64url').toString())
    assert.ok(keys.some(({ kid }: { kid: string }) => kid === header.kid))
    const introspected = await runJson(shell, 'jwt-verification/introspect', service)
    assert.equal(introspected.active, true)
    assert.equal(introspected.client_id, service.id)
  })

  it('errors', async (t) => {
    assert.equal((await runJson(openShell(t), 'errors/wrong')).error, 'unsupported_grant_type')
  })

  it('mcp', async (t) => {
    const shell = openShell(t)
    await run(shell, 'auth-code-flow/verifier')
    shell.variables.code = await codeFrom(shell, await run(shell, 'mcp/authorize-mcp'))
    const { access_token } = await runJson(shell, 'mcp/redeem-mcp')
    assert.equal(claimsOf(access_token).aud, mcpServer)
  })

  it('are all run', () => {
    assert.deepEqual([...ran].sort(), namedSnippets('sh').sort())
  })
})

describe('JavaScript of the guides', () => {
  const ran = new Set<string>()
  let server: Listening
  let reader: TestBrowser
  let app: WebClient
  let service: WebClient
  before(async () => {
    // Libraries refuse a server without https.
    server = await startListening({}, { tls: true })
    reader = await server.test.signedIn()
    app = await ownClient(server.test)
    service = await ownClient(server.test, {
      type: 'confidential',
      grants: ['authorization_code', 'client_credentials', 'refresh_token'],
      scopes: ['openid', 'profile', 'email', 'offline_access', 'read', 'notes:read'],
      allowedResources: [mcpServer],
    })
    process.env.CLIENT_SECRET = secret
  })
  after(async () => {
    delete process.env.CLIENT_SECRET
    await server.close()
  })

  async function load(t: TestContext, snippet: string, client: WebClient = service): Promise<Shown> {
    const [slug, name] = snippet.split('/')
    const page = await reader.get(`/docs/en/${slug}?client_id=${client.id}`)
    const found = shownSnippets(page.text).find((each) => each.name === name && each.language === 'js')
    assert.ok(found !== undefined, snippet)
    ran.add(snippet)
    server.synchronize()
    return loadShown(t, found.code)
  }

  it('auth-code-flow, then tokens', async (t) => {
    const { startSignIn, finishSignIn } = await load(t, 'auth-code-flow/sign-in')
    const { url, checks } = await startSignIn!()
    const tokens = await finishSignIn!(await server.allow(url), checks)
    assert.equal(tokens.scope, 'openid profile email offline_access')

    const { refresh, signOut } = await load(t, 'tokens/refresh')
    let kept = tokens
    const store = {
      load: async () => kept,
      async save(fresh: typeof kept) {
        kept = fresh
      },
    }
    const fresh = await refresh!(store)
    assert.notEqual(kept.refresh_token, tokens.refresh_token)
    const userinfo = () => server.test.get('/oauth/userinfo', { authorization: `Bearer ${fresh}` })
    assert.equal((await userinfo()).status, 200)
    await signOut!(store)
    assert.equal((await userinfo()).status, 401)
  })

  it('device-flow', { timeout: 60_000 }, async (t) => {
    const { signIn } = await load(t, 'device-flow/device', app)
    const allowed: Promise<void>[] = []
    const tokens = await signIn!((address: string, code: string) => {
      assert.equal(address, `${server.url}/device`)
      allowed.push(server.allowDevice(code))
    })
    await Promise.all(allowed)
    assert.equal(typeof tokens.access_token, 'string')
  })

  it('client-credentials, then jwt-verification', async (t) => {
    const { accessToken } = await load(t, 'client-credentials/client-token')
    const token = await accessToken!()
    assert.equal(await accessToken!(), token)
    const { checkAccessToken } = await load(t, 'jwt-verification/verify')
    assert.equal((await checkAccessToken!(token, 'read')).client_id, service.id)
    await assert.rejects(checkAccessToken!(token, 'write'), /insufficient_scope/)
  })

  it('oidc', async (t) => {
    const { startSignIn, person, signOutUrl } = await load(t, 'oidc/person')
    const { url, checks } = await startSignIn!()
    assert.equal((await person!(await server.allow(url), checks)).preferred_username, 'admin')
    assert.equal((await signOutUrl!('a.b.c')).pathname, '/oauth/end_session')
  })

  it('mcp: good for this MCP server, and for no other', async (t) => {
    await openResource(server.test)
    const fields = { grant_type: 'client_credentials', scope: 'notes:read', resource: mcpServer }
    const answer = await server.test.post('/oauth/token', fields, { authorization: service.basic! })
    assert.equal(answer.status, 200, answer.text)
    const { checkAccessToken } = await load(t, 'mcp/verify-mcp')
    assert.equal((await checkAccessToken!(answer.body.access_token)).aud, mcpServer)
    const { accessToken } = await load(t, 'client-credentials/client-token')
    await assert.rejects(checkAccessToken!(await accessToken!()), /unexpected "aud"/)
  })

  it('is all run', () => {
    assert.deepEqual([...ran].sort(), namedSnippets('js').sort())
  })
})
