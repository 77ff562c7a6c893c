import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import test from 'node:test'
import { caseId, cases, comparisons } from './cases.ts'
import { performanceDocument } from './document.ts'
import { countSamples } from './exposition.ts'
import { csrfToken, logIn } from './login.ts'
import { summarizeCost } from './metrics-cost.ts'
import {
  type Finding,
  figure,
  findings,
  type Measured,
  missedSentences,
  renderMarkdown,
  renderTerminal,
  tables,
  verdictOf,
  wrongAnswers,
} from './report.ts'
import { compare, type Results, type Window } from './rounds.ts'
import { serverKinds } from './servers.ts'

const window = (cpuMicroseconds: number, changes: Partial<Window> = {}): Window => ({
  requests: 1000,
  failures: 0,
  requestsPerSecond: 5000,
  p50Ms: 1,
  p99Ms: 4,
  cpuMicroseconds,
  ...changes,
})

const ours = caseId('cc-es256', 'authgate', 64)
const peer = caseId('cc-es256', 'oidc-memory', 64)
const cpu = comparisons.find((each) => each.dividend === peer && each.divisor === ours)!

function measured(results: Results, changes: Partial<Measured> = {}): Measured {
  const selected = cases.filter(({ id }) => results.has(id))
  return { selected, results, starts: new Map(), memory: new Map(), metricsCost: [], ...changes }
}

function finding(all: readonly Finding[], words: string): Finding {
  const found = all.find(({ title }) => title.includes(words))
  assert.ok(found, words)
  return found
}

test('every comparison is between two cases that are measured', () => {
  const ids = new Set(cases.map(({ id }) => id))
  assert.equal(ids.size, cases.length)
  for (const { title, dividend, divisor } of comparisons) {
    assert.ok(ids.has(dividend) && ids.has(divisor), title)
  }
})

test('a comparison pairs the rounds, and a window with a wrong answer takes no part', () => {
  const results: Results = new Map([
    [ours, [window(100), window(200), window(1, { failures: 1 }), window(100)]],
    [peer, [window(300), window(600), window(300), undefined]],
  ])
  assert.deepEqual(compare(results, cpu), { median: 3, min: 3, max: 3, count: 2 })
})

test('floors pass, miss or say that they were not measured', () => {
  const slow: Results = new Map([
    [ours, [window(100)]],
    [peer, [window(249)]],
  ])
  const found = findings(measured(slow))
  assert.equal(verdictOf(finding(found, 'against oidc-provider, in memory')), 'MISS')
  assert.equal(verdictOf(finding(found, 'resident memory')), 'not measured')
  const fast: Results = new Map([
    [ours, [window(100)]],
    [peer, [window(250)]],
  ])
  assert.equal(verdictOf(finding(findings(measured(fast)), 'against oidc-provider, in memory')), 'pass')
})

test('start times are paired by turn, memory is compared after load', () => {
  const found = findings(
    measured(new Map(), {
      starts: new Map([
        ['authgate', [200, 400]],
        ['oidc-memory', [400, 800]],
      ]),
      memory: new Map([
        ['authgate', { idle: 100, loaded: 160 }],
        ['oidc-memory', { idle: 10, loaded: 200 }],
      ]),
    }),
  )
  assert.equal(finding(found, 'start on an existing database').value?.median, 0.5)
  const memory = finding(found, 'resident memory')
  assert.equal(memory.value?.median, 0.8)
  assert.equal(verdictOf(memory), 'MISS')
})

test('the cost of metrics is the median over launches of the median over their blocks', () => {
  const block = (on: number, off: number) => ({
    on: [window(on), window(on)],
    off: [window(off), window(off)],
  })
  const cost = summarizeCost('introspect', [
    [block(102, 100), block(300, 100), block(101, 100)],
    [block(110, 100)],
    [block(99, 100)],
  ])
  assert.equal(cost.ratio.median, 1.02)
  assert.deepEqual([cost.ratio.min, cost.ratio.max], [0.99, 1.1])
  assert.equal(cost.addedMicroseconds.median, 2)
  assert.equal(cost.quietestRatio, 0.99)
  assert.equal(cost.noise.median, 1)
})

test('the CPU of a side is weighed by its requests, and its noise is seen', () => {
  const { ratio, noise } = summarizeCost('introspect', [
    [{ on: [window(100)], off: [window(50, { requests: 3000 }), window(100)] }],
  ])
  assert.equal(ratio.median, 1.6)
  assert.equal(noise.median, 2)
})

test('wrong answers and windows without answers are named', () => {
  const results: Results = new Map([
    [ours, [window(100, { failures: 3 }), window(100)]],
    [peer, [window(Number.NaN, { requests: 0 })]],
  ])
  const lines = wrongAnswers(measured(results))
  assert.equal(lines.length, 2)
  assert.match(lines[0]!, /AuthGate.*3 of 2000/)
  assert.match(lines[1]!, /without answers/)
  assert.deepEqual(wrongAnswers(measured(new Map([[ours, [window(100)]]]))), [])
})

const recording = {
  eventNanoseconds: 900,
  requestNanoseconds: 1100,
  retainedMebibytes: 2.5,
  series: 1100,
  scrapeMs: 0.5,
}

test('recording is held against the CPU of the request that is recorded, and against its promises', () => {
  const results: Results = new Map([[ours, [window(100), window(50), window(1, { failures: 1 })]]])
  const found = findings(measured(results, { recording }))
  const share = finding(found, 'share of a request that recording takes: client_credentials')
  assert.deepEqual(share.value, { median: 3, min: 2, max: 4, count: 2 })
  assert.equal(verdictOf(share), 'pass')
  assert.equal(
    verdictOf(finding(found, 'share of a request that recording takes: introspection')),
    'not measured',
  )
  assert.equal(finding(found, 'recording one event').value?.median, 0.9)
  assert.equal(verdictOf(finding(found, 'heap of a filled registry')), 'MISS')
})

test('a missed floor is told in a sentence; one that was kept or not measured is not', () => {
  const results: Results = new Map([
    [ours, [window(100), window(100)]],
    [peer, [window(200), window(210)]],
  ])
  assert.deepEqual(missedSentences(findings(measured(results, { recording }))), [
    'CPU per request: client_credentials, ES256 JWT, against oidc-provider, in memory: 2.05x (2.00 to 2.10) where at least 2.50x is wanted.',
    'Heap of a filled registry: 2.50 MiB where at most 2.00 MiB is wanted.',
  ])
})

test('the large store and recording have tables of their own', () => {
  const largeStore = {
    rows: 1_000_000,
    firstRate: 40_000,
    lastRate: 30_000,
    firstCpuMicroseconds: 20,
    lastCpuMicroseconds: 25,
    window: 20_000,
    insertSeconds: 30,
    countMs: 4,
    countingDelayMs: 1,
    idleDelayMs: 1,
  }
  const printed = tables(measured(new Map(), { recording, largeStore }), serverKinds)
  assert.deepEqual(
    printed.map(({ title }) => title),
    ['Floors', 'What recording takes', 'A store of 1,000,000 access tokens'],
  )
  assert.deepEqual(printed[2]!.rows[2], ['write rate at the end, of that at the beginning', '0.750x'])
})

test('the page tells what was not reached, or that all was', () => {
  const at = {
    date: '2030-01-02',
    machine: 'a machine',
    node: '26.0.0',
    rounds: 5,
    seconds: 2,
    warmUpSeconds: 4,
    stolenPercent: 1,
    minutes: 20,
  }
  const page = performanceDocument(
    at,
    ['Too slow.', 'Too large.'],
    [{ title: 'T', head: ['a'], rows: [['1']] }],
  )
  assert.match(page, /\n\n## Not reached\n\n- Too slow\.\n- Too large\.\n\n## T\n/)
  assert.match(page, /has had 4 s of the very load/)
  assert.match(
    performanceDocument(at, [], []),
    /## Not reached\n\nNothing: every measured floor was kept\.\n$/,
  )
})

test('series are the sample lines', () => {
  assert.equal(countSamples('# HELP a A\n# TYPE a counter\na_total 1\na_total{b="#"} 2\n# EOF\n'), 2)
})

test('everybody signs in as themselves, with the form and cookie of their own visit', async (t) => {
  const tried: (readonly [string | null, boolean])[] = []
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.setHeader('Set-Cookie', 'visit=1; Path=/')
      response.end('<input name="csrf_token" value="token">')
      return
    }
    const form = new URLSearchParams(await text(request))
    const valid = form.get('csrf_token') === 'token' && request.headers.cookie === 'visit=1'
    tried.push([form.get('username'), valid])
    const known = form.get('password') === `secret of ${form.get('username')}`
    response.writeHead(known ? 303 : 401, known ? { Location: '/' } : {}).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const people = ['ada', 'bob', 'eve'].map((username) => ({
    username,
    password: username === 'eve' ? 'wrong' : `secret of ${username}`,
  }))
  const { requests, failures } = await logIn(`http://127.0.0.1:${address.port}`, people, 0.05)
  assert.equal(requests, tried.length)
  assert.deepEqual(new Set(tried.map(([username]) => username)), new Set(['ada', 'bob', 'eve']))
  assert.ok(tried.every(([, valid]) => valid))
  assert.equal(failures, tried.filter(([username]) => username === 'eve').length)
})

test('tables render aligned for the terminal and as Markdown', () => {
  const table = { title: 'T', head: ['a', 'long head'], rows: [['value', '1']] }
  assert.equal(renderTerminal(table), 'T\na      long head\n─────  ─────────\nvalue  1')
  assert.equal(renderMarkdown(table), '## T\n\n| a | long head |\n| --- | --- |\n| value | 1 |')
})

test('a run that measured little still reports its floors and leaves the empty tables out', () => {
  const titles = tables(measured(new Map([[ours, [window(100)]]])), serverKinds).map(({ title }) => title)
  assert.deepEqual(titles, ['Floors', 'Cases'])
})

test('figures carry three digits or what stands before the point', () => {
  assert.deepEqual([0.12345, 1.2345, 12.345, 123.45, 12345.6].map(figure), [
    '0.123',
    '1.23',
    '12.3',
    '123',
    '12,346',
  ])
})

test('the CSRF field is found whatever the order of its attributes', () => {
  assert.equal(csrfToken('<input name="csrf_token" type="hidden" value="a-b_c">'), 'a-b_c')
  assert.equal(csrfToken('<input value="x" name="u"><input value="y" name="csrf_token"/>'), 'y')
  assert.equal(csrfToken('<form></form>'), '')
})
