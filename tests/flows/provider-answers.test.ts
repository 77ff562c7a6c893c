/** What single providers do of their own: tenants, addresses, names, and ID tokens that are not what they should be. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { signInThrough, throughProvider } from '../support/identity-providers/all.ts'
import { type Github, startGithub } from '../support/identity-providers/github.ts'
import { type Microsoft, startMicrosoft, tenants } from '../support/identity-providers/microsoft.ts'
import { type OpenidProvider, startOpenidProvider } from '../support/identity-providers/openid.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

const accountNamed = (test: TestApp, username: string) =>
  test.app.storage.read.accounts.findByUsername(username)

describe('sign-in with GitHub', () => {
  let github: Github
  let test: TestApp
  const start = async (): Promise<void> => {
    github = await startGithub()
    test = await startTestApp({ environment: github.settings })
  }
  const signIn = () => signInThrough({ ...github, name: 'github' }, test.browser())
  afterEach(async () => {
    await test.close()
    await github.close()
  })

  it('reads no address but a verified one of the list: not that of the profile, none that is unchecked', async () => {
    await start()
    github.user.emails = [{ email: 'octo@example.com', primary: true, verified: false }]
    assert.match((await signIn()).text, /did not tell your email address/)
    github.user.emails.push({ email: 'second@example.com', primary: false, verified: true })
    assert.equal((await signIn()).status, 303)
    assert.equal((await accountNamed(test, 'octo-cat'))!.email, 'second@example.com')
  })

  it('does without the list where its scope was not granted', async () => {
    await start()
    github.override('/api/v3/user/emails', (_request, response) => void response.writeHead(404).end('{}'))
    assert.match((await signIn()).text, /did not tell your email address/)
  })

  it('gives a name that is taken or reserved another ending, and none the name of the address', async () => {
    await start()
    github.user.login = 'admin'
    await signIn()
    assert.ok(await accountNamed(test, 'admin-github'))
    Object.assign(github.user, {
      id: 2,
      login: '漢字',
      emails: [{ email: 'Jü.rgen@example.com', primary: true, verified: true }],
    })
    await signIn()
    assert.ok(await accountNamed(test, 'ju-rgen'))
    Object.assign(github.user, {
      id: 3,
      emails: [{ email: '漢字@example.com', primary: true, verified: true }],
    })
    await signIn()
    assert.ok(await accountNamed(test, 'github-user'))
  })

  it('leaves a dead provider alone after five failures, says so at once, and comes back', async () => {
    await start()
    github.override('/login/oauth/access_token', (request) => void request.socket.destroy())
    for (let attempt = 1; attempt <= 5; attempt++) assert.equal((await signIn()).status, 503)
    const asked = github.seen.length
    const answer = await test
      .browser()
      .get(await throughProvider({ ...github, name: 'github' }, test.browser()))
    assert.equal(answer.status, 400, 'the callback of another browser')
    assert.equal((await signIn()).status, 503)
    assert.equal(github.seen.slice(asked).filter(({ path }) => path.endsWith('/access_token')).length, 0)
    github.override('/login/oauth/access_token', undefined)
    test.clock.advance(15)
    assert.equal((await signIn()).status, 303)
  })

  const hostile: Record<string, string> = {
    'no JSON': '<html>',
    'a list': '[]',
    'no id': '{"login":"octo"}',
    'an id of another type': '{"id":"1","login":"octo"}',
    'a huge body': `"${'x'.repeat(300_000)}"`,
  }
  for (const [title, body] of Object.entries(hostile)) {
    it(`signs nobody in with ${title} for a profile`, async () => {
      await start()
      github.override('/api/v3/user', (_request, response) => void response.end(body))
      const { status } = await signIn()
      assert.ok(status === 502 || status === 503, String(status))
      assert.equal((await test.app.storage.read.accounts.list({ limit: 5 })).length, 1)
    })
  }
})

describe('sign-in with Microsoft', () => {
  let microsoft: Microsoft
  let test: TestApp
  const start = async (configured?: string): Promise<void> => {
    microsoft = await startMicrosoft(configured)
    test = await startTestApp({ environment: microsoft.settings })
  }
  const signIn = () => signInThrough({ ...microsoft, name: 'microsoft' }, test.browser())
  const prepare = async (): Promise<void> => {
    await test.administration.accounts.create(
      {
        username: 'local-adele',
        email: 'adelev@example.com',
        emailVerified: true,
        role: 'user',
        password: 'a password of adele',
      },
      { type: 'system' },
    )
  }
  afterEach(async () => {
    await test.close()
    await microsoft.close()
  })

  it('believes the one tenant that is set about addresses, and no other', async () => {
    await start()
    await prepare()
    assert.equal((await signIn()).status, 303)
    assert.equal(await accountNamed(test, 'adelev'), undefined)
    microsoft.tenant = tenants.theirs
    const foreign = await signIn()
    assert.equal(foreign.status, 502)
    assert.match(foreign.text, /could not be trusted/)
  })

  for (const configured of ['common', 'organizations']) {
    it(`never joins by address for ${configured}, and tells tenants apart`, async () => {
      await start(configured)
      await prepare()
      assert.equal((await signIn()).status, 409)
      Object.assign(microsoft.user, { mail: 'adele@elsewhere.example', mailNickname: 'first' })
      assert.equal((await signIn()).status, 303)
      // The same object id in another tenant is somebody else.
      microsoft.tenant = tenants.theirs
      Object.assign(microsoft.user, { mail: 'adele2@elsewhere.example', mailNickname: 'second' })
      assert.equal((await signIn()).status, 303)
      assert.equal((await accountNamed(test, 'first'))!.emailVerified, false)
      assert.ok(await accountNamed(test, 'second'))
      microsoft.tenant = tenants.consumers
      assert.equal((await signIn()).status, configured === 'organizations' ? 502 : 409)
    })
  }

  it('calls people what they are called on premises, where their account comes from there', async () => {
    await start()
    Object.assign(microsoft.user, { onPremisesSyncEnabled: true, onPremisesSamAccountName: 'CORP.Adele' })
    await signIn()
    assert.ok(await accountNamed(test, 'corp-adele'))
  })

  const wrongClaims: Record<string, Record<string, unknown>> = {
    'an issuer of another tenant': { iss: `https://login.microsoftonline.com/${tenants.ours}/v2.0` },
    'another audience': { aud: 'another application' },
    'another nonce': { nonce: 'replayed' },
    'no nonce': { nonce: undefined },
    'a time that is over': { exp: Math.floor(Date.now() / 1000) - 3600 },
    'no tenant': { tid: undefined },
    'a tenant that is none': { tid: '../common' },
  }
  for (const [title, claims] of Object.entries(wrongClaims)) {
    it(`refuses an ID token with ${title}`, async () => {
      await start()
      microsoft.claims = claims
      assert.equal((await signIn()).status, 502)
      assert.equal(await accountNamed(test, 'adelev'), undefined)
    })
  }

  it('refuses an ID token that no published key has signed', async () => {
    await start()
    const other = await startMicrosoft()
    try {
      const keys = await (await fetch(`${other.url}/${tenants.ours}/discovery/v2.0/keys`)).text()
      microsoft.override(`/${tenants.ours}/discovery/v2.0/keys`, (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(keys)
      })
      assert.equal((await signIn()).status, 502)
    } finally {
      await other.close()
    }
  })
})

describe('sign-in with an OpenID provider', () => {
  let openid: OpenidProvider
  let test: TestApp
  afterEach(async () => {
    await test.close()
    await openid.close()
  })
  const start = async (): Promise<void> => {
    openid = await startOpenidProvider('http://localhost:8080')
    test = await startTestApp({ environment: openid.settings })
  }
  const signIn = () => signInThrough({ ...openid, name: 'oidc' }, test.browser())

  it('sends nobody anywhere while its metadata cannot be read', async () => {
    await start()
    openid.down = true
    const answer = await test.browser().get('/auth/login/oidc')
    assert.equal(answer.status, 503)
    assert.match(answer.text, /Example ID does not answer right now/)
    openid.down = false
    assert.equal((await signIn()).status, 303)
  })

  it('does not take an unverified address for a verified one', async () => {
    await start()
    openid.user.email_verified = false
    assert.equal((await signIn()).status, 303)
    assert.equal((await accountNamed(test, 'ida'))!.emailVerified, false)
  })

  it('refuses an answer of another issuer (RFC 9207)', async () => {
    await start()
    const browser = test.browser()
    const callback = await throughProvider({ ...openid, name: 'oidc' }, browser)
    assert.match(callback, /[?&]iss=/)
    const answer = await browser.get(callback.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example'))
    assert.equal(answer.status, 502)
  })

  it('asks for a fresh sign-in there, where an app asked for one here', async () => {
    await start()
    const browser = await test.signedIn()
    const page = await browser.get('/login?again=1')
    const [, href = ''] = /href="(\/auth\/login\/oidc[^"]*)"/.exec(page.text) ?? []
    const left = await browser.get(href.replaceAll('&amp;', '&'))
    assert.equal(new URL(String(left.headers.location)).searchParams.get('prompt'), 'login')
  })
})
