/** What the pages of a sign-in share: who is in the middle of one, and where it leads. */

import type { Account } from '../../accounts/account.ts'
import type { BegunSession } from '../../accounts/sessions.ts'
import type { SignIns, StepEnd, StepRequest, WaitingSignIn } from '../../accounts/sign-in.ts'
import type { SignInStep } from '../../accounts/sign-in-steps.ts'
import type { Config } from '../../config/load.ts'
import type { ServerCookie } from '../cookies.ts'
import { type HttpAnswer, type HttpHeaders, type HttpRequest, redirect } from '../endpoint.ts'
import type { KnownBrowsers } from '../known-browsers.ts'
import { localRedirect } from '../local-redirect.ts'
import { leavesThisServer, type PageKit } from '../page.ts'
import { afterLoginPath, authorizePath } from '../paths.ts'

const pathOfStep: Readonly<Record<SignInStep, string>> = {
  second_factor: '/login/verify',
  new_password: '/login/new-password',
  enroll: '/login/enroll',
}

/** See {@link leavesThisServer}: the request that an app began ends at the app. */
export function headersTowards(
  asked: string | undefined,
  server: Pick<Config['server'], 'issuer' | 'basePath'>,
): HttpHeaders {
  const location = localRedirect(asked, server)
  const { pathname } = new URL(location ?? '/', server.issuer)
  return pathname === server.basePath + authorizePath ? leavesThisServer : {}
}

export interface SignInVisits {
  /** The form's own view of where to go on; what leads elsewhere is forgotten. */
  acceptedRedirect(asked: string | undefined): string | null
  /** Where the person goes on, base path included. */
  onward(asked: string | undefined): string
  /** Headers of a page whose form leads on from there: to an app, if that is where its person is going. */
  headers(asked: string | undefined): HttpHeaders
  /** Sends the browser on, without anything else. */
  goOn(asked: string | undefined): HttpAnswer
  /** The session's cookies: its own, and that this browser is known from now on. */
  sessionCookies(request: HttpRequest, account: Account, begun: BegunSession): string[]
  /** Sends the browser on with the session that has begun. */
  goOnSignedIn(
    request: HttpRequest,
    signedIn: { account: Account; begun: BegunSession },
    asked: string | undefined,
  ): HttpAnswer
  /** Sends the browser to the next step. @param cookieValue when the sign-in is to be kept from now on. */
  goToStep(step: SignInStep, asked: string | undefined, cookieValue?: string): HttpAnswer
  /** Sends the browser back to the beginning. */
  beginAnew(asked: string | undefined, error?: string): HttpAnswer
  resume(request: HttpRequest): Promise<WaitingSignIn | undefined>
  stepRequest(request: HttpRequest, waiting: WaitingSignIn): Promise<StepRequest>
  /** The answer to a step that led on, or nowhere; `undefined` for those whose page is shown again. */
  afterStep(request: HttpRequest, end: StepEnd, asked: string | undefined): HttpAnswer | undefined
}

export function createSignInVisits(dependencies: {
  kit: PageKit
  signIns: Pick<SignIns, 'resume'>
  sessionCookie: ServerCookie
  /** Of sign-ins that wait for their next step. */
  pendingCookie: ServerCookie
  knownBrowsers: KnownBrowsers
  server: Pick<Config['server'], 'issuer' | 'basePath'>
}): SignInVisits {
  const { kit, signIns, sessionCookie, pendingCookie, knownBrowsers, server } = dependencies

  const acceptedRedirect = (asked: string | undefined): string | null =>
    asked !== undefined && localRedirect(asked, server) !== undefined ? asked : null

  const onward = (asked: string | undefined): string =>
    localRedirect(asked, server) ?? server.basePath + afterLoginPath

  const withRedirect = (
    path: string,
    asked: string | undefined,
    more: Record<string, string> = {},
  ): string => {
    const accepted = acceptedRedirect(asked)
    const query = new URLSearchParams({ ...more, ...(accepted === null ? {} : { redirect: accepted }) })
    return query.size === 0 ? path : `${path}?${query}`
  }

  const sessionCookies: SignInVisits['sessionCookies'] = (request, account, begun) => [
    sessionCookie.set(begun.cookieValue, begun.keepForSeconds),
    knownBrowsers.remember(request, account.username),
    ...(pendingCookie.read(request) === undefined ? [] : [pendingCookie.clear()]),
  ]

  const goOnSignedIn: SignInVisits['goOnSignedIn'] = (request, { account, begun }, asked) =>
    redirect(onward(asked), { 'set-cookie': sessionCookies(request, account, begun) })

  const goToStep: SignInVisits['goToStep'] = (step, asked, cookieValue) =>
    kit.goTo(
      withRedirect(pathOfStep[step], asked),
      cookieValue === undefined ? {} : { 'set-cookie': [pendingCookie.set(cookieValue)] },
    )

  const beginAnew: SignInVisits['beginAnew'] = (asked, error) =>
    kit.goTo(withRedirect('/login', asked, error === undefined ? {} : { error }), {
      'set-cookie': [pendingCookie.clear()],
    })

  return {
    acceptedRedirect,
    onward,
    headers: (asked) => headersTowards(asked, server),
    goOn: (asked) => redirect(onward(asked)),
    sessionCookies,
    goOnSignedIn,
    goToStep,
    beginAnew,
    resume: (request) => signIns.resume(pendingCookie.read(request)),
    async stepRequest(request, { account }) {
      const lookup = await kit.recognize(request)
      return {
        origin: {
          ip: request.context.ip,
          knownBrowser: knownBrowsers.recognize(request, account.username),
        },
        replaces: lookup.kind === 'live' ? lookup.session : undefined,
        language: kit.props(request).reader.language.tag,
        context: request.context,
      }
    },
    afterStep(request, end, asked) {
      switch (end.kind) {
        case 'signed_in':
          return goOnSignedIn(request, end, asked)
        case 'pending':
          return goToStep(end.step, asked)
        case 'over':
          return beginAnew(asked, 'sign_in_over')
        default:
          return undefined
      }
    },
  }
}
