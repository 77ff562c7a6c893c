/** Static files of the pages. Their addresses carry a digest of their content, so browsers keep them for good. */
import { asset, type StaticAsset, staticAssets } from '../../views/assets.ts'
import type { Endpoint, HttpAnswer } from '../endpoint.ts'
import { PageError } from '../endpoint.ts'

/** Opened by itself, an image is nothing but an image. */
const imagePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"

/** @param own those of the operator, by their paths. */
export function staticEndpoints(
  own: { assets: ReadonlyMap<string, StaticAsset>; logo: string | null } = { assets: new Map(), logo: null },
): Endpoint[] {
  const serve = (url: string): HttpAnswer => {
    const found = staticAssets.get(url) ?? own.assets.get(url)
    if (found === undefined) throw new PageError(404)
    return {
      status: 200,
      headers: {
        'content-type': found.contentType,
        'cache-control': 'public, max-age=31536000, immutable',
        ...(found.contentType.startsWith('image/') && { 'content-security-policy': imagePolicy }),
      },
      body: found.body,
    }
  }
  return [
    {
      method: 'GET',
      path: '/static/:file',
      kind: 'page',
      handle: ({ params }) => serve(`/static/${params.file}`),
    },
    {
      // Browsers ask for it by this name whatever the pages say.
      method: 'GET',
      path: '/favicon.ico',
      kind: 'page',
      atRoot: true,
      handle() {
        const icon = serve(own.logo ?? asset('favicon.svg'))
        return { ...icon, headers: { ...icon.headers, 'cache-control': 'public, max-age=86400' } }
      },
    },
  ]
}
