import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createSystemRandom } from '../shared/random.ts'
import { chooseUsername, plainUsername } from './username.ts'

describe('a user name from a provider', () => {
  const random = createSystemRandom()
  const choose = (wishes: (string | undefined)[], taken: readonly string[] = []) =>
    chooseUsername(wishes, 'github', async (name) => taken.includes(name), random)

  for (const [there, here] of [
    ['Octo-Cat', 'octo-cat'],
    ['Jörg.Müller', 'jorg-muller'],
    ['CORP\\ada', 'corp-ada'],
    ['__ada__', 'ada'],
    ['漢字', ''],
    ['ＡＤＡ', 'ada'],
    ['x'.repeat(200), 'x'.repeat(48)],
  ]) {
    it(`of ${there} is ${here === '' ? 'nothing' : here}`, () => assert.equal(plainUsername(there!), here))
  }

  it('falls back from name to address to provider', async () => {
    assert.equal(await choose([undefined, 'ada']), 'ada')
    assert.equal(await choose(['漢字', '字']), 'github-user')
  })

  it('is never one that is taken or that people take for the server’s', async () => {
    assert.equal(await choose(['ada'], ['ada']), 'ada-github')
    assert.equal(await choose(['ada'], ['ada', 'ada-github', 'ada-1']), 'ada-2')
    assert.equal(await choose(['root']), 'root-github')
    const all = ['ada', 'ada-github', ...Array.from({ length: 10 }, (_, index) => `ada-${index + 1}`)]
    assert.match(await choose(['ada'], all), /^ada-[0-9a-f]{12}$/)
  })

  it('is one that administrators could give', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), async (wishes) => {
        assert.match(await choose(wishes), /^[a-z0-9_-]{1,64}$/)
      }),
    ))
})
