/** Who reads the pages that answer a request: the language and theme they chose, else what their browser asks for. */
import { parseCookie } from 'cookie'
import { chooseLanguage, findLanguage, type Language } from '../views/languages/languages.ts'
import { defaultReader, type Reader, type Theme, themes } from '../views/reader.tsx'
import type { HttpRequest } from './endpoint.ts'

export const languageCookie = 'authgate_language'
export const themeCookie = 'authgate_theme'

/** No honest header is longer. */
const maxAcceptLanguage = 256

export function readerOf({ headers }: Pick<HttpRequest, 'headers'>): Reader {
  const cookies = headers.cookie === undefined ? {} : parseCookie(headers.cookie)
  const language = cookies[languageCookie]
  const theme = cookies[themeCookie]
  return {
    language:
      (language === undefined ? undefined : findLanguage(language)) ??
      acceptedLanguage(headers['accept-language']) ??
      defaultReader.language,
    theme: themes.includes(theme as Theme) ? (theme as Theme) : defaultReader.theme,
  }
}

/** RFC 9110 §12.5.4: language ranges with their weights; the best of those spoken here. */
function acceptedLanguage(header: string | undefined): Language | undefined {
  if (header === undefined) return undefined
  const ranges = header
    .slice(0, maxAcceptLanguage)
    .split(',')
    .map((item) => {
      const [tag = '', ...parameters] = item.trim().split(/\s*;\s*/)
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
      return { tag, weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ weight }) => weight > 0)
  return chooseLanguage(ranges.sort((one, other) => other.weight - one.weight).map(({ tag }) => tag))
}
