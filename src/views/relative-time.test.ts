import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { instant } from '../shared/clock.ts'
import { defaultLanguage as english, findLanguage, languages } from './languages/languages.ts'
import { exactTime, relativeTime, waitingTime } from './relative-time.ts'

/** The page script, loaded as a module; without a document it only offers its functions. */
interface PageScript {
  relativeText(
    seconds: number,
    words: { relative: Intl.RelativeTimeFormat; justNow: string; inAMoment: string },
  ): string
  formatUserCode(typed: string): string
}
const script = (await import(new URL('./static/app.js', import.meta.url).href)) as PageScript

const now = instant(Date.UTC(2026, 10, 24, 6, 16, 21))

describe('times in words', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, 'just now'],
    [-59.999, 'just now'],
    [-60, '1 minute ago'],
    [-130, '2 minutes ago'],
    [-3_599, '59 minutes ago'],
    [-3_600, '1 hour ago'],
    [-86_399, '23 hours ago'],
    [-86_400 * 45, '1 month ago'],
    [-86_400 * 800, '2 years ago'],
    [1, 'in a moment'],
    [60, 'in 1 minute'],
    [86_400 * 29.9, 'in 29 days'],
  ]
  for (const [seconds, words] of cases) {
    it(`${seconds} seconds from now is ${words}`, () =>
      assert.equal(relativeTime(instant(now + seconds * 1000), now, english), words))
  }

  it('reads the same when the page script refreshes it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000_000, max: 100_000_000_000 }), (milliseconds) => {
        for (const language of languages) {
          const { justNow, inAMoment } = language.text.time
          const words = { justNow, inAMoment, relative: new Intl.RelativeTimeFormat(language.tag) }
          assert.equal(
            relativeTime(instant(now + milliseconds), now, language),
            script.relativeText(milliseconds / 1000, words),
          )
        }
      }),
    )
  })

  it('has the exact time in UTC', () => {
    assert.match(exactTime(now, english), /^Nov 24, 2026, 6:16:21\sAM UTC$/)
  })

  it('never tells a wait too short', () => {
    assert.equal(waitingTime(0, english), '1 second')
    assert.equal(waitingTime(29.1, english), '30 seconds')
    assert.equal(waitingTime(90, english), '2 minutes')
    assert.equal(waitingTime(121, english), '3 minutes')
  })

  it('is told in the language of the reader', () => {
    const chinese = findLanguage('zh-TW')!
    assert.equal(relativeTime(instant(now - 130_000), now, chinese), '2 分鐘前')
    assert.equal(relativeTime(now, now, chinese), '剛剛')
    assert.equal(exactTime(now, chinese), '2026年11月24日 清晨6:16:21 UTC')
    assert.equal(waitingTime(29.1, chinese), '30 秒')
  })
})

describe('a user code while it is typed', () => {
  for (const [typed, shown] of [
    ['', ''],
    ['wdjb', 'WDJB'],
    ['wdjbm', 'WDJB-M'],
    ['ｗｄｊｂ－ｍｊｈｔ', 'WDJB-MJHT'],
    ['wdjb-mjht', 'WDJB-MJHT'],
    [' WDJB – MJHT\n', 'WDJB-MJHT'],
    ['wdjbmjhtx', 'WDJB-MJHT'],
  ] as const) {
    it(`${JSON.stringify(typed)} becomes ${shown}`, () => assert.equal(script.formatUserCode(typed), shown))
  }
})
