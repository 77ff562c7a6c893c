/** `/docs/api`: the reference of the Admin API, for whoever reads. */
import { apiReferencePath } from '../../views/guides/navigation.tsx'
import { ApiReferencePage } from '../../views/pages/api-reference.tsx'
import type { OpenApiDocument } from '../api/document.ts'
import { documentPath } from '../api/document-endpoint.ts'
import { apiReference } from '../api/reference.ts'
import type { Endpoint } from '../endpoint.ts'
import { type PageKit, page } from '../page.ts'
import { visitorOf } from './guides.ts'

export function apiReferenceEndpoint(dependencies: { kit: PageKit; document(): OpenApiDocument }): Endpoint {
  const { kit, document } = dependencies
  return {
    method: 'GET',
    path: apiReferencePath,
    kind: 'page',
    async handle(request) {
      const { site, reader } = kit.props(request)
      const reference = apiReference(document())
      const visitor = visitorOf(await kit.visit(request))
      return page(200, ApiReferencePage, { site, reader, visitor, reference, documentPath })
    },
  }
}
