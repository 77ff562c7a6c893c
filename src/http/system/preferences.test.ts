import assert from 'node:assert/strict'
import { it } from 'node:test'
import { PageError } from '../endpoint.ts'
import { preferencesEndpoint } from './preferences.ts'

const server = { issuer: 'https://id.example/auth', basePath: '/auth', secure: true }

const choose = (query: string) =>
  preferencesEndpoint(server).handle({
    method: 'GET',
    query,
    params: {},
    headers: {},
    body: '',
    context: { requestId: '', ip: '', userAgent: '', method: 'GET', path: '/auth/preferences' },
    receivedAt: 0,
  })

it('remembers a language and a theme for a year, and goes back to where the link stood', async () => {
  const answer = await choose('language=zh-tw&theme=dark&return=%2Fdevice%3Fuser_code%3DWDJB-MJHT')
  assert.deepEqual(answer, {
    status: 303,
    headers: {
      location: '/auth/device?user_code=WDJB-MJHT',
      'set-cookie': [
        'authgate_language=zh-TW; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Lax',
        'authgate_theme=dark; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Lax',
      ],
    },
  })
})

it('leads nowhere else', async () => {
  for (const elsewhere of [
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '/../../x',
    '/%0d%0ax',
    '',
  ]) {
    const { headers } = await choose(`theme=light&return=${encodeURIComponent(elsewhere)}`)
    assert.match(String(headers!.location), /^\/auth\/(?:%0d%0ax)?$/, elsewhere)
  }
})

it('takes nothing it does not know', () => {
  for (const query of ['language=xx', 'theme=pink', 'language=%22%3E', 'language=en&language=en']) {
    assert.throws(() => choose(query), PageError, query)
  }
})
