import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bearerChallenge, parseChallenges } from './challenge.ts'

const read = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])

describe('challenges', () => {
  for (const [header, expected] of [
    ['', []],
    ['Bearer', [['Bearer', {}]]],
    ['bearer realm="a, b", Scope=read', [['bearer', { realm: 'a, b', scope: 'read' }]]],
    [
      'Basic realm="x", Bearer error="e\\"f", scope="a b"',
      [
        ['Basic', { realm: 'x' }],
        ['Bearer', { error: 'e"f', scope: 'a b' }],
      ],
    ],
    [
      'Negotiate, , Bearer scope = "a"',
      [
        ['Negotiate', {}],
        ['Bearer', { scope: 'a' }],
      ],
    ],
    ['realm="x"', []],
    ['Bearer scope="never closed', [['Bearer', {}]]],
    ['"quoted" Bearer', []],
  ] as const) {
    it(JSON.stringify(header), () => {
      assert.deepEqual(read(header), expected)
    })
  }

  it('finds the one for Bearer, wherever it is', () => {
    assert.equal(bearerChallenge('DPoP algs="ES256", BEARER scope=a')?.parameters.get('scope'), 'a')
    assert.equal(bearerChallenge('Basic realm="Bearer"'), undefined)
    assert.equal(bearerChallenge(null), undefined)
  })
})
