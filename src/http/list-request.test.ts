import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readListRequest } from './list-request.ts'

const site = { name: 'AuthGate', version: '1', basePath: '/auth', helpUrl: null, places: new Set<string>() }

it('reads filters, and leaves out what no filter can be', () => {
  const list = readListRequest({
    query: `search=%20ana%20&status=active&role=root&bad=a%00b&long=${'x'.repeat(256)}`,
  })
  assert.equal(list.text('search'), 'ana')
  assert.equal(list.choice('status', ['active', 'disabled']), 'active')
  assert.equal(list.choice('role', ['admin', 'user']), '')
  assert.equal(list.text('bad'), '')
  assert.equal(list.text('long'), '')
  assert.equal(list.text('absent'), '')
})

it('shows 20 rows, or another number from the list of choices', () => {
  assert.equal(readListRequest({ query: '' }).window.limit, 20)
  assert.equal(readListRequest({ query: 'page_size=50' }).window.limit, 50)
  assert.equal(readListRequest({ query: 'page_size=1000000' }).window.limit, 20)
})

it('keeps filters on the way to the neighboring pages, and forgets where it was and what had just happened', () => {
  const list = readListRequest({ query: 'search=a%26b&after=x&notice=done&page_size=50' })
  const page = { entries: [], previous: 'p', next: null }
  const total = { count: 10_000, atLeast: true }
  assert.deepEqual(list.paging(site, '/admin/users', page, total), {
    total,
    previousHref: '/auth/admin/users?search=a%26b&page_size=50&before=p',
    nextHref: null,
  })
})
