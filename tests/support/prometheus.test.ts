import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { skipWithoutPrometheus, startPrometheus } from './prometheus.ts'

test('a real Prometheus scrapes with a bearer token and answers queries', {
  skip: skipWithoutPrometheus,
}, async (t) => {
  const target = createServer((request, response) => {
    const allowed = request.headers.authorization === 'Bearer sesame'
    response.writeHead(allowed ? 200 : 401, { 'content-type': 'text/plain; version=0.0.4' })
    response.end(allowed ? '# TYPE answers_total counter\nanswers_total{kind="right"} 42\n' : '')
  })
  target.listen(0, '127.0.0.1')
  await once(target, 'listening')
  t.after(() => {
    target.close()
    target.closeAllConnections()
  })
  const static_configs = [{ targets: [`127.0.0.1:${(target.address() as AddressInfo).port}`] }]
  const prometheus = await startPrometheus({
    scrapeConfigs: [
      { job_name: 'with', static_configs, authorization: { credentials: 'sesame' } },
      { job_name: 'without', static_configs },
    ],
  })
  t.after(() => prometheus.stop())

  const [sample] = await prometheus.queryUntil('answers_total{kind="right"}')
  assert.equal(sample?.value, 42)
  assert.equal(sample?.metric.job, 'with')
  const up = await prometheus.queryUntil('up', (samples) => samples.length === 2)
  assert.deepEqual(Object.fromEntries(up.map(({ metric, value }) => [metric.job, value])), {
    with: 1,
    without: 0,
  })
  assert.deepEqual(await prometheus.query('scalar(vector(7))'), [{ metric: {}, value: 7 }])
  await assert.rejects(prometheus.query('sum('), /parse error/)
})

test('a configuration that Prometheus refuses is told with its own words', {
  skip: skipWithoutPrometheus,
}, async () => {
  await assert.rejects(startPrometheus({ scrapeConfigs: [{ no_such_field: 1 }] }), /no_such_field/)
})
