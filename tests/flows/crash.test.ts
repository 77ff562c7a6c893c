/** What survives the end of the process: sudden, orderly, and impatient; and what stops a start. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { lookAtDatabase } from '../support/database-look.ts'
import { freePort } from '../support/free-port.ts'
import { createHttpBrowser, postForm } from '../support/http-browser.ts'
import { deviceCodeGrant } from '../support/oauth-client.ts'
import { runAuthgate, type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { adminPassword } from '../support/test-app.ts'
import { type Answered, createMachine, eachOf, type MachineClient, signDevicesIn, startLoad } from './load.ts'

const environment = { ENABLE_RATE_LIMIT: 'false', DEFAULT_ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'warn' }
/** So many answers of each kind come before the end. */
const enough = 100
const refreshers = 8

const signals = async (server: ServerProcess, signal: NodeJS.Signals) => {
  const startedAt = performance.now()
  server.server.child.kill(signal)
  const { exitCode } = await server.server.ended
  return { exitCode, seconds: (performance.now() - startedAt) / 1000 }
}

async function count(folder: string, table: string): Promise<number> {
  const look = await lookAtDatabase(join(folder, 'authgate.db'))
  try {
    return Number((await look.rows(`select count(*) as n from ${table}`))[0]!.n)
  } finally {
    await look.close()
  }
}

describe('a server that is killed under load', () => {
  let first: ServerProcess
  let second: ServerProcess
  let machine: MachineClient
  let answered: Answered
  let keysBefore: unknown
  const browser = () => createHttpBrowser(first.url)
  let visitor: ReturnType<typeof createHttpBrowser>

  const keys = async ({ url }: ServerProcess): Promise<unknown> =>
    (await fetch(`${url}/.well-known/jwks.json`)).json()

  before(async () => {
    first = await startServerProcess(environment)
    machine = await createMachine(first)
    visitor = browser()
    await visitor.signIn('admin', adminPassword)
    keysBefore = await keys(first)
    const load = startLoad(first, machine, await signDevicesIn(first, adminPassword, refreshers))
    answered = load.answered
    await load.atLeast(enough)
    first.server.child.kill('SIGKILL')
    await first.server.ended
    await load.ended
    second = await startServerProcess(environment, first.folder)
  })
  after(async () => {
    await second?.stop()
    await first?.stop()
  })

  it('answered plenty before, and nothing but successes', () => {
    assert.deepEqual(answered.refusals, [])
    for (const list of [answered.machineTokens, answered.deviceCodes, answered.refreshedTokens]) {
      assert.ok(list.length >= enough, `${list.length} answers`)
    }
  })

  it('knows every access token it answered', async () => {
    let known = 0
    await eachOf([...answered.machineTokens, ...answered.refreshedTokens], async (token) => {
      const { body } = await postForm(`${second.url}/oauth/introspect`, {
        client_id: machine.id,
        client_secret: machine.secret,
        token,
      })
      if (body.active === true) known++
    })
    assert.equal(known, answered.machineTokens.length + answered.refreshedTokens.length)
  })

  it('refreshes every refresh token it answered, also when the kill came between commit and answer', async () => {
    const statuses = await Promise.all(
      answered.refreshTokens.map(async (refresh_token) => {
        const fields = { client_id: second.clientId, grant_type: 'refresh_token', refresh_token }
        return (await postForm(`${second.url}/oauth/token`, fields)).status
      }),
    )
    assert.deepEqual(statuses, Array(refreshers).fill(200))
  })

  it('knows every device code it answered', async () => {
    const answers = new Set<string>()
    await eachOf(answered.deviceCodes, async (device_code) => {
      const fields = { client_id: second.clientId, grant_type: deviceCodeGrant, device_code }
      answers.add((await postForm(`${second.url}/oauth/token`, fields)).body.error)
    })
    assert.deepEqual([...answers], ['authorization_pending'])
  })

  it('has the same keys, clients and browser sessions as before', async () => {
    assert.deepEqual(await keys(second), keysBefore)
    assert.equal(second.clientId, first.clientId)
    const again = createHttpBrowser(second.url)
    for (const [name, value] of visitor.cookies) again.cookies.set(name, value)
    const page = await again.get('/account/sessions')
    assert.equal(page.status, 200)
    assert.match(page.text, /Sign out/)
  })
})

describe('a server that is asked to stop', () => {
  const open: Socket[] = []
  const servers: ServerProcess[] = []
  const start = async (more: Record<string, string> = {}): Promise<ServerProcess> => {
    const server = await startServerProcess({ ...environment, ...more })
    servers.push(server)
    return server
  }
  after(async () => {
    for (const socket of open) socket.destroy()
    for (const server of servers) await server.stop()
  })

  /** A request whose body never comes to an end. */
  const unfinished = async ({ url }: ServerProcess): Promise<void> => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    open.push(socket)
    socket.on('error', () => undefined)
    socket.write(
      'POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\ngrant',
    )
    await delay(100)
  }

  it('answers everything it took on, writes the audit log, and ends with 0', async () => {
    const server = await start()
    const machine = await createMachine(server)
    const { answered, atLeast, ended } = startLoad(
      server,
      machine,
      await signDevicesIn(server, adminPassword, refreshers),
    )
    await atLeast(enough)
    const { exitCode, seconds } = await signals(server, 'SIGTERM')
    await ended
    assert.equal(exitCode, 0, server.server.output.err)
    assert.ok(seconds < 5, `stopped after ${seconds} s`)
    assert.deepEqual(answered.refusals, [])

    // What was done was answered, and what was answered was written down.
    const rows = (table: string) => count(server.folder, table)
    const { machineTokens, refreshedTokens, deviceCodes } = answered
    assert.deepEqual(
      {
        machineTokens: await rows('access_tokens where account_id is null'),
        refreshedTokens: await rows('access_tokens where account_id is not null'),
        deviceCodes: await rows('device_grants'),
        machineAudit: await rows(`audit_log where event_type = 'CLIENT_CREDENTIALS_TOKEN_ISSUED'`),
        refreshAudit: await rows(`audit_log where event_type = 'TOKEN_REFRESHED'`),
        deviceAudit: await rows(`audit_log where event_type = 'DEVICE_CODE_GENERATED'`),
      },
      {
        machineTokens: machineTokens.length,
        refreshedTokens: refreshedTokens.length + refreshers,
        deviceCodes: deviceCodes.length + refreshers,
        machineAudit: machineTokens.length,
        refreshAudit: refreshedTokens.length,
        deviceAudit: deviceCodes.length + refreshers,
      },
    )
  })

  it('does not wait longer than its limit for a request that never ends', async () => {
    const server = await start({ SERVER_SHUTDOWN_TIMEOUT: '1s' })
    await unfinished(server)
    const { exitCode, seconds } = await signals(server, 'SIGTERM')
    assert.equal(exitCode, 0)
    assert.ok(seconds >= 0.9 && seconds < 4, `stopped after ${seconds} s`)
  })

  it('stops at once when it is asked again', async () => {
    const server = await start({ SERVER_SHUTDOWN_TIMEOUT: '60s' })
    await unfinished(server)
    server.server.child.kill('SIGTERM')
    await delay(200)
    assert.equal(server.server.child.exitCode, null, 'it waits for the request')
    const { exitCode, seconds } = await signals(server, 'SIGTERM')
    assert.equal(exitCode, 1)
    assert.ok(seconds < 1, `stopped after ${seconds} s`)
  })

  it('does not start again with another encryption key, says so, and changes nothing', async () => {
    const server = await start()
    await signals(server, 'SIGTERM')
    const file = (name: string) => readFileSync(join(server.folder, name), 'utf8')
    const contents = async () => {
      const look = await lookAtDatabase(join(server.folder, 'authgate.db'))
      try {
        const tables = ['signing_keys', 'accounts', 'clients', 'audit_log']
        return await Promise.all(tables.map((table) => look.rows(`select * from ${table} order by 1`)))
      } finally {
        await look.close()
      }
    }
    const before = {
      rows: await contents(),
      key: file('authgate.key'),
      credentials: file('authgate-credentials.txt'),
    }
    await assert.rejects(
      startServerProcess(
        { ...environment, ENCRYPTION_KEY: randomBytes(32).toString('base64') },
        server.folder,
      ),
      /Failed to start server: the signing keys .* another encryption key: .*ENCRYPTION_KEY/,
    )
    assert.deepEqual(
      { rows: await contents(), key: file('authgate.key'), credentials: file('authgate-credentials.txt') },
      before,
    )
    const again = await startServerProcess(environment, server.folder)
    await again.stop()
  })

  it('does not start at all in a folder it cannot write to, and says which', async () => {
    const { folder } = await start()
    const readOnly = join(folder, 'read-only')
    mkdirSync(readOnly, { mode: 0o500 })
    // The superuser writes anywhere, unless that capability is taken away.
    const asAnybody =
      process.getuid?.() === 0 ? ['setpriv', '--inh-caps=-dac_override', '--bounding-set=-dac_override'] : []
    const settings = { ...environment, SERVER_ADDR: `127.0.0.1:${await freePort()}`, DATA_DIR: readOnly }
    for (const more of [{}, { ENCRYPTION_KEY: randomBytes(32).toString('base64') }]) {
      const database = join(folder, `database-${Object.keys(more).length}.db`)
      const command = runAuthgate(['server'], { ...settings, ...more, DATABASE_PATH: database }, folder, {
        wrapper: asAnybody,
      })
      const { exitCode, out, err } = await command.ended
      assert.equal(exitCode, 1, out)
      assert.match(err, /could not be written to .*read-only.*: make the folder writable/)
      assert.doesNotMatch(err, /\n\s+at /, 'no stack')
    }
    chmodSync(readOnly, 0o700)
    assert.deepEqual(readdirSync(readOnly), [])
  })
})
