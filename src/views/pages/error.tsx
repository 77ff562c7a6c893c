/** What a person reads when something went wrong: what happened, what to do now, a name to ask with, a way on. */

import { LinkButton } from '../components/button.tsx'
import { Id } from '../components/id.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type PageProps } from '../props.ts'
import { waitingTime } from '../relative-time.ts'

/** Every kind of error page: its status, what happened, and what to do now. */
export const errorPages = {
  bad_request: {
    status: 400,
    title: 'This request could not be understood',
    advice: 'The link or form may be incomplete. Go back and try again, or start over.',
  },
  page_expired: {
    status: 403,
    title: 'This page was open too long',
    advice: 'To keep you safe, nothing was changed. Go back, load the page again, and repeat what you did.',
  },
  forbidden: {
    status: 403,
    title: 'You may not open this page',
    advice:
      'Your account does not have the right to see it. If it should, ask the people who run this server.',
  },
  not_found: {
    status: 404,
    title: 'There is no such page',
    advice: 'The address may be mistyped, or the thing it led to is gone.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This page cannot be used that way',
    advice: 'Open it from a link or button of this server instead.',
  },
  too_large: {
    status: 413,
    title: 'That was too much at once',
    advice: 'The form you sent is larger than this server accepts. Shorten it and try again.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many attempts',
    advice: 'This limit protects every account here.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    advice: 'It is not your fault, and it has been recorded. Try again in a minute.',
  },
  unavailable: {
    status: 503,
    title: 'This server cannot answer right now',
    advice: 'It is starting, busy or being looked after. Try again in a minute.',
  },
} as const satisfies Record<string, { status: number; title: string; advice: string }>

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
  wayOn: { path: string; label: string }
}

export function ErrorPage({ site, kind, requestId, retryAfterSeconds, wayOn }: ErrorPageProps) {
  const { title, advice } = errorPages[kind]
  return (
    <PublicPage site={site} title={title}>
      <h1>{title}</h1>
      <p class="lead">
        {retryAfterSeconds !== null && `Wait ${waitingTime(retryAfterSeconds)}, then try again. `}
        {advice}
      </p>
      <LinkButton href={localHref(site, wayOn.path)} wide>
        {wayOn.label}
      </LinkButton>
      <div class="aside">
        <p>
          If you ask for help, give this request id. It lets the people who run this server find what
          happened.
        </p>
        <Id value={requestId} what="request id" whole />
      </div>
    </PublicPage>
  )
}
