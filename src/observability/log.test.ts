import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { test } from 'node:test'
import type { DomainEvent } from '../events/catalogue.ts'
import { systemClock } from '../shared/clock.ts'
import { Secret } from '../shared/secret.ts'
import { sampleEvents } from './event-samples.fixture.ts'
import { createLogger, createLogHandlers, createRequestLog, type LogOptions } from './log.ts'

function setUp(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const logger = createLogger({
    level: 'debug',
    format: 'json',
    color: false,
    stream: { write: (line) => void lines.push(line) },
    ...options,
  })
  return { logger, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

function publish(handlers: ReturnType<typeof createLogHandlers>, event: DomainEvent): void {
  const handle = handlers[event.type] as ((event: DomainEvent) => void) | null
  handle?.(event)
}

test('a JSON line has level name, ISO time, message, fields and nothing of the machine', () => {
  const { logger, parsed } = setUp()
  logger.info({ address: '127.0.0.1:8080' }, 'listening')
  const [{ time, ...line } = {}] = parsed()
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(line, { level: 'info', address: '127.0.0.1:8080', msg: 'listening' })
})

test('every event with a rule is one line that names it and its request', () => {
  for (const event of Object.values(sampleEvents)) {
    const { logger, parsed } = setUp()
    publish(createLogHandlers(logger), event)
    assert.equal(parsed().length, 1, event.type)
    const line = parsed()[0]!
    assert.equal(line.event, event.type)
    assert.equal(line.request_id, 'request-1')
    assert.equal(line.ip, '192.0.2.7')
    assert.ok(String(line.msg).length > 5, event.type)
  }
})

test('an event without a request is a line without one', () => {
  const { logger, parsed } = setUp()
  publish(createLogHandlers(logger), { ...sampleEvents['client.deleted'], request: undefined })
  assert.deepEqual(Object.keys(parsed()[0]!).sort(), [
    'client_id',
    'client_name',
    'event',
    'level',
    'msg',
    'time',
  ])
})

test('at level info the lines of every day are left out', () => {
  const { logger, parsed } = setUp({ level: 'info' })
  const handlers = createLogHandlers(logger)
  for (const event of Object.values(sampleEvents)) publish(handlers, event)
  const written = new Set(parsed().map((line) => line.event))
  for (const quiet of [
    'device_authorization.polled',
    'token.issued',
    'token.validated',
    'rate_limit.exceeded',
  ]) {
    assert.equal(written.has(quiet), false, quiet)
  }
  for (const loud of ['login.failed', 'refresh_token.reused', 'account.disabled', 'token.revoked']) {
    assert.ok(written.has(loud), loud)
  }
})

test('the level follows the outcome', () => {
  const { logger, parsed } = setUp()
  const handlers = createLogHandlers(logger)
  publish(handlers, { ...sampleEvents['token.refreshed'], result: 'success' })
  publish(handlers, sampleEvents['token.refreshed'])
  publish(handlers, { ...sampleEvents['token.revoked'], reason: 'rotation' })
  publish(handlers, { ...sampleEvents['session.ended'], reason: 'fingerprint_mismatch' })
  publish(handlers, { ...sampleEvents['identity_provider.callback'], result: 'success' })
  assert.deepEqual(
    parsed().map((line) => line.level),
    ['debug', 'info', 'debug', 'warn', 'info'],
  )
})

test('no line of any event holds a secret that was put into it by mistake', () => {
  const { logger, lines } = setUp()
  const handlers = createLogHandlers(logger)
  for (const event of Object.values(sampleEvents)) {
    publish(handlers, {
      ...event,
      deviceCode: 'leaked',
      userCode: 'leaked',
      token: 'leaked',
      password: 'leaked',
    } as unknown as DomainEvent)
  }
  logger.info({ key: new Secret('leaked') }, 'started')
  assert.equal(lines.length, Object.keys(sampleEvents).length + 1)
  assert.doesNotMatch(lines.join(''), /leaked/)
})

test('a fault is logged with its causes, without what drivers attach', () => {
  const { logger, parsed, lines } = setUp()
  const cause = Object.assign(new Error('duplicate key'), {
    code: '23505',
    parameters: ['digest-of-a-token'],
  })
  logger.error({ err: new TypeError('cannot store', { cause }) }, 'request failed')
  const err = parsed()[0]!.err as { type: string; message: string; stack: string; cause: object }
  assert.equal(err.type, 'TypeError')
  assert.equal(err.message, 'cannot store')
  assert.match(err.stack, /log\.test/)
  const { stack, ...rest } = err.cause as { stack: string }
  assert.match(stack, /duplicate key/)
  assert.deepEqual(rest, { type: 'Error', message: 'duplicate key', code: '23505' })
  assert.doesNotMatch(lines.join(''), /digest-of-a-token/)
})

test('an error that is its own cause ends', () => {
  const { logger, lines } = setUp()
  const error = new Error('round')
  error.cause = error
  logger.error({ err: error }, 'request failed')
  logger.error({ err: 'not an error' }, 'request failed')
  assert.equal(lines.length, 2)
})

const answered = {
  method: 'POST',
  route: '/oauth/token',
  status: 200,
  seconds: 0.001_234_5,
  context: { requestId: 'request-1', ip: '192.0.2.7' },
}

test('the access line names the route template, status, time, request and address', () => {
  const { logger, parsed } = setUp({ level: 'info' })
  createRequestLog(logger, systemClock)(answered)
  const [{ time, ...line } = {}] = parsed()
  assert.ok(time)
  assert.deepEqual(line, {
    level: 'info',
    method: 'POST',
    route: '/oauth/token',
    status: 200,
    ms: 1.23,
    request_id: 'request-1',
    ip: '192.0.2.7',
    msg: 'request',
  })
})

test('above level info there are no access lines', () => {
  const { logger, lines } = setUp({ level: 'warn' })
  createRequestLog(logger, systemClock)(answered)
  assert.deepEqual(lines, [])
})

test('text lines are short, aligned and free of what only machines want', () => {
  const { logger, lines } = setUp({ format: 'text' })
  createRequestLog(logger, systemClock)(answered)
  publish(createLogHandlers(logger), { ...sampleEvents['client.created'], request: undefined })
  const [access, created] = lines
  assert.match(
    access!,
    /^\d\d:\d\d:\d\d\.\d{3} info {2}request method=POST route=\/oauth\/token status=200 ms=1\.23 request_id=request-1 ip=192\.0\.2\.7\n$/,
  )
  assert.match(created!, / info {2}client created client_id=client-1 client_name="Build robot"\n$/)
})

test('text lines cannot steer the terminal or forge a line', () => {
  const { logger, lines } = setUp({ format: 'text' })
  const hostile = 'x\x1b[2J\r\n12:00:00.000 info  forged\u202e\u2028\x07'
  logger.warn({ client_id: hostile, err: new Error(hostile) }, hostile)
  const text = lines.join('')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/)
  assert.equal(text.split('\n').filter((line) => line.startsWith('12:00:00.000')).length, 0)
  assert.match(text, /\\u001b/)
})

test('text shows the causes of an error below its line', () => {
  const { logger, lines } = setUp({ format: 'text' })
  logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'request failed')
  logger.error({ err: new Error('outer', { cause: 'only words' }) }, 'request failed')
  assert.match(
    lines[0]!,
    /error request failed\n {4}Error: outer\n {4}.*\n[\s\S]*caused by:\n {4}Error: inner/,
  )
  assert.match(lines[1]!, /caused by:\n {4}only words\n$/)
})

test('color is only for those who asked', () => {
  const plain = setUp({ format: 'text' })
  plain.logger.info('ready')
  const colored = setUp({ format: 'text', color: true })
  colored.logger.info('ready')
  assert.equal(plain.lines[0]!.includes('\x1b['), false)
  assert.equal(colored.lines[0]!.includes('\x1b[32m'), true)
})

for (const format of ['json', 'text']) {
  test(`a full disk behind standard output does not end the process (${format})`, () => {
    const script = `
      import { createLogger } from '${new URL('./log.js', import.meta.url)}'
      const log = createLogger({ level: 'info', format: '${format}', color: false })
      for (let line = 0; line < 3; line++) log.error('lost')
      setTimeout(() => process.exit(7), 20)`
    const stdio: ['ignore', number, 'pipe'] = ['ignore', openSync('/dev/full', 'w'), 'pipe']
    assert.throws(
      () => execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio }),
      (error: { status: number }) => error.status === 7,
    )
  })
}
