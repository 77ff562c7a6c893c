/** What a request to sign out amounts to, as a table (RP-Initiated Logout 1.0 §2, §3). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { newClient, newSession } from '../../storage/conformance/fixtures.ts'
import { decideLogout, type LogoutRequestFacts } from './logout.ts'

const uri = 'https://app.example.com/signed-out'
const withQuery = 'https://app.example.com/signed-out?from=authgate'
const client = newClient({ metadata: { postLogoutRedirectUris: [uri, withQuery, 'app:/out#end'] } })
const stranger = { ...client, origin: 'registration' } as const
const session = newSession()
const hint = { clientId: client.id, subject: session.accountId, sessionId: session.id }

const asked = (facts: Partial<LogoutRequestFacts>) =>
  decideLogout({
    hint,
    clientId: undefined,
    client,
    postLogoutRedirectUri: uri,
    state: undefined,
    session,
    ...facts,
  })

describe('a request to sign out', () => {
  const cases: [string, Partial<LogoutRequestFacts>, [string | undefined, string | undefined, boolean]][] = [
    ['with a hint of this session', {}, [uri, undefined, false]],
    ['and no address', { postLogoutRedirectUri: undefined }, [undefined, undefined, false]],
    ['and the client it was issued to', { clientId: client.id }, [uri, undefined, false]],
    ['and another client', { clientId: 'another' }, [undefined, 'hint_invalid', true]],
    [
      'with a hint of another session',
      { hint: { ...hint, sessionId: newSession().id } },
      [uri, undefined, true],
    ],
    ['of no session that is named', { hint: { ...hint, sessionId: undefined } }, [uri, undefined, true]],
    ['of another person', { hint: { ...hint, subject: 'somebody' } }, [uri, undefined, true]],
    ['with a hint that is none', { hint: 'invalid' }, [undefined, 'hint_invalid', true]],
    [
      'with an address that is not registered',
      { postLogoutRedirectUri: `${uri}?foo=bar` },
      [undefined, 'redirect_not_registered', true],
    ],
    [
      'with a prefix of one that is',
      { postLogoutRedirectUri: 'https://app.example.com/' },
      [undefined, 'redirect_not_registered', true],
    ],
    ['of a client that is gone', { client: undefined }, [undefined, 'redirect_not_registered', true]],
    ['without a hint', { hint: undefined, client: undefined }, [undefined, 'hint_missing', true]],
    [
      'without anything',
      { hint: undefined, client: undefined, postLogoutRedirectUri: undefined },
      [undefined, undefined, true],
    ],
    ['of a client an operator made, without a hint', { hint: undefined }, [uri, undefined, true]],
    [
      'of a client that registered itself, without a hint',
      { hint: undefined, client: stranger },
      [undefined, 'hint_missing', true],
    ],
    ['of a client that registered itself, with one', { client: stranger }, [uri, undefined, false]],
  ]
  for (const [name, facts, [returnTo, problem, mustAsk]] of cases) {
    it(name, () => {
      const { client: _, ...decision } = asked(facts)
      assert.deepEqual(decision, { returnTo, problem, mustAsk })
    })
  }

  it('keeps the query and the fragment of a registered address', () => {
    const to = (postLogoutRedirectUri: string) => asked({ postLogoutRedirectUri, state: 'a&b' }).returnTo
    assert.equal(to(withQuery), `${withQuery}&state=a%26b`)
    assert.equal(to('app:/out#end'), 'app:/out?state=a%26b#end')
    assert.equal(asked({ postLogoutRedirectUri: withQuery }).returnTo, withQuery)
  })

  it('gives the state back, byte for byte', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (state) => {
        const { searchParams } = new URL(asked({ state }).returnTo!)
        assert.deepEqual([...searchParams], [['state', state]])
      }),
    )
  })
})
