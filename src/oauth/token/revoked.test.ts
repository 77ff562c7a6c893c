import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '../../shared/clock.ts'
import { tokensRevoked } from './revoked.ts'

test('an act that ended tokens is one event; one that found nothing usable is none', () => {
  const act = {
    at: instant(0),
    actor: { type: 'system' },
    reason: 'admin',
    clientId: 'client',
    accountId: undefined,
    grantId: undefined,
  } as const
  for (const counts of [
    { accessTokens: 0, refreshTokens: 1 },
    { accessTokens: 2, refreshTokens: 0 },
  ]) {
    assert.deepEqual(tokensRevoked(counts, act), [{ ...act, type: 'token.revoked', ...counts }])
  }
  assert.deepEqual(tokensRevoked({ accessTokens: 0, refreshTokens: 0 }, act), [])
})
