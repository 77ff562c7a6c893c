/** Everything for people and administrators: the pages, the Admin API, static files; loaded after a start. */
import { createServerCookie } from '../http/cookies.ts'
import { createErrorPage } from '../http/error-page.ts'
import type { LaterEndpoints } from '../http/server.ts'
import { preferencesEndpoint } from '../http/system/preferences.ts'
import { staticEndpoints } from '../http/system/static.ts'
import type { ClientDocuments } from '../oauth/client-documents/documents.ts'
import { version } from '../version.ts'
import type { Brand } from '../views/brand.ts'
import { apiReferencePath } from '../views/guides/navigation.tsx'
import { placesOf } from '../views/navigation.ts'
import type { Site } from '../views/props.ts'
import { type Administration, administrationOf } from './administration.ts'
import { adminApiEndpoints } from './api.ts'
import { pageEndpoints, sessionCookieName } from './pages.ts'
import type { Parts } from './parts.ts'
import type { Protocol } from './protocol.ts'

export interface Website extends LaterEndpoints {
  readonly administration: Administration
  /** Ends the browser sessions whose time has come. */
  sweepSessions(): Promise<unknown>
  /** Announces the sign-ins nobody finished. */
  sweepSignIns(): Promise<unknown>
  /** Waits for what is done beside requests. */
  close(): Promise<void>
}

export function createWebsite(
  parts: Parts,
  brand: Brand,
  documents: ClientDocuments,
  protocol: Protocol,
): Website {
  const { config } = parts
  const places = new Set<string>()
  const site: Site = {
    name: config.brand.name,
    version,
    basePath: config.server.basePath,
    helpUrl: config.brand.helpUrl ?? null,
    brand: brand.site,
    places,
  }
  const administration = administrationOf(parts)
  const pages = pageEndpoints(parts, site, documents, protocol.metadata, administration)
  const api = adminApiEndpoints(parts, protocol, pages.kit, administration)
  for (const path of placesOf(pages.endpoints)) places.add(path)
  if (api.length > 0) places.add(apiReferencePath)
  const sessionCookie = createServerCookie(sessionCookieName, config.server)
  return {
    endpoints: [
      ...api,
      ...pages.endpoints,
      ...staticEndpoints({ assets: brand.assets, logo: brand.site.logo }),
      preferencesEndpoint(config.server),
    ],
    errorPage: createErrorPage(
      site,
      { ...config.server, ...config.pages },
      (request) => sessionCookie.read(request) !== undefined,
    ),
    administration,
    sweepSessions: pages.sweepSessions,
    sweepSignIns: pages.sweepSignIns,
    close: pages.close,
  }
}
