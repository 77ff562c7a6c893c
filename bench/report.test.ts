import assert from 'node:assert/strict'
import test from 'node:test'
import { caseId, cases, comparisons } from './cases.ts'
import { csrfToken } from './login.ts'
import { summarizeCost } from './metrics-cost.ts'
import {
  type Finding,
  figure,
  findings,
  type Measured,
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
