/**
 * `GET /preferences`: chooses a language or a theme for this browser, and goes back to where the link stood. A link
 * may change it: nothing of an account is touched, and the page works without script and before anybody has signed in.
 */
import { stringifySetCookie } from 'cookie'
import type { Config } from '../../config/load.ts'
import { findLanguage } from '../../views/languages/languages.ts'
import { type Theme, themes } from '../../views/reader.tsx'
import { type Endpoint, PageError, redirect } from '../endpoint.ts'
import { readQuery } from '../form.ts'
import { localRedirect } from '../local-redirect.ts'
import { languageCookie, themeCookie } from '../reader.ts'

const keptForSeconds = 365 * 86_400

export function preferencesEndpoint(
  server: Pick<Config['server'], 'issuer' | 'basePath' | 'secure'>,
): Endpoint {
  const remember = (name: string, value: string): string =>
    stringifySetCookie({
      name,
      value,
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: server.secure,
      maxAge: keptForSeconds,
    })
  return {
    method: 'GET',
    withoutHead: true,
    path: '/preferences',
    kind: 'page',
    handle(request) {
      const query = readQuery(request)
      const asked = { language: query.get('language'), theme: query.get('theme') }
      const language = asked.language === undefined ? undefined : findLanguage(asked.language)
      const theme = themes.find((known: Theme) => known === asked.theme)
      // What is asked for and not known here is a mistake in a link, not a wish.
      if (asked.language !== undefined && language === undefined) throw new PageError(400)
      if (asked.theme !== undefined && theme === undefined) throw new PageError(400)
      return redirect(localRedirect(query.get('return'), server) ?? `${server.basePath}/`, {
        'set-cookie': [
          ...(language === undefined ? [] : [remember(languageCookie, language.tag)]),
          ...(theme === undefined ? [] : [remember(themeCookie, theme)]),
        ],
      })
    },
  }
}
