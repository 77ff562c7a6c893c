import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { allowAlso, allowedBefore, covers } from './permissions.ts'

const a = 'https://a.example'
const b = 'https://b.example'

describe('what was allowed before', () => {
  const permissions = allowAlso(allowAlso([], ['read'], [a]), ['write'], [b])

  test('counts at the resource it was allowed for, and nowhere else', () => {
    assert.equal(covers(permissions, ['read'], [a]), true)
    assert.equal(covers(permissions, ['write'], [b]), true)
    assert.equal(covers(permissions, ['write'], [a]), false)
    assert.equal(covers(permissions, ['read'], [a, b]), false)
    assert.equal(covers(permissions, ['read'], []), false)
    assert.equal(covers(allowAlso([], ['read'], []), ['read'], [a]), false)
  })

  test('grows with what is allowed later', () => {
    const more = allowAlso(permissions, ['write'], [a])
    assert.equal(covers(more, ['read', 'write'], [a]), true)
    assert.deepEqual(allowedBefore(more, ['read', 'write', 'admin'], [a]), ['read', 'write'])
    assert.deepEqual(allowedBefore(more, ['read', 'write'], [b]), ['write'])
  })

  test('what is allowed is covered then, and what was stays', () => {
    const scopes = fc.subarray(['openid', 'read', 'write'])
    const resources = fc.subarray([a, b])
    fc.assert(
      fc.property(fc.array(fc.tuple(scopes, resources)), (asked) => {
        let permissions: ReturnType<typeof allowAlso> = []
        for (const [index, [scope, resource]] of asked.entries()) {
          permissions = allowAlso(permissions, scope, resource)
          for (const [before, at] of asked.slice(0, index + 1)) {
            assert.ok(covers(permissions, before, at))
          }
        }
      }),
    )
  })
})
