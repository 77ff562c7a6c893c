/** Every setting is explained in every language, with what its default depends on. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settingsInForce } from '../../config/in-force.ts'
import { languageTags } from '../../shared/language-tags.ts'
import { settingWords } from './setting-words.ts'

const settings = settingsInForce({})

/** The names of settings and the like, which every language writes in the same way. */
const codeIn = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!).filter((code) => /^[\w.*/=-]+$/.test(code))

for (const tag of languageTags) {
  describe(`settings in ${tag}`, () => {
    for (const setting of settings) {
      const words = settingWords(setting, tag)
      it(`${setting.name} names what it names in English`, () => {
        assert.deepEqual(codeIn(words.description).sort(), codeIn(setting.description).sort())
      })
      it(`${setting.name} says what its default depends on, if on anything`, () => {
        assert.equal(words.defaultNote === undefined, setting.defaultNote === undefined)
        assert.deepEqual(codeIn(words.defaultNote ?? '').sort(), codeIn(setting.defaultNote ?? '').sort())
      })
      if (tag === 'zh-TW') {
        it(`${setting.name} is explained in Chinese`, () =>
          assert.match(words.description, /\p{Script=Han}/u))
      }
    }
  })
}
