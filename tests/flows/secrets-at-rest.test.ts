/**
 * After every flow has run: nothing that opens anything is in the database files or in the log, in no form a thief
 * could use.
 */
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createEncryption, parseEncryptionKeys } from '../../src/shared/encryption.ts'
import { createSystemRandom } from '../../src/shared/random.ts'
import { lookAtDatabase } from '../support/database-look.ts'
import { createHttpBrowser, postForm } from '../support/http-browser.ts'
import { deviceCodeGrant } from '../support/oauth-client.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'

const initialAccessToken = 'k9Wv2mQx7Lr4Zt8Np1Bc6Yd3Hf5Gj0Sa'

describe('secrets', () => {
  let server: ServerProcess
  /** What must not be found, by what it is. */
  const secrets = new Map<string, string>()
  /** Key material, as bytes. */
  const keys = new Map<string, Buffer>()
  /** The database and what belongs to it, while the server runs and after it has ended. */
  const files = new Map<string, Buffer>()
  let log: string

  const readFiles = (when: string): void => {
    for (const name of readdirSync(server.folder)) {
      if (name.startsWith('authgate.db'))
        files.set(`${name} ${when}`, readFileSync(join(server.folder, name)))
    }
  }

  before(async () => {
    server = await startServerProcess({
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
      METRICS_ENABLED: 'true',
      METRICS_TOKEN: 'a metrics token of more than thirty-two characters',
      ENABLE_DYNAMIC_CLIENT_REGISTRATION: 'true',
      DYNAMIC_CLIENT_REGISTRATION_TOKEN: initialAccessToken,
    })
    secrets.set('the metrics token', 'a metrics token of more than thirty-two characters')
    await everyFlow(server, (what, value) => {
      assert.ok(value !== undefined && value.length >= 8, what)
      secrets.set(what, value)
    })
    await collectKeys(server, keys)
    readFiles('in use')
    server.server.child.kill('SIGTERM')
    const { out, err, exitCode } = await server.server.ended
    assert.equal(exitCode, 0, err)
    log = out + err
    readFiles('at rest')
  })
  after(() => server.stop())

  it('the search finds what is there', () => {
    assert.ok([...files.keys()].includes('authgate.db-wal in use'))
    const everything = Buffer.concat([...files.values()])
    assert.ok(everything.includes(server.clientId))
    assert.ok(everything.includes('DEVICE_CODE_AUTHORIZED'))
    for (const line of ['device allowed', '/oauth/token', 'refresh_token.reused'])
      assert.ok(log.includes(line), line)
    assert.ok(secrets.size > 20, `${secrets.size} secrets`)
    assert.ok(keys.size >= 3, `${keys.size} keys`)
  })

  it('none is in the database, whole or in its telling part', () => {
    const found: string[] = []
    for (const [name, bytes] of files) {
      for (const [what, value] of secrets) {
        for (const form of formsOf(value)) if (bytes.includes(form)) found.push(`${what} in ${name}`)
      }
      for (const [what, key] of keys) {
        for (const form of [key, key.toString('base64'), key.toString('base64url'), key.toString('hex')]) {
          if (bytes.includes(form)) found.push(`${what} in ${name}`)
        }
      }
    }
    assert.deepEqual(found, [])
  })

  it('none is in the log', () => {
    const found: string[] = []
    for (const [what, value] of secrets) {
      for (const form of formsOf(value)) if (log.includes(form.toString())) found.push(what)
    }
    for (const [what, key] of keys) {
      for (const encoding of ['base64', 'base64url', 'hex'] as const) {
        if (log.includes(key.toString(encoding))) found.push(what)
      }
    }
    assert.deepEqual(found, [])
    assert.doesNotMatch(log, /PRIVATE KEY/)
  })

  it('the log has no query strings and no paths as they were sent', () => {
    assert.doesNotMatch(log, /user_code=|[?&]redirect=|query-of-the-test|path-of-the-test/)
    const lines = log.trimEnd().split('\n')
    assert.ok(lines.length > 60)
    for (const line of lines) assert.doesNotThrow(() => JSON.parse(line), line)
  })

  it('what the server wrote for itself can be read by its owner only', () => {
    for (const name of ['authgate.key', 'authgate-credentials.txt']) {
      assert.equal(statSync(join(server.folder, name)).mode & 0o777, 0o600, name)
    }
  })
})

/** A secret as it is, the part of it that is random, and the bytes that part stands for. */
function formsOf(secret: string): Buffer[] {
  const forms = [Buffer.from(secret)]
  const random = /[._]([\w-]{43,})$/.exec(secret)?.[1]
  if (random !== undefined) forms.push(Buffer.from(random), Buffer.from(random, 'base64url'))
  return forms
}

/** Runs everything a person, a device and a machine can do, and hands each secret that went by to `keep`. */
async function everyFlow(
  server: ServerProcess,
  keep: (what: string, value: string | undefined) => void,
): Promise<void> {
  const { url, clientId: client_id, folder } = server
  const credentials = readFileSync(join(folder, 'authgate-credentials.txt'), 'utf8')
  const adminPassword = /^password: (.+)$/m.exec(credentials)![1]!
  keep('the password of the first account', adminPassword)

  const authgate = async (...args: string[]): Promise<Record<string, string>> => {
    const { out, err, exitCode } = await server.run([...args, '--json']).ended
    assert.equal(exitCode, 0, err)
    return JSON.parse(out)
  }
  const grants = ['client_credentials', 'device_code', 'refresh_token'].flatMap((grant) => ['--grant', grant])
  const machine = await authgate('client', 'create', '--name', 'machine', '--type', 'confidential', ...grants)
  keep('a client secret', machine.client_secret)
  const ana = await authgate(
    ...['user', 'create', '--username', 'ana', '--email', 'ana@example.com', '--keep-password'],
  )
  keep('a generated password', ana.password)

  // A client that registers itself, reads that and is refused.
  keep('the initial access token', initialAccessToken)
  const registration = (path: string, bearer: string, init: RequestInit = {}) =>
    fetch(url + path, {
      ...init,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
    })
  const document = JSON.stringify({ redirect_uris: ['https://app.example.com/'] })
  const answer = await registration('/oauth/register', initialAccessToken, { method: 'POST', body: document })
  const registered = (await answer.json()) as Record<string, string>
  keep('the secret of a registered client', registered.client_secret)
  const access = registered.registration_access_token!
  keep('a registration access token', access)
  assert.equal((await registration(`/oauth/register/${registered.client_id}`, access)).status, 200)
  assert.equal((await registration(`/oauth/register/${client_id}`, access)).status, 401)

  // A person: wrong and right passwords, pages, sign-out.
  const person = createHttpBrowser(url)
  const wrongPassword = 'a-wrong-password-somebody-typed'
  keep('a wrong password', wrongPassword)
  await assert.rejects(person.signIn('ana', wrongPassword))
  await assert.rejects(person.signIn('nobody-here', wrongPassword))
  await person.signIn('ana', ana.password!)
  const keepCookies = (who: string): void => {
    for (const [name, value] of person.cookies) keep(`the cookie ${name} ${who}`, value)
  }
  keepCookies('of a person')
  await person.submit('/login', { csrf_token: 'x'.repeat(43), username: 'ana', password: wrongPassword })

  // A device: allowed, denied, guessed, polled.
  const token = `${url}/oauth/token`
  const askForCode = async (what: string) => {
    const { body } = await postForm(`${url}/oauth/device/code`, { client_id })
    keep(`the device code ${what}`, body.device_code)
    keep(`the user code ${what}`, body.user_code)
    keep(`the user code ${what} without its dash`, body.user_code.replace('-', ''))
    return body as { device_code: string; user_code: string }
  }
  const poll = (device_code: string) =>
    postForm(token, { grant_type: deviceCodeGrant, device_code, client_id })
  const [allowed, denied, waiting] = [
    await askForCode('that is allowed'),
    await askForCode('that is denied'),
    await askForCode('that waits'),
  ]
  assert.equal((await poll(waiting.device_code)).status, 400)
  assert.equal((await poll(waiting.device_code)).status, 400)
  assert.equal((await person.get(`/device?user_code=${waiting.user_code}`)).status, 200)
  assert.equal(
    (await person.get(`/device?user_code=${waiting.user_code.toLowerCase()}&more=query-of-the-test`)).status,
    200,
  )
  assert.equal((await createHttpBrowser(url).get(`/device?user_code=${waiting.user_code}`)).status, 303)
  assert.equal((await person.decide(allowed.user_code, 'approve')).status, 303)
  assert.equal((await person.decide(denied.user_code, 'deny')).status, 303)
  const first = await poll(allowed.device_code)
  assert.equal(first.status, 200)
  assert.equal((await poll(allowed.device_code)).status, 400)
  assert.equal((await poll(denied.device_code)).status, 400)

  // Tokens: refreshed, refreshed again by a retry, stolen, looked at, revoked.
  const keepTokens = (what: string, { body }: Awaited<ReturnType<typeof postForm>>): void => {
    keep(`the access token ${what}`, body.access_token)
    if (body.refresh_token !== undefined) keep(`the refresh token ${what}`, body.refresh_token)
  }
  keepTokens('of a device', first)
  const refresh = (refresh_token: string) =>
    postForm(token, { grant_type: 'refresh_token', refresh_token, client_id })
  const second = await refresh(first.body.refresh_token)
  keepTokens('of a refresh', second)
  keepTokens('of a retry', await refresh(first.body.refresh_token))
  const third = await refresh(second.body.refresh_token)
  keepTokens('of a second refresh', third)
  // The first one comes back after its successor was used: the alarm.
  assert.equal((await refresh(first.body.refresh_token)).status, 400)
  const basic = `Basic ${Buffer.from(`${machine.client_id}:${machine.client_secret}`).toString('base64')}`
  keep('an Authorization header', basic.slice('Basic '.length))
  const own = await postForm(token, { grant_type: 'client_credentials' }, { authorization: basic })
  assert.equal(own.status, 200)
  keepTokens('of a machine', own)
  const wrongSecret = { client_id: machine.client_id!, client_secret: 'a-wrong-secret-somebody-sent' }
  keep('a wrong client secret', wrongSecret.client_secret)
  assert.equal((await postForm(token, { grant_type: 'client_credentials', ...wrongSecret })).status, 401)
  for (const value of [own.body.access_token, third.body.access_token, 'agm_of.nothing']) {
    await postForm(`${url}/oauth/introspect`, { token: value }, { authorization: basic })
    await fetch(`${url}/oauth/tokeninfo`, { headers: { authorization: `Bearer ${value}` } })
  }
  await postForm(`${url}/oauth/revoke`, { token: own.body.access_token }, { authorization: basic })

  // What does not belong there: secrets in paths and queries, broken and oversized requests, a wrong metrics token.
  await fetch(`${url}/path-of-the-test/${third.body.refresh_token}?token=${third.body.access_token}`)
  await fetch(`${url}/oauth/tokeninfo?access_token=${third.body.access_token}&more=query-of-the-test`)
  await fetch(`${url}/%zz?${allowed.device_code}`)
  await postForm(token, { grant_type: 'x'.repeat(70_000), refresh_token: third.body.refresh_token })
  await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${third.body.access_token}` } })

  // The end: signed out, signed in again, password replaced, disabled.
  await person.get('/logout')
  assert.equal((await person.submit('/logout')).status, 303)
  await person.signIn('ana', ana.password!)
  keepCookies('who signed in again')
  const reset = await authgate('user', 'reset-password', 'ana')
  keep('a password that was reset', reset.password)
  await authgate('user', 'disable', 'ana')
  await authgate('client', 'delete', machine.client_id!)
  const admin = createHttpBrowser(url)
  await admin.signIn('admin', adminPassword)
  for (const [name, value] of admin.cookies) keep(`the cookie ${name} of the administrator`, value)
  await admin.get('/account/sessions')
  await admin.submit('/account/sessions/revoke-all')
}

/** The signing keys in the clear, and the key they are stored under. */
async function collectKeys({ folder }: ServerProcess, keys: Map<string, Buffer>): Promise<void> {
  const text = readFileSync(join(folder, 'authgate.key'), 'utf8').trim()
  const operatorKeys = parseEncryptionKeys(text)
  keys.set('the encryption key', operatorKeys[0]!)
  const encryption = createEncryption(operatorKeys, createSystemRandom())
  const look = await lookAtDatabase(join(folder, 'authgate.db'))
  for (const row of await look.rows('select kid, encrypted_private_key from signing_keys')) {
    const der = encryption.decrypt(Buffer.from(row.encrypted_private_key as Uint8Array), 'signing key')
    keys.set(`the signing key ${row.kid}`, der)
    const { d } = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
    keys.set(`the private number of ${row.kid}`, Buffer.from(d!, 'base64url'))
  }
  await look.close()
}
