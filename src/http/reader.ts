/** Who reads the pages that answer a request: the language and theme they chose, else what their browser asks for. */
import type { IncomingHttpHeaders } from 'node:http'
import { parseCookie } from 'cookie'
import type { LanguageTag } from '../shared/language-tags.ts'
import { chooseLanguage, findLanguage, type Language } from '../views/languages/languages.ts'
import { defaultReader, type Reader, type Theme, themes } from '../views/reader.tsx'

export const languageCookie = 'authgate_language'
export const themeCookie = 'authgate_theme'

/** No honest header is longer. */
const maxAcceptLanguage = 256
/** A longer address is not worth coming back to. */
const maxPathLength = 1024
const maxLocales = 10

/** What of a request says who reads its answer. */
export interface ReadRequest {
  readonly method?: string | undefined
  /** Path and query as they were asked for, base path included. */
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
}

export interface ReaderSettings {
  /** Spoken to whoever asks for no language that is spoken here. */
  readonly defaultLanguage: LanguageTag
  readonly basePath: string
  readonly issuer: string
}

/** @param uiLocales languages an app asked for on behalf of its person; what the person chose here comes first. */
export function readerOf(
  { method, url, headers }: ReadRequest,
  settings: ReaderSettings,
  uiLocales: readonly string[] = [],
): Reader {
  const cookies = headers.cookie === undefined ? {} : parseCookie(headers.cookie)
  const language = cookies[languageCookie]
  const theme = cookies[themeCookie]
  return {
    language:
      (language === undefined ? undefined : findLanguage(language)) ??
      chooseLanguage(uiLocales) ??
      acceptedLanguage(headers['accept-language']) ??
      findLanguage(settings.defaultLanguage) ??
      defaultReader.language,
    theme: themes.includes(theme as Theme) ? (theme as Theme) : defaultReader.theme,
    path: pathToReturn(method === 'GET' ? url : headers.referer, settings),
  }
}

/** OpenID Connect Core 1.0 §3.1.2.1: "a space-separated list of BCP47 language tag values, ordered by preference". */
export function localesIn(uiLocales: string | undefined): readonly string[] {
  return uiLocales === undefined ? [] : uiLocales.split(' ').slice(0, maxLocales)
}

/** The page itself, or of an answer to a form the page it stood on. */
function pathToReturn(address: string | undefined, { issuer, basePath }: ReaderSettings): string {
  const { origin } = new URL(issuer)
  const path = address?.startsWith(`${origin}/`) === true ? address.slice(origin.length) : address
  if (path === undefined || !path.startsWith(`${basePath}/`) || path.length > maxPathLength) return '/'
  return path.slice(basePath.length)
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
