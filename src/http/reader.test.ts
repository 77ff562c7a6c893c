import assert from 'node:assert/strict'
import { it } from 'node:test'
import { chooseLanguage } from '../views/languages/languages.ts'
import { readerOf } from './reader.ts'

const settings = { issuer: 'https://id.example/auth', basePath: '/auth', defaultLanguage: 'en' } as const

const chosen = (...tags: string[]) => chooseLanguage(tags)?.tag

it('finds a language by its tag, or by one that is less exact (RFC 4647 §3.4)', () => {
  assert.equal(chosen('en'), 'en')
  assert.equal(chosen('EN-gb'), 'en')
  assert.equal(chosen('zh-tw'), 'zh-TW')
  assert.equal(chosen('de', 'fr-CA', 'en-US'), 'en')
  assert.equal(chosen('de'), undefined)
  assert.equal(chosen(''), undefined)
})

it('writes traditional characters to whoever reads them', () => {
  for (const tag of ['zh', 'zh-Hant', 'zh-Hant-HK', 'zh-HK', 'zh-MO', 'zh-TW'])
    assert.equal(chosen(tag), 'zh-TW')
  for (const tag of ['zh-CN', 'zh-Hans', 'zh-SG', 'zhx']) assert.equal(chosen(tag, 'en'), 'en')
})

it('speaks what was chosen here, else what the browser likes best, else English', () => {
  const spoken = (headers: Record<string, string>) =>
    readerOf({ method: 'GET', url: '/', headers }, settings).language.tag
  assert.equal(spoken({}), 'en')
  assert.equal(spoken({ 'accept-language': 'en;q=0.5, zh-TW' }), 'zh-TW')
  assert.equal(spoken({ 'accept-language': 'de, zh-TW;q=0, en;q=0.1' }), 'en')
  assert.equal(spoken({ 'accept-language': 'en;q=x,,;q=1,*' }), 'en')
  assert.equal(spoken({ 'accept-language': 'en', cookie: 'authgate_language=zh-TW' }), 'zh-TW')
  assert.equal(spoken({ 'accept-language': 'zh-TW', cookie: 'authgate_language=xx' }), 'zh-TW')
})

it('takes no theme it does not know', () => {
  assert.equal(readerOf({ headers: { cookie: 'authgate_theme=dark' } }, settings).theme, 'dark')
  assert.equal(readerOf({ headers: { cookie: 'authgate_theme="><script>' } }, settings).theme, 'system')
})

it('speaks the language of the server to whoever asks for none it has', () => {
  const tag = (headers: Record<string, string>) =>
    readerOf({ headers }, { ...settings, defaultLanguage: 'zh-TW' }).language.tag
  assert.equal(tag({ 'accept-language': 'de' }), 'zh-TW')
  assert.equal(tag({ 'accept-language': 'en' }), 'en')
})

it('puts what an app asks for before what the browser does, and after what the person chose', () => {
  const tag = (headers: Record<string, string>) =>
    readerOf({ headers }, settings, ['de', 'zh-TW']).language.tag
  assert.equal(tag({ 'accept-language': 'en' }), 'zh-TW')
  assert.equal(tag({ cookie: 'authgate_language=en' }), 'en')
})

it('comes back to the page, or to where the form of an answer stood', () => {
  const path = (method: string, url: string, referer?: string) =>
    readerOf({ method, url, headers: referer === undefined ? {} : { referer } }, settings).path
  assert.equal(path('GET', '/auth/device?user_code=X'), '/device?user_code=X')
  assert.equal(path('POST', '/auth/device/verify', 'https://id.example/auth/device'), '/device')
  assert.equal(path('POST', '/auth/device/verify'), '/')
  assert.equal(path('POST', '/auth/login', 'https://evil.example/auth/login'), '/')
  assert.equal(path('POST', '/auth/login', 'https://id.example.evil.example/auth/'), '/')
  assert.equal(path('GET', '/elsewhere'), '/')
  assert.equal(path('GET', `/auth/${'x'.repeat(2000)}`), '/')
})
