/** The gallery of what people see of their own. */
import { test } from 'node:test'
import { languages } from '../../src/views/languages/languages.ts'
import { accountStates } from '../support/gallery/account.ts'
import { gallery } from '../support/gallery/gallery.ts'
import { press } from '../support/gallery/scene.ts'

gallery('what people see of their own, in every state', accountStates, (hall) => {
  test('what only time leads to: a code that is too old, and a proof that is', async () => {
    for (const language of languages) {
      const page = await hall.visitor({ as: 'newcomer' }, `late-${language.tag}`.toLowerCase(), language)
      const { verification_uri_complete } = await hall.site.device()
      hall.site.test.clock.advance(30 * 60)
      await page.goto(verification_uri_complete)
      await page.getByText(language.text.device.problems.expired.happened).waitFor()
      await hall.look(page, 'device-expired', language)
      await page.goto('/account/security/passkeys/new')
      await page.getByText(language.text.security.confirm.passwordSubmit, { exact: true }).waitFor()
      await hall.look(page, 'confirm', language)
      await page.locator('#password').fill('not the password')
      await press(page)
      await page.getByText(language.text.security.confirm.wrongAdvice).waitFor()
      await hall.look(page, 'confirm-wrong', language, true)
    }
  })
})
