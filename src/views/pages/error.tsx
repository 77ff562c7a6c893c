/** What a person reads when something went wrong: what happened, what to do now, a name to ask with, a way on. */

import { LinkButton } from '../components/button.tsx'
import { Id } from '../components/id.tsx'
import type { Text } from '../languages/languages.ts'
import { PublicPage } from '../layout.tsx'
import { localHref, type PageProps } from '../props.ts'
import { useReader } from '../reader.tsx'
import { waitingTime } from '../relative-time.ts'

/** Every kind of error page, and its status. */
export const errorPages = {
  bad_request: 400,
  page_expired: 403,
  page_expired_kept: 403,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<keyof Text['error']['kinds'], number>

export type ErrorPageKind = keyof typeof errorPages

/** The page for a status that nothing more is known about. */
export function errorPageKind(status: number): ErrorPageKind {
  switch (status) {
    case 403:
      return 'forbidden'
    case 404:
      return 'not_found'
    case 405:
      return 'method_not_allowed'
    case 413:
      return 'too_large'
    case 429:
      return 'too_many_requests'
    case 503:
      return 'unavailable'
    default:
      return status >= 500 ? 'internal' : 'bad_request'
  }
}

export interface ErrorPageProps extends PageProps {
  kind: ErrorPageKind
  /** The id under which the log tells the rest. */
  requestId: string
  /** How long to wait before the next try, where that is known. */
  retryAfterSeconds: number | null
  /** Where the person can go on: base path excluded. */
  wayOn: { path: string; label: 'account' | 'sign_in' | 'go_on' }
}

export function ErrorPage({ site, kind, requestId, retryAfterSeconds, wayOn }: ErrorPageProps) {
  const { language } = useReader()
  const { common, error: text, login: signIn } = language.text
  const { title, advice } = text.kinds[kind]
  const labels = { account: common.goToAccount, sign_in: signIn.signIn, go_on: text.goOn }
  return (
    <PublicPage site={site} title={title}>
      <h1>{title}</h1>
      <p class="lead">
        {retryAfterSeconds !== null && `${common.tryAgainAfter(waitingTime(retryAfterSeconds, language))} `}
        {advice}
      </p>
      <LinkButton href={localHref(site, wayOn.path)} wide>
        {labels[wayOn.label]}
      </LinkButton>
      <div class="aside">
        <p>{text.requestIdAdvice}</p>
        <Id value={requestId} what={text.requestId} whole />
      </div>
    </PublicPage>
  )
}
