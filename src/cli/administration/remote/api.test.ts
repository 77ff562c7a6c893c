import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '../../../shared/clock.ts'
import { CommandError } from '../../command-error.ts'
import type { Http, Reply } from '../../login/http.ts'
import { createApi } from './api.ts'

const server = 'https://auth.example.com'

function apiOf(replies: Partial<Reply>[]) {
  const asked: string[] = []
  const pauses: number[] = []
  const http = {
    async send(method: string, url: string) {
      asked.push(`${method} ${url}`)
      const reply = replies.shift() ?? assert.fail('it asks more than it should')
      return {
        url,
        headers: new Headers({ 'content-type': 'application/json' }),
        json: {},
        status: 200,
        ...reply,
      }
    },
  } as unknown as Http
  const api = createApi({
    http,
    clock: { now: () => instant(0), monotonicSeconds: () => 0 },
    server,
    credentials: {
      token: async () => 'token',
      renew: async () => false,
      scopes: () => undefined,
      signInCommand: () => 'sign in',
    },
    pause: async (seconds) => void pauses.push(seconds),
  })
  return { api, asked, pauses }
}

const page = (names: string[], next?: string): Partial<Reply> => ({
  json: {
    items: names.map((name) => ({ name })),
    next: next === undefined ? null : `${server}/x?after=${next}`,
  },
})
const busy = (seconds: string): Partial<Reply> => ({
  status: 429,
  headers: new Headers({ 'content-type': 'application/problem+json', 'retry-after': seconds }),
  json: { status: 429 },
})
const names = (entry: { text(name: string): string }): string => entry.text('name')

test('a list is read page by page, with the pauses that the server wants between them', async () => {
  const { api, asked, pauses } = apiOf([page(['a', 'b'], 'b'), busy('7'), busy('0'), page(['c'])])
  assert.deepEqual(await api.list('/clients', { status: 'active' }, names), ['a', 'b', 'c'])
  assert.deepEqual(pauses, [7, 1])
  assert.deepEqual(asked.slice(0, 2), [
    `GET ${server}/api/v1/clients?status=active&page_size=100`,
    `GET ${server}/api/v1/clients?status=active&page_size=100&after=b`,
  ])
})

test('a pause is not taken before the first page, nor when it is long, nor for ever', async () => {
  const refusals = [
    apiOf([busy('7')]),
    apiOf([page(['a'], 'a'), busy('61')]),
    apiOf([page(['a'], 'a'), ...Array(6).fill(busy('1'))]),
  ]
  for (const { api } of refusals) await assert.rejects(api.list('/clients', {}, names), /asks to slow down/)
  assert.deepEqual(
    refusals.map(({ pauses }) => pauses.length),
    [0, 0, 5],
  )
})

test('a list ends where as many are read as are wanted, or where it does not go on', async () => {
  const { api, asked } = apiOf([page(['a', 'b', 'c'], 'c')])
  assert.deepEqual(await api.list('/clients', {}, names, 2), ['a', 'b'])
  assert.match(asked[0]!, /page_size=2$/)
  const same = apiOf([page(['a'], 'a'), page(['b'], 'a')])
  assert.deepEqual(await same.api.list('/clients', {}, names), ['a', 'b'])
  const empty = apiOf([page([], 'z')])
  assert.deepEqual(await empty.api.list('/clients', {}, names), [])
})

test('an id that leads elsewhere is nobody’s, and nothing is asked', async () => {
  const { api, asked } = apiOf([])
  for (const id of ['..', '.', '', '%2e%2e'].map((each) =>
    each === '%2e%2e' ? each : encodeURIComponent(each),
  )) {
    assert.equal(await api.act({ method: 'DELETE', path: `/clients/${id}` }), false)
    assert.equal(await api.ask({ method: 'GET', path: `/clients/${id}/document` }, names), undefined)
  }
  assert.deepEqual(asked, [])
})

test('a fault of the server names the request that its log has', async () => {
  const { api } = apiOf([
    {
      status: 500,
      headers: new Headers({ 'content-type': 'application/problem+json; charset=utf-8' }),
      json: { status: 500, request_id: 'r-1' },
    },
  ])
  await assert.rejects(api.act({ method: 'DELETE', path: '/clients/x' }), (error: unknown) => {
    assert.ok(error instanceof CommandError)
    assert.equal(error.message, `${server} failed (500); its log has the reason under r-1`)
    return true
  })
})
