/** The page a person sees when something went wrong. */
import { h } from 'preact'
import { ErrorPage, type ErrorPageKind, type ErrorPageProps, errorPageKind } from '../views/pages/error.tsx'
import type { Site } from '../views/props.ts'
import { renderPage } from '../views/render.ts'
import { type HttpAnswer, type HttpHeaders, html, type PageErrorVariant } from './endpoint.ts'
import { resumePath } from './kept-form.ts'
import { type ReaderSettings, type ReadRequest, readerOf } from './reader.ts'

export interface ErrorToShow {
  status: number
  variant?: PageErrorVariant | undefined
  retryAfterSeconds?: number | undefined
  /** Headers of the error itself. */
  own?: HttpHeaders | undefined
  requestId: string
  /** It says who reads. */
  request: ReadRequest
}

/** @param isSignedIn whether a request brings a session along; the way on then leads to the account. */
export function createErrorPage(
  site: Site,
  settings: ReaderSettings,
  isSignedIn: (request: ReadRequest) => boolean,
): (error: ErrorToShow) => HttpAnswer {
  return ({ status, variant, retryAfterSeconds, own, requestId, request }) => {
    const reader = readerOf(request, settings)
    const props: ErrorPageProps = {
      site,
      reader,
      kind: variant === undefined ? errorPageKind(status) : kindOfVariant[variant],
      requestId,
      retryAfterSeconds: retryAfterSeconds ?? null,
      wayOn: wayOn(variant, isSignedIn(request)),
    }
    const wait = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
    return html(status, renderPage(h(ErrorPage, props), reader), { ...own, ...wait })
  }
}

const kindOfVariant: Readonly<Record<PageErrorVariant, ErrorPageKind>> = {
  csrf: 'page_expired',
  csrf_kept: 'page_expired_kept',
}

function wayOn(variant: PageErrorVariant | undefined, signedIn: boolean): ErrorPageProps['wayOn'] {
  if (variant === 'csrf_kept') return { path: resumePath, label: 'go_on' }
  return signedIn ? { path: '/account/sessions', label: 'account' } : { path: '/login', label: 'sign_in' }
}
