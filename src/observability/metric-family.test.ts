import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, Gauge, Histogram, type Metric, Registry } from 'prom-client'
import type { LabelValues, MetricDefinition, MetricType } from './metric-definitions.ts'
import { MetricFamily } from './metric-family.ts'

const contentTypes = [Registry.PROMETHEUS_CONTENT_TYPE, Registry.OPENMETRICS_CONTENT_TYPE] as const

function define<Type extends MetricType, const L extends Record<string, LabelValues>>(
  type: Type,
  name: string,
  labels: L,
  buckets?: readonly number[],
): MetricDefinition<Type, L> {
  return { name, type, help: 'Back\\slash and\nnewline', labels, buckets, events: [], moves: '' }
}

function emptyRegistry(contentType: (typeof contentTypes)[number]): Registry {
  const registry = new Registry()
  registry.setContentType(contentType as typeof Registry.PROMETHEUS_CONTENT_TYPE)
  return registry
}

function exposition(family: MetricFamily, contentType: (typeof contentTypes)[number]): Promise<string> {
  const registry = emptyRegistry(contentType)
  registry.registerMetric(family.collector() as unknown as Metric)
  return registry.metrics()
}

for (const contentType of contentTypes) {
  test(`a counter is written as prom-client writes its own: ${contentType}`, async () => {
    const registry = emptyRegistry(contentType)
    const definition = define('counter', 'moves_total', { path: { from: 'anywhere' }, result: ['yes', 'no'] })
    const plain = new Counter({
      name: 'moves_total',
      help: definition.help,
      labelNames: ['path', 'result'],
      registers: [registry],
    })
    const family = new MetricFamily(definition)
    for (const path of ['/a', '/"quoted"\\', '/new\nline']) {
      plain.inc({ path, result: 'yes' }, 3)
      family.bind({ path, result: 'yes' }).inc(3)
    }
    plain.inc({ path: '/a', result: 'yes' })
    family.bind({ path: '/a', result: 'yes' }).inc()
    assert.equal(await exposition(family, contentType), await registry.metrics())
  })

  test(`a gauge is written as prom-client writes its own: ${contentType}`, async () => {
    const registry = emptyRegistry(contentType)
    const plain = new Gauge({ name: 'level', help: 'Back\\slash and\nnewline', registers: [registry] })
    const family = new MetricFamily(define('gauge', 'level', {}))
    plain.set(0.25)
    plain.inc()
    plain.dec()
    family.bind({}).set(0.25)
    family.bind({}).inc()
    family.bind({}).dec()
    assert.equal(await exposition(family, contentType), await registry.metrics())
  })

  test(`a histogram is written as prom-client writes its own: ${contentType}`, async () => {
    const registry = emptyRegistry(contentType)
    const buckets = [0.00025, 0.5, 1, 2.5]
    const plain = new Histogram({
      name: 'duration_seconds',
      help: 'Back\\slash and\nnewline',
      labelNames: ['method'],
      buckets,
      registers: [registry],
    })
    const family = new MetricFamily(
      define('histogram', 'duration_seconds', { method: ['GET', 'POST'] }, buckets),
    )
    plain.zero({ method: 'GET' })
    // On a bound, between two, below all, above all, and binary fractions whose sum is not exact.
    for (const value of [0.5, 0.75, 0, 3, 0.1, 0.2]) {
      plain.observe({ method: 'POST' }, value)
      family.bind({ method: 'POST' }).observe(value)
    }
    assert.equal(await exposition(family, contentType), await registry.metrics())
    assert.equal(family.bind({ method: 'POST' }).count, 6)
  })
}

test('every combination of closed labels exists at 0 from the start', async () => {
  const family = new MetricFamily(define('counter', 'x_total', { a: ['1', '2'], b: ['3', '4'] }))
  const lines = (await exposition(family, Registry.PROMETHEUS_CONTENT_TYPE)).trimEnd().split('\n').slice(2)
  assert.deepEqual(lines.slice(-4), [
    'x_total{a="1",b="3"} 0',
    'x_total{a="1",b="4"} 0',
    'x_total{a="2",b="3"} 0',
    'x_total{a="2",b="4"} 0',
  ])
})

test('a value outside its closed list becomes other, or what the family says', async () => {
  const family = new MetricFamily(define('counter', 'x_total', { result: ['yes'], method: ['GET'] }), {
    method: 'OTHER',
  })
  family.bind({ result: 'no' as 'yes', method: 'BREW' as 'GET' }).inc()
  family
    .bindEach('result', { method: 'GET' })('maybe' as 'yes')
    .inc()
  const lines = (await exposition(family, Registry.PROMETHEUS_CONTENT_TYPE)).split('\n')
  assert.ok(lines.includes('x_total{result="other",method="OTHER"} 1'))
  assert.ok(lines.includes('x_total{result="other",method="GET"} 1'))
  assert.ok(lines.includes('x_total{result="yes",method="GET"} 0'))
})

test('labels that would read alike when joined are different series', () => {
  const family = new MetricFamily(define('counter', 'x_total', { a: { from: 'x' }, b: { from: 'x' } }))
  family.bind({ a: 'p","q', b: 'r' }).inc()
  assert.equal(family.bind({ a: 'p', b: 'q","r' }).value, 0)
})

test('binding the same labels twice gives the same series', () => {
  const family = new MetricFamily(define('counter', 'x_total', { result: ['yes', 'no'] }))
  assert.equal(family.bind({ result: 'yes' }), family.bind({ result: 'yes' }))
  assert.equal(family.bindEach('result', {})('yes'), family.bind({ result: 'yes' }))
})

test('a hidden family keeps its head and shows no samples', async () => {
  const family = new MetricFamily(define('gauge', 'level', {}))
  family.hidden = true
  const text = await exposition(family, Registry.PROMETHEUS_CONTENT_TYPE)
  assert.match(text, /# TYPE level gauge\n$/)
  family.hidden = false
  assert.match(await exposition(family, Registry.PROMETHEUS_CONTENT_TYPE), /\nlevel 0\n$/)
})

test('one family serves two registries of different format', async () => {
  const family = new MetricFamily(define('counter', 'x_total', {}))
  const openMetrics = await exposition(family, Registry.OPENMETRICS_CONTENT_TYPE)
  assert.match(openMetrics, /# TYPE x counter\nx_total 0\n# EOF\n$/)
  assert.match(
    await exposition(family, Registry.PROMETHEUS_CONTENT_TYPE),
    /# TYPE x_total counter\nx_total 0/,
  )
})
