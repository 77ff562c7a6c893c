/**
 * `/docs`: guides for developers, in each language at an address of its own, with the addresses of this server and, for
 * whoever is signed in, the values of one of their own apps in every example.
 */
import type { Client } from '../../oauth/client.ts'
import type { ClientReader } from '../../oauth/client-store.ts'
import { type OAuthErrorCode, oauthErrors } from '../../oauth/errors.ts'
import type { LanguageTag } from '../../shared/language-tags.ts'
import type { EndpointRow } from '../../views/guides/endpoint-table.tsx'
import type { ErrorEntry, ErrorExplanation } from '../../views/guides/error-catalogue.tsx'
import type { Visitor } from '../../views/guides/frame.tsx'
import { fillGuide, type GuideSlug, guideSlugs, isGuideSlug, loadGuide } from '../../views/guides.ts'
import { findLanguage, type Language } from '../../views/languages/languages.ts'
import { GuidePage, NoGuidePage } from '../../views/pages/guide.tsx'
import type { PageProps } from '../../views/props.ts'
import type { Endpoint, HttpAnswer, HttpRequest } from '../endpoint.ts'
import { type PageKit, page, type Visit } from '../page.ts'
import { type AccessTokenFacts, guideValues } from './guide-values.ts'

const path = '/docs'

/** A person with more apps than this looks for the one they mean by its id in the address. */
const maxOwnApps = 100

/** The compiler demands a text for each error there is, in each language. */
const explanations: Record<LanguageTag, () => Promise<Record<OAuthErrorCode, ErrorExplanation>>> = {
  en: async () => (await import('../../views/guides/en/errors.ts')).errors,
  'zh-TW': async () => (await import('../../views/guides/zh-TW/errors.ts')).errors,
}

export function createGuideEndpoints(dependencies: {
  kit: PageKit
  clients: Pick<ClientReader, 'page'>
  /** What this server says of itself at this moment (OpenID Connect Discovery 1.0 §3). */
  metadata(): Promise<Readonly<Record<string, unknown>>>
  accessTokens: AccessTokenFacts
}): Endpoint[] {
  const { kit, clients, metadata, accessTokens } = dependencies

  const goTo = (language: Language, slug: GuideSlug, { query }: HttpRequest): HttpAnswer =>
    kit.goTo(`${path}/${language.tag}/${slug}${query === '' ? '' : `?${query}`}`)

  /** @param path to come back to from a choice of another language, so one that has none in it. */
  const inLanguage = (request: HttpRequest, language: Language, path?: string): PageProps => {
    const { site, reader } = kit.props(request)
    return { site, reader: { ...reader, language, path: path ?? reader.path } }
  }

  /** There is no such guide; the page says which there are. */
  const noGuide = async (request: HttpRequest, language: Language): Promise<HttpAnswer> =>
    page(404, NoGuidePage, {
      ...inLanguage(request, language),
      visitor: visitorOf(await kit.visit(request)),
    })

  const ownApps = async ({ account }: Visit): Promise<readonly Client[]> =>
    (await clients.page({ owner: account.id }, { limit: maxOwnApps })).entries

  const guide = async (request: HttpRequest, language: Language, slug: GuideSlug): Promise<HttpAnswer> => {
    const visit = await kit.visit(request)
    const tag = language.tag as LanguageTag
    const [written, own, said] = await Promise.all([
      loadGuide(tag, slug),
      visit === undefined ? undefined : ownApps(visit),
      metadata(),
    ])
    const chosen = chosenApp(request, own ?? [])
    const query = chosen === undefined ? '' : `?${new URLSearchParams({ client_id: chosen.id })}`
    const { copy, copied } = language.text.copy
    const values = guideValues({ metadata: said, client: chosen, accessTokens })
    return page(200, GuidePage, {
      ...inLanguage(request, language, `${path}/${slug}${query}`),
      visitor: visitorOf(visit),
      slug,
      parts: fillGuide(written, { ...values, query, copy, copied }),
      headings: written.headings,
      query,
      choice:
        own === undefined
          ? null
          : {
              apps: own.map(({ id, name }) => ({ clientId: id, name })),
              chosen: chosen?.id ?? null,
            },
      endpoints: written.parts.includes('endpoints') ? endpointRows(language, said) : [],
      errors: written.parts.includes('errors') ? errorEntries(await explanations[tag]()) : [],
    })
  }

  return [
    {
      method: 'GET',
      path,
      kind: 'page',
      handle: (request) => goTo(kit.props(request).reader.language, guideSlugs[0], request),
    },
    {
      method: 'GET',
      // A language; in old links a guide.
      path: `${path}/:name`,
      kind: 'page',
      handle(request) {
        const { name = '' } = request.params
        const language = findLanguage(name)
        if (language !== undefined) return goTo(language, guideSlugs[0], request)
        const { language: own } = kit.props(request).reader
        return isGuideSlug(name) ? goTo(own, name, request) : noGuide(request, own)
      },
    },
    {
      method: 'GET',
      path: `${path}/:language/:slug`,
      kind: 'page',
      handle(request) {
        const { slug = '' } = request.params
        const language = findLanguage(request.params.language ?? '')
        if (language === undefined || !isGuideSlug(slug)) {
          return noGuide(request, language ?? kit.props(request).reader.language)
        }
        // One address for each page (RFC 5646 §2.1.1: tags are compared without case).
        if (language.tag !== request.params.language) return goTo(language, slug, request)
        return guide(request, language, slug)
      },
    },
  ]
}

export function visitorOf(visit: Visit | undefined): Visitor {
  if (visit === undefined) return null
  const { site, reader, ...visitor } = visit.props
  return visitor
}

/** Only one of the reader's own: an address that somebody else made cannot put another's values into the examples. */
function chosenApp({ query }: HttpRequest, own: readonly Client[]): Client | undefined {
  const asked = new URLSearchParams(query).get('client_id')
  return own.find(({ id }) => id === asked)
}

function endpointRows(language: Language, said: Readonly<Record<string, unknown>>): EndpointRow[] {
  return Object.keys(language.text.guides.endpoints)
    .filter((member) => typeof said[member] === 'string')
    .map((member) => ({ member, address: String(said[member]) }))
}

function errorEntries(texts: Record<OAuthErrorCode, ErrorExplanation>): ErrorEntry[] {
  return Object.entries(oauthErrors).map(([code, { status, source }]) => ({
    code,
    status,
    source,
    ...texts[code as OAuthErrorCode],
  }))
}
