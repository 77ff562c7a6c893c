import assert from 'node:assert/strict'
import { it } from 'node:test'
import { errorPageKind, errorPages } from './error.tsx'

it('every status that has a page of its own leads to a page with that status', () => {
  for (const status of Object.values(errorPages)) {
    assert.equal(errorPages[errorPageKind(status)], status)
  }
})

it('other statuses get the page of their class', () => {
  assert.equal(errorPageKind(415), 'bad_request')
  assert.equal(errorPageKind(431), 'bad_request')
  assert.equal(errorPageKind(502), 'internal')
})
