import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addSeconds, instant } from '../../shared/clock.ts'
import { newClient, newPasskey } from '../../storage/conformance/fixtures.ts'
import { decideNextStep, type Facts, type NextStep } from './decide.ts'
import type { Prompt } from './request.ts'

const now = instant(1_770_000_000_000)
const web = newClient({ type: 'confidential' })
const api = 'https://api.example.com'
const allowed = [
  { resource: null, scopes: ['openid', 'profile'] },
  { resource: api, scopes: ['openid'] },
]

function decide(given: Partial<Facts> & { prompt?: Prompt[]; maxAge?: number; redirectUri?: string } = {}) {
  const { prompt = [], maxAge, redirectUri = 'https://app.example/cb', ...facts } = given
  const request = {
    prompt: new Set(prompt),
    maxAge,
    contexts: anyContext,
    scopes: ['openid'],
    resources: [],
    target: { client: web, redirectUri, redirectUriGiven: true, responseMode: 'query', state: undefined },
  } as const
  return decideNextStep(
    {
      request,
      keptAt: undefined,
      person: { accountId: 'ada', authenticatedAt: addSeconds(now, -100), ...byPassword },
      expectedAccountId: undefined,
      allowed,
      rememberConsent: true,
      ...facts,
    },
    now,
  )
}

const byPassword = { methods: ['pwd'] as const, ownFactors: { totp: undefined, passkeys: [] } }
const anyContext = { wanted: [], essential: false }
const signIn: NextStep = { kind: 'sign_in' }
const ask: NextStep = { kind: 'ask' }
const issue: NextStep = { kind: 'issue' }
const loginRequired: NextStep = { kind: 'refuse', error: 'login_required' }
const consentRequired: NextStep = { kind: 'refuse', error: 'consent_required' }
const signedInSince = { accountId: 'ada', authenticatedAt: addSeconds(now, -5), ...byPassword }
const keptAt = addSeconds(now, -10)
const publicRequest = (scopes: string[], redirectUri = 'https://app.example/cb') => ({
  prompt: new Set<Prompt>(),
  maxAge: undefined,
  contexts: anyContext,
  scopes,
  resources: [],
  target: {
    client: newClient({ type: 'public' }),
    redirectUri,
    redirectUriGiven: true,
    responseMode: 'query' as const,
    state: undefined,
  },
})

describe('what an authorization request needs next', () => {
  for (const [name, given, expected] of [
    ['nobody is signed in', { person: undefined }, signIn],
    ['nobody is signed in, and no page may be shown', { person: undefined, prompt: ['none'] }, loginRequired],
    ['a remembered consent covers it', {}, issue],
    ['a remembered consent covers it, in silence', { prompt: ['none'] }, issue],
    ['nothing is remembered', { allowed: [] }, ask],
    ['nothing is remembered, and no page may be shown', { allowed: [], prompt: ['none'] }, consentRequired],
    ['remembering is switched off', { rememberConsent: false }, ask],
    ['prompt=consent', { prompt: ['consent'] }, ask],
    ['prompt=select_account', { prompt: ['select_account'] }, ask],
    ['prompt=login', { prompt: ['login'] }, signIn],
    ['prompt=login, and signed in before the request was kept', { prompt: ['login'], keptAt }, signIn],
    ['prompt=login, and signed in since', { prompt: ['login'], keptAt, person: signedInSince }, issue],
    ['max_age is not over', { maxAge: 101 }, issue],
    ['max_age is over', { maxAge: 100 }, signIn],
    ['max_age is over, and no page may be shown', { maxAge: 100, prompt: ['none'] }, loginRequired],
    ['max_age=0', { maxAge: 0, person: { accountId: 'ada', authenticatedAt: now, ...byPassword } }, signIn],
    ['max_age=1, and signed in since, some seconds ago', { maxAge: 1, keptAt, person: signedInSince }, issue],
    ['the client expects this person', { expectedAccountId: 'ada' }, issue],
    ['the client expects somebody else', { expectedAccountId: 'bob' }, signIn],
    [
      'the client expects somebody else, in silence',
      { expectedAccountId: 'bob', prompt: ['none'] },
      loginRequired,
    ],
    [
      'the client expects somebody else than who signed in for it',
      { expectedAccountId: 'bob', keptAt, person: signedInSince },
      loginRequired,
    ],
  ] as const satisfies readonly (readonly [string, Parameters<typeof decide>[0], NextStep])[]) {
    test(`${name}: ${'error' in expected ? expected.error : expected.kind}`, () => {
      assert.deepEqual(decide(given as Parameters<typeof decide>[0]), expected)
    })
  }

  test('more than was allowed before is asked', () => {
    const request = {
      ...publicRequest(['openid', 'email']),
      target: { ...publicRequest([]).target, client: web },
    }
    assert.deepEqual(decide({ request }), ask)
    assert.deepEqual(
      decide({ request: { ...request, scopes: ['openid'], resources: ['https://b.example'] } }),
      ask,
    )
    assert.deepEqual(decide({ request: { ...request, scopes: ['openid'], resources: [api] } }), issue)
  })

  test('RFC 8252 §8.6: a public client that anybody could be is always asked about', () => {
    assert.deepEqual(decide({ request: publicRequest(['openid']) }), issue)
    for (const uri of ['http://127.0.0.1:1/cb', 'http://localhost/cb', 'com.example.app:/cb']) {
      assert.deepEqual(decide({ request: publicRequest(['openid'], uri) }), ask)
    }
    assert.deepEqual(decide({ redirectUri: 'http://127.0.0.1:1/cb' }), issue)
  })

  describe('when a way of signing in is asked for', () => {
    const multi = 'urn:authgate:acr:multi-factor'
    const passkeys = [newPasskey()]
    const person = (changes: Partial<NonNullable<Facts['person']>>) => ({
      accountId: 'ada',
      authenticatedAt: addSeconds(now, -100),
      ...byPassword,
      ...changes,
    })
    const enrolled = person({ ownFactors: { totp: undefined, passkeys } })
    const proved = person({ methods: ['pwd', 'swk'], ownFactors: { totp: undefined, passkeys } })
    const unmet: NextStep = { kind: 'refuse', error: 'unmet_authentication_requirements' }
    const cases: [string, Facts['person'], wanted: Facts['request']['contexts'], Prompt[], NextStep][] = [
      [
        'what was shown is enough',
        person({}),
        { wanted: ['urn:authgate:acr:single-factor'], essential: true },
        [],
        issue,
      ],
      ['it was shown', proved, { wanted: [multi], essential: true }, [], issue],
      [
        'it can be shown',
        enrolled,
        { wanted: [multi], essential: false },
        [],
        { kind: 'step_up', context: multi },
      ],
      [
        'the preferred that can be had',
        enrolled,
        { wanted: ['phr', multi], essential: true },
        [],
        { kind: 'step_up', context: 'phr' },
      ],
      ['it cannot be had, and need not', person({}), { wanted: [multi], essential: false }, [], issue],
      ['it cannot be had, and must', person({}), { wanted: [multi, 'phr'], essential: true }, [], unmet],
      [
        'nobody may be asked, and it must',
        enrolled,
        { wanted: [multi], essential: true },
        ['none'],
        loginRequired,
      ],
      [
        'nobody may be asked, and it need not',
        enrolled,
        { wanted: [multi], essential: false },
        ['none'],
        issue,
      ],
    ]
    for (const [name, who, contexts, prompt, expected] of cases) {
      test(`${name}: ${'error' in expected ? expected.error : expected.kind}`, () => {
        const request = {
          ...publicRequest(['openid']),
          target: { ...publicRequest([]).target, client: web },
          prompt: new Set(prompt),
          contexts,
        }
        assert.deepEqual(decide({ request, person: who }), expected)
      })
    }
  })
})
