import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PollAnswer, readPollAnswer, schedulePoll, type Unfinished, waitWithin } from './polling.ts'

const now = Date.UTC(2026, 0, 1)
const noAnswer = (retryAfterSeconds?: number) => ({ kind: 'no_answer' as const, retryAfterSeconds })
const success = { access_token: 'abc', token_type: 'Bearer', expires_in: 60 }
const token = {
  accessToken: 'abc',
  tokenType: 'Bearer',
  refreshToken: undefined,
  scope: undefined,
  expiresInSeconds: 60,
}

const answers: [string, number, Record<string, string>, unknown, PollAnswer][] = [
  ['pending', 400, {}, { error: 'authorization_pending' }, { kind: 'pending' }],
  ['pending with status 200', 200, {}, { error: 'authorization_pending' }, { kind: 'pending' }],
  ['slow_down', 400, {}, { error: 'slow_down' }, { kind: 'slow_down' }],
  ['slow_down with status 429', 429, { 'retry-after': '9' }, { error: 'slow_down' }, { kind: 'slow_down' }],
  ['denied', 400, {}, { error: 'access_denied' }, { kind: 'denied' }],
  ['expired', 400, {}, { error: 'expired_token' }, { kind: 'expired' }],
  [
    'invalid_grant',
    400,
    {},
    { error: 'invalid_grant', error_description: 'used' },
    { kind: 'refused', error: 'invalid_grant', description: 'used' },
  ],
  ['too many requests', 429, { 'retry-after': '30' }, { error: 'rate_limit_exceeded' }, noAnswer(30)],
  [
    'Retry-After as a date',
    503,
    { 'retry-after': new Date(now + 7000).toUTCString() },
    undefined,
    noAnswer(7),
  ],
  ['Retry-After that says nothing', 429, { 'retry-after': 'soon' }, undefined, noAnswer()],
  ['a broken server', 500, {}, { error: 'server_error' }, noAnswer()],
  ['a page instead of JSON', 200, {}, undefined, { kind: 'not_understood' }],
  ['a redirect', 302, {}, success, { kind: 'not_understood' }],
  ['an array', 200, {}, [success], { kind: 'not_understood' }],
  ['a token that is no text', 200, {}, { access_token: 7 }, { kind: 'not_understood' }],
  ['a token', 200, {}, success, { kind: 'token', token }],
  [
    'a lifetime that no date can hold',
    200,
    {},
    { ...success, expires_in: 1e300 },
    { kind: 'token', token: { ...token, expiresInSeconds: 100 * 365 * 86_400 } },
  ],
  ['a lifetime written as text', 200, {}, { ...success, expires_in: '60' }, { kind: 'token', token }],
]

for (const [title, status, headers, json, expected] of answers) {
  test(`RFC 8628 §3.5: ${title}`, () => {
    const reply = { url: 'https://a.example/token', status, headers: new Headers(headers), json }
    assert.deepEqual(readPollAnswer(reply, now), expected)
  })
}

function waits(interval: number, unfinished: Unfinished[]): number[] {
  let schedule = { intervalSeconds: interval, misses: 0 }
  return unfinished.map((answer) => {
    const next = schedulePoll(schedule, answer)
    schedule = next.schedule
    return next.waitSeconds
  })
}

test('RFC 8628 §3.5: slow_down adds five seconds to this and all later polls', () => {
  assert.deepEqual(
    waits(5, [
      { kind: 'pending' },
      { kind: 'slow_down' },
      { kind: 'pending' },
      { kind: 'slow_down' },
      { kind: 'pending' },
    ]),
    [5, 10, 10, 15, 15],
  )
})

test('RFC 8628 §3.5: missing answers double the wait, up to a minute, until one arrives', () => {
  const misses = Array.from({ length: 5 }, () => noAnswer())
  assert.deepEqual(waits(5, [...misses, { kind: 'pending' }, noAnswer()]), [10, 20, 40, 60, 60, 5, 10])
})

test('back-off never polls faster than the interval asks', () => {
  assert.deepEqual(waits(90, [noAnswer(), noAnswer()]), [90, 90])
})

test('a Retry-After longer than the back-off is kept to, a shorter one is not', () => {
  assert.deepEqual(waits(5, [noAnswer(120), noAnswer(1)]), [120, 20])
})

test('the last poll comes a second before the end, and never sooner than the interval asks', () => {
  const cases: [left: number, wait: number, expected: number][] = [
    [1800, 5, 5],
    [11, 5, 5],
    [10.9, 5, 9.9],
    [7, 5, 6],
    [5.5, 5, 5],
    [5, 5, 5],
    [3, 5, 3],
    [50, 60, 50],
    [70, 60, 60],
    [65, 60, 64],
    [-1, 5, 0],
  ]
  for (const [left, wait, expected] of cases)
    assert.equal(waitWithin(left, wait, 5), expected, `${left} ${wait}`)
})
