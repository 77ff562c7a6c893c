import assert from 'node:assert/strict'
import { it } from 'node:test'
import { en } from './languages/en/en.tsx'
import { describeScope } from './scopes.ts'

it('says each known scope in one plain sentence', () => {
  const sentences = ['openid', 'profile', 'email', 'offline_access', 'read', 'write'].map((scope) =>
    describeScope(scope, 'Backup CLI', en),
  )
  assert.deepEqual(sentences, [
    'Confirm who you are',
    'See your name and picture',
    'See your email address',
    'Stay signed in while you are away',
    'Read data in your name',
    'Change data in your name',
  ])
})

it('quotes what it does not know, with the app that defines it', () => {
  assert.equal(describeScope('backup:run', 'Backup CLI', en), '"backup:run" (defined by Backup CLI)')
  assert.equal(describeScope('constructor', 'Backup CLI', en), '"constructor" (defined by Backup CLI)')
})
