/** Static files of the pages. Their addresses carry a digest of their content, so browsers keep them for good. */
import { asset, staticAssets } from '../../views/assets.ts'
import type { Endpoint, HttpAnswer } from '../endpoint.ts'
import { PageError } from '../endpoint.ts'

export function staticEndpoints(): Endpoint[] {
  const serve = (url: string): HttpAnswer => {
    const found = staticAssets.get(url)
    if (found === undefined) throw new PageError(404)
    return {
      status: 200,
      headers: { 'content-type': found.contentType, 'cache-control': 'public, max-age=31536000, immutable' },
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
      handle: () => ({
        ...serve(asset('favicon.svg')),
        headers: { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400' },
      }),
    },
  ]
}
