import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Actor, DomainEvent, EventOf } from '../events/catalogue.ts'
import { type Clock, instant } from '../shared/clock.ts'
import type { Ids } from '../shared/ids.ts'
import { Secret } from '../shared/secret.ts'
import type { Storage, Stores } from '../storage/storage.ts'
import { createAuditLog, cut, maskDetails, masked, toAuditRecord } from './audit.ts'
import type { AuditRecord } from './audit-record.ts'
import { auditRowKinds, auditRules, describeForAudit } from './audit-table.ts'
import { sampleEvents, sampleRequest } from './event-samples.fixture.ts'

const clock: Clock = { now: () => instant(0), monotonicSeconds: () => 0 }

function countingIds(): Ids {
  let last = 0
  return { next: <T extends string>() => String(++last) as T }
}

/** A storage that keeps batches and fails, or hangs, when told to. */
function setUp(bufferSize = 1000) {
  const batches: AuditRecord[][] = []
  const failures: unknown[] = []
  let dropped = 0
  let before: () => void | Promise<void> = () => {}
  const storage: Pick<Storage, 'transaction'> = {
    async transaction(body) {
      const written: AuditRecord[][] = []
      const audit = { insertMany: async (records: readonly AuditRecord[]) => void written.push([...records]) }
      const result = await body({ audit } as unknown as Stores)
      await before()
      batches.push(...written)
      return result
    },
  }
  const log = createAuditLog({
    storage,
    clock,
    ids: countingIds(),
    bufferSize,
    onDropped: (count) => {
      dropped += count
    },
    onWriteFailed: (error) => failures.push(error),
  })
  return {
    log,
    batches,
    failures,
    dropped: () => dropped,
    rows: () => batches.flat(),
    beforeCommit: (action: () => void | Promise<void>) => {
      before = action
    },
    publish(event: DomainEvent) {
      const handle = log.handlers[event.type] as ((event: DomainEvent) => void) | null
      handle?.(event)
    },
  }
}

const created = sampleEvents['client.created']
const numbered = (number: number): EventOf<'client.created'> => ({ ...created, clientId: `client-${number}` })

/** Lets everything that waits for nothing but promises happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a row says who did what to what, from where, and how it ended', () => {
  assert.deepEqual(toAuditRecord(sampleEvents['token.issued'], 1, countingIds()), {
    id: '1',
    eventType: 'ACCESS_TOKEN_ISSUED',
    at: 1_750_000_000_000,
    severity: 'INFO',
    actorId: 'account-1',
    actorName: 'ada',
    actorIp: '192.0.2.7',
    resourceType: 'TOKEN',
    resourceId: 'access-token-1',
    resourceName: 'Build robot',
    action: 'Tokens were issued.',
    details: {
      client_id: 'client-1',
      grant_type: 'device_code',
      grant_id: 'grant-1',
      account_id: 'account-1',
      access_token_id: 'access-token-1',
      refresh_token_id: 'refresh-token-1',
      scopes: ['a', 'b'],
    },
    success: true,
    errorMessage: undefined,
    requestId: 'request-1',
    userAgent: 'Mozilla/5.0',
    requestPath: '/oauth/token',
    requestMethod: 'POST',
  })
})

test('every event becomes one of the rows its rule lists, in plain sentences', () => {
  for (const [type, rule] of Object.entries(auditRules)) {
    if (rule === null) continue
    const entry = describeForAudit(sampleEvents[type as keyof typeof sampleEvents], 1)
    assert.ok(entry, type)
    assert.ok((rule.rows as readonly string[]).includes(entry.row), type)
    assert.match(entry.action, /^[A-Z].*\.$/, type)
  }
  for (const [name, kind] of Object.entries(auditRowKinds)) assert.match(kind.when, /^[A-Z].*\.$/, name)
})

test('every kind of row is made by some event', () => {
  const made = new Set<string>(Object.values(auditRules).flatMap((rule) => rule?.rows ?? []))
  assert.deepEqual(
    Object.keys(auditRowKinds).filter((name) => !made.has(name)),
    [],
  )
})

test('the kind of row follows the outcome', () => {
  const issued = sampleEvents['token.issued']
  const ended = sampleEvents['session.ended']
  const cases: [DomainEvent, string | undefined][] = [
    [{ ...issued, grantType: 'refresh_token' }, 'TOKEN_REFRESHED'],
    [{ ...issued, grantType: 'client_credentials' }, 'CLIENT_CREDENTIALS_TOKEN_ISSUED'],
    [{ ...issued, grantType: 'authorization_code' }, 'ACCESS_TOKEN_ISSUED'],
    [{ ...sampleEvents['token.refreshed'], result: 'success' }, undefined],
    [sampleEvents['token.refreshed'], 'TOKEN_REFRESH_FAILED'],
    [{ ...sampleEvents['token.revoked'], reason: 'rotation' }, undefined],
    [{ ...sampleEvents['token.revoked'], reason: 'user_request' }, 'TOKEN_REVOKED'],
    [{ ...sampleEvents['identity_provider.callback'], result: 'success' }, 'OAUTH_AUTHENTICATION'],
    [sampleEvents['identity_provider.callback'], 'OAUTH_AUTHENTICATION_FAILED'],
    [ended, 'LOGOUT'],
    [{ ...ended, byOwnLogout: false, reason: 'idle_timeout' }, 'SESSION_ENDED'],
    [sampleEvents['token.validated'], undefined],
    [sampleEvents['device_authorization.polled'], undefined],
  ]
  for (const [event, row] of cases) assert.equal(describeForAudit(event, 1)?.row, row, event.type)
  assert.equal(toAuditRecord(sampleEvents['refresh_token.reused'], 1, countingIds())?.severity, 'CRITICAL')
})

test('the actor column tells persons, clients, the command line and the server apart', () => {
  const cases: [Actor, string | undefined, string | undefined][] = [
    [{ type: 'account', id: 'a', name: 'ada' }, 'a', 'ada'],
    [{ type: 'client', id: 'c', name: 'Robot' }, 'client:c', 'Robot'],
    [{ type: 'command_line', name: 'root' }, 'command_line', 'root'],
    [{ type: 'system' }, 'system', undefined],
    [{ type: 'anonymous' }, undefined, undefined],
  ]
  for (const [actor, id, name] of cases) {
    const record = toAuditRecord({ ...created, actor }, 1, countingIds())
    assert.deepEqual([record?.actorId, record?.actorName], [id, name])
  }
})

test('secrets are masked by exact name, however it is written and however deep', () => {
  const details = {
    client_secret: 'x',
    clientSecret: 'x',
    Password: 'x',
    'Set-Cookie': ['x'],
    nested: { list: [{ refresh_token: 'x', kept: 1 }], device_code: { anything: 'x' } },
    absent: undefined,
    token: null,
    wrapped: new Secret('x'),
  }
  assert.deepEqual(maskDetails(details), {
    client_secret: masked,
    clientSecret: masked,
    Password: masked,
    'Set-Cookie': masked,
    nested: { list: [{ refresh_token: masked, kept: 1 }], device_code: masked },
    absent: undefined,
    token: null,
    wrapped: '[set]',
  })
})

test('harmless names that contain the word token or secret are not masked', () => {
  const details = {
    token_profile: 'short',
    token_id: 'id',
    access_token_id: 'id',
    tokens_revoked: 3,
    token_client_id: 'c',
    secret_rotated_at: 5,
    error_code: 'invalid_grant',
  }
  assert.deepEqual(maskDetails(details), details)
})

test('long text is cut to its column, never within a character', () => {
  assert.equal(cut('abcdef', 6), 'abcdef')
  assert.equal(cut('abcdefg', 6), 'abcde…')
  assert.equal(cut('abcd🙂fg', 6), 'abcd…')
  assert.equal(cut('abc🙂efg', 6), 'abc🙂…')
  assert.equal(cut('a\0b\ud800c', 10), 'a\uFFFDb\uFFFDc')
  assert.equal(cut(undefined, 3), undefined)
  const long = { ...sampleRequest, userAgent: '🙂'.repeat(400), path: `/${'x'.repeat(900)}` }
  const record = toAuditRecord({ ...created, request: long }, 1, countingIds())
  assert.equal(record?.userAgent, `${'🙂'.repeat(249)}…`)
  assert.equal(record?.requestPath?.length, 500)
})

test('events wait for a second, then are written in order as one batch', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { publish, batches, rows } = setUp()
  for (let number = 1; number <= 3; number++) publish(numbered(number))
  t.mock.timers.tick(999)
  await settle()
  assert.equal(batches.length, 0)
  t.mock.timers.tick(1)
  await settle()
  assert.equal(batches.length, 1)
  assert.deepEqual(
    rows().map((row) => row.resourceId),
    ['client-1', 'client-2', 'client-3'],
  )
})

test('a hundred events are written at once, and no batch is larger', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { publish, batches } = setUp()
  for (let number = 1; number <= 250; number++) publish(numbered(number))
  await settle()
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [100, 100],
  )
  t.mock.timers.tick(1000)
  await settle()
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [100, 100, 50],
  )
})

test('a failed batch is kept and written later, with growing pauses', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { publish, failures, rows, beforeCommit } = setUp()
  beforeCommit(() => {
    throw new Error('disk full')
  })
  const wait = async (milliseconds: number): Promise<void> => {
    t.mock.timers.tick(milliseconds)
    await settle()
  }
  publish(numbered(1))
  await wait(1000)
  assert.equal(failures.length, 1)
  // More events do not bring the next attempt forward.
  for (let number = 2; number <= 150; number++) publish(numbered(number))
  await wait(999)
  assert.equal(failures.length, 1)
  await wait(1)
  assert.equal(failures.length, 2)
  await wait(1999)
  assert.equal(failures.length, 2)
  beforeCommit(() => {})
  await wait(1)
  await wait(1000)
  assert.equal(failures.length, 2)
  assert.deepEqual(
    rows().map((row) => row.resourceId),
    Array.from({ length: 150 }, (_, index) => `client-${index + 1}`),
  )
})

test('a full queue drops the newest event that is not critical, and counts it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { publish, dropped, log, rows } = setUp(3)
  for (let number = 1; number <= 4; number++) publish(numbered(number))
  assert.equal(dropped(), 1)
  publish(sampleEvents['refresh_token.reused'])
  assert.equal(dropped(), 2)
  await log.flush(10)
  assert.deepEqual(
    rows().map((row) => row.resourceId),
    ['client-1', 'client-2', 'refresh-token-1'],
  )
})

test('a queue full of critical events drops the newcomer', () => {
  const { publish, dropped } = setUp(2)
  for (let number = 1; number <= 3; number++) publish(sampleEvents['refresh_token.reused'])
  assert.equal(dropped(), 1)
})

test('what a running write holds is not dropped for a critical event', async () => {
  const { publish, dropped, beforeCommit, log, rows } = setUp(2)
  const gate = Promise.withResolvers<void>()
  beforeCommit(() => gate.promise)
  publish(numbered(1))
  publish(numbered(2))
  const flushed = log.flush(10)
  publish(sampleEvents['refresh_token.reused'])
  assert.equal(dropped(), 1)
  gate.resolve()
  await flushed
  assert.deepEqual(
    rows().map((row) => row.resourceId),
    ['client-1', 'client-2'],
  )
})

test('a flush writes everything that waits, through failures', async () => {
  const { publish, beforeCommit, failures, log, rows } = setUp()
  let attempts = 0
  beforeCommit(() => {
    if (++attempts === 2) throw new Error('busy')
  })
  for (let number = 1; number <= 99; number++) publish(numbered(number))
  publish(sampleEvents['rate_limit.exceeded'])
  const rest = [log.flush(10), log.flush(10)]
  for (let number = 100; number <= 250; number++) publish(numbered(number))
  assert.deepEqual(await Promise.all(rest), [0, 0])
  assert.equal(failures.length, 1)
  assert.equal(rows().length, 251)
  assert.equal(new Set(rows().map((row) => row.resourceId)).size, 251)
})

test('closing gives up at its timeout, and counts what is lost', async () => {
  const { publish, beforeCommit, dropped, log } = setUp()
  beforeCommit(() => new Promise(() => {}))
  for (let number = 1; number <= 5; number++) publish(numbered(number))
  const started = performance.now()
  await log.close(0.05)
  assert.ok(performance.now() - started < 1000)
  assert.equal(dropped(), 5)
  publish(numbered(6))
  assert.equal(dropped(), 6)
})

function limit(ip: string, policy: 'token' | 'login' = 'token'): EventOf<'rate_limit.exceeded'> {
  return { ...sampleEvents['rate_limit.exceeded'], policy, request: { ...sampleRequest, ip } }
}

/** Lets `milliseconds` pass in steps, so that a timer set by a timer is reached as well. */
async function pass(t: TestContext, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    t.mock.timers.tick(1000)
    await settle()
  }
}

test('a flood at a limit is one row per policy and address in a minute, with its number', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { publish, rows } = setUp()
  for (let request = 0; request < 5000; request++) publish(limit('192.0.2.1'))
  publish(limit('192.0.2.1', 'login'))
  publish(limit('192.0.2.2'))
  await pass(t, 59)
  assert.equal(rows().length, 0)
  await pass(t, 2)
  assert.deepEqual(
    rows().map((row) => [row.actorIp, row.details?.policy, row.details?.occurrences]),
    [
      ['192.0.2.1', 'token', 5000],
      ['192.0.2.1', 'login', 1],
      ['192.0.2.2', 'token', 1],
    ],
  )
  publish(limit('192.0.2.1'))
  await pass(t, 62)
  assert.equal(rows().length, 4)
})

test('a flood from ever new addresses is bounded, and loses no request from the count', async () => {
  const { publish, log, rows } = setUp(10_000)
  for (let address = 0; address < 5000; address++) publish(limit(`2001:db8::${address.toString(16)}`))
  await log.flush(10)
  assert.equal(rows().length, 1001)
  const total = rows().reduce((sum, row) => sum + Number(row.details?.occurrences), 0)
  assert.equal(total, 5000)
  assert.equal(rows().at(-1)?.actorIp, undefined)
})

test('a flood of what anybody can cause is 20 rows a minute and address, and one with the number of the rest', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { publish, rows, dropped } = setUp(100)
  const failed = sampleEvents['client.authentication_failed']
  const flood = (ip: string, times: number): void => {
    const request = { ...failed.request!, ip }
    for (let time = 0; time < times; time++) publish({ ...failed, request })
  }
  const minute = async (): Promise<{ ip: string | undefined; occurrences: unknown }[]> => {
    const before = rows().length
    t.mock.timers.tick(60_000)
    await settle()
    t.mock.timers.tick(1000)
    await settle()
    return rows()
      .slice(before)
      .filter(({ eventType }) => eventType === 'CLIENT_AUTHENTICATION_FAILED')
      .map(({ actorIp, details }) => ({ ip: actorIp, occurrences: details?.occurrences ?? 1 }))
  }
  const once = (ip: string) => ({ ip, occurrences: 1 })
  flood('192.0.2.1', 5000)
  flood('192.0.2.2', 1)
  assert.deepEqual(await minute(), [
    ...Array<unknown>(20).fill(once('192.0.2.1')),
    once('192.0.2.2'),
    { ip: '192.0.2.1', occurrences: 4980 },
  ])
  flood('192.0.2.1', 2)
  assert.deepEqual(await minute(), [once('192.0.2.1'), once('192.0.2.1')])
  assert.equal(dropped(), 0)
})
