/** The page a person sees when something went wrong. */
import type { IncomingHttpHeaders } from 'node:http'
import { h } from 'preact'
import { ErrorPage, errorPageKind } from '../views/pages/error.tsx'
import type { Site } from '../views/props.ts'
import { renderPage } from '../views/render.ts'
import { type HttpAnswer, html } from './endpoint.ts'
import { readerOf } from './reader.ts'

export interface ErrorToShow {
  status: number
  variant?: 'csrf' | undefined
  retryAfterSeconds?: number | undefined
  requestId: string
  /** Of the request: they say who reads. */
  headers: IncomingHttpHeaders
}

export function createErrorPage(site: Site): (error: ErrorToShow) => HttpAnswer {
  return ({ status, variant, retryAfterSeconds, requestId, headers: asked }) => {
    const reader = readerOf({ headers: asked })
    const props = {
      site,
      reader,
      kind: variant === 'csrf' ? 'page_expired' : errorPageKind(status),
      requestId,
      retryAfterSeconds: retryAfterSeconds ?? null,
      wayOn: { path: '/account/sessions', label: 'Go to your account' },
    } as const
    const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
    return html(status, renderPage(h(ErrorPage, props), reader), headers)
  }
}
