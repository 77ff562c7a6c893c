import assert from 'node:assert/strict'
import { it } from 'node:test'
import { chooseLanguage } from '../views/languages/languages.ts'
import { readerOf } from './reader.ts'

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
  const spoken = (headers: Record<string, string>) => readerOf({ headers }).language.tag
  assert.equal(spoken({}), 'en')
  assert.equal(spoken({ 'accept-language': 'en;q=0.5, zh-TW' }), 'zh-TW')
  assert.equal(spoken({ 'accept-language': 'de, zh-TW;q=0, en;q=0.1' }), 'en')
  assert.equal(spoken({ 'accept-language': 'en;q=x,,;q=1,*' }), 'en')
  assert.equal(spoken({ 'accept-language': 'en', cookie: 'authgate_language=zh-TW' }), 'zh-TW')
  assert.equal(spoken({ 'accept-language': 'zh-TW', cookie: 'authgate_language=xx' }), 'zh-TW')
})

it('takes no theme it does not know', () => {
  assert.equal(readerOf({ headers: { cookie: 'authgate_theme=dark' } }).theme, 'dark')
  assert.equal(readerOf({ headers: { cookie: 'authgate_theme="><script>' } }).theme, 'system')
})
