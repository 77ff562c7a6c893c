/** The page a person sees when something went wrong. */
import { h } from 'preact'
import { ErrorPage, errorPageKind } from '../views/pages/error.tsx'
import type { Site } from '../views/props.ts'
import { renderPage } from '../views/render.ts'
import { type HttpAnswer, html } from './endpoint.ts'
import { type ReaderSettings, type ReadRequest, readerOf } from './reader.ts'

export interface ErrorToShow {
  status: number
  variant?: 'csrf' | undefined
  retryAfterSeconds?: number | undefined
  requestId: string
  /** It says who reads. */
  request: ReadRequest
}

export function createErrorPage(site: Site, settings: ReaderSettings): (error: ErrorToShow) => HttpAnswer {
  return ({ status, variant, retryAfterSeconds, requestId, request }) => {
    const reader = readerOf(request, settings)
    const props = {
      site,
      reader,
      kind: variant === 'csrf' ? 'page_expired' : errorPageKind(status),
      requestId,
      retryAfterSeconds: retryAfterSeconds ?? null,
      wayOn: { path: '/account/sessions', label: 'account' },
    } as const
    const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
    return html(status, renderPage(h(ErrorPage, props), reader), headers)
  }
}
