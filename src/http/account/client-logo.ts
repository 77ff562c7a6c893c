/** `GET /client-logos/:id`: the logo of a client, on the pages that name it. */
import type { ClientLogos } from '../../oauth/client-logos.ts'
import type { ClientReader } from '../../oauth/client-store.ts'
import type { ClientId } from '../../shared/ids.ts'
import { type Endpoint, PageError } from '../endpoint.ts'

const path = '/client-logos'

/** Address of a client's logo below that of this server. */
export function logoPath(id: ClientId): string {
  return `${path}/${encodeURIComponent(id)}`
}

export function clientLogoEndpoint(dependencies: {
  logos: ClientLogos
  clients: Pick<ClientReader, 'find'>
}): Endpoint {
  const { logos, clients } = dependencies
  return {
    method: 'GET',
    path: `${path}/:id`,
    kind: 'page',
    async handle({ params }) {
      const client = await clients.find(params.id as ClientId)
      const logo = client === undefined ? undefined : await logos.find(client)
      if (logo === undefined) throw new PageError(404)
      return {
        status: 200,
        headers: {
          'content-type': logo.mediaType,
          'cache-control': 'private, max-age=3600',
          // Opened by itself it is a foreign file under our name: it may do nothing, and no other site may show it.
          'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
          'cross-origin-resource-policy': 'same-origin',
        },
        body: logo.bytes,
      }
    },
  }
}
