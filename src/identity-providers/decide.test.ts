import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Account } from '../accounts/account.ts'
import { instant } from '../shared/clock.ts'
import type { AccountId } from '../shared/ids.ts'
import { decideSignIn, type SignInFacts } from './decide.ts'

const account = (changes: Partial<Account> = {}): Account => ({
  id: 'ada' as AccountId,
  username: 'ada',
  email: 'ada@example.com',
  emailVerified: true,
  fullName: '',
  role: 'user',
  status: 'active',
  authSource: 'local',
  passwordHash: 'hash',
  passwordChangeRequired: false,
  createdAt: instant(0),
  updatedAt: instant(0),
  ...changes,
})
const disabled = account({ status: 'disabled' })

const cases: [title: string, facts: Partial<SignInFacts>, decision: string][] = [
  ['leads to the account it is connected to', { owner: account() }, 'sign_in'],
  [
    'leads there whatever its address is now',
    { owner: account(), holder: account(), profile: { email: undefined, emailVerified: false } },
    'sign_in',
  ],
  ['leads there also where no accounts are made', { owner: account(), autoRegister: false }, 'sign_in'],
  ['opens no disabled account', { owner: disabled }, 'account_disabled'],
  ['is joined by an address both know to be theirs', { holder: account() }, 'link'],
  ['is joined so also where no accounts are made', { holder: account(), autoRegister: false }, 'link'],
  [
    'is not joined by an address the provider does not vouch for',
    { holder: account(), profile: { email: 'ada@example.com', emailVerified: false } },
    'email_taken',
  ],
  [
    'is not joined to an account whose address nobody checked',
    { holder: account({ emailVerified: false }) },
    'email_taken',
  ],
  [
    'is not joined to an account that has another identity of the provider',
    { holder: account(), holderIsConnected: true },
    'email_taken',
  ],
  [
    'tells only the owner of the address that the account is disabled',
    { holder: disabled },
    'account_disabled',
  ],
  [
    'tells nobody else',
    { holder: disabled, profile: { email: 'ada@example.com', emailVerified: false } },
    'email_taken',
  ],
  ['gets an account', {}, 'register'],
  [
    'gets one with an address nobody checked, too',
    { profile: { email: 'ada@example.com', emailVerified: false } },
    'register',
  ],
  ['gets none without an address', { profile: { email: undefined, emailVerified: false } }, 'no_email'],
  ['gets none where none are made', { autoRegister: false }, 'registration_off'],
]

describe('an identity', () => {
  for (const [title, facts, expected] of cases) {
    it(title, () => {
      const decision = decideSignIn({
        profile: { email: 'ada@example.com', emailVerified: true },
        owner: undefined,
        holder: undefined,
        holderIsConnected: false,
        autoRegister: true,
        ...facts,
      })
      assert.equal(decision.kind === 'refused' ? decision.failure : decision.kind, expected)
    })
  }
})
