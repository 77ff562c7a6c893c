/**
 * `/oauth/end_session` (OpenID Connect RP-Initiated Logout 1.0): an app sends its person here to sign out. The page
 * that asks posts to a path of its own: a `POST` here comes from the app's site, without the session's cookie.
 */
import { actorOf, type Sessions } from '../../accounts/sessions.ts'
import { redirectKind } from '../../oauth/authorization/redirect-uri.ts'
import { vouchedFor } from '../../oauth/client.ts'
import { type LogoutDecision, type LogoutRequests, logoutParameters } from '../../oauth/openid/logout.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import { ReturnToAppPage } from '../../views/pages/authorization.tsx'
import {
  EndSessionPage,
  type EndSessionProblem,
  endSessionProblems,
  SignedOutPage,
} from '../../views/pages/end-session.tsx'
import type { Csrf } from '../csrf.ts'
import { type Endpoint, type HttpAnswer, type HttpRequest, PageError, redirect } from '../endpoint.ts'
import { readForm, readQuery } from '../form.ts'
import { leavesThisServer, type PageKit, page, type Visit } from '../page.ts'
import { localesIn } from '../reader.ts'

export const endSessionPath = '/oauth/end_session'
const confirmPath = `${endSessionPath}/confirm`
const donePath = `${endSessionPath}/done`

/** A longer request line is refused by this server's own HTTP parser, and by many before it. */
const maxQueryLength = 8192

export function createEndSessionEndpoints(dependencies: {
  kit: PageKit
  csrf: Csrf
  sessions: Sessions
  logoutRequests: LogoutRequests
}): Endpoint[] {
  const { kit, csrf, sessions, logoutRequests } = dependencies

  const leave = (request: HttpRequest, { client, returnTo, problem }: LogoutDecision): HttpAnswer => {
    if (client === undefined || returnTo === undefined) {
      return kit.goToSignedOut(problem === undefined ? donePath : `${donePath}?problem=${problem}`)
    }
    if (redirectKind(returnTo) !== 'private_use') return redirect(returnTo, kit.signedOut)
    // Reaches apps whose scheme a browser does not follow by itself after a form.
    const headers = { ...kit.signedOut, ...leavesThisServer, refresh: `0; url=${returnTo}` }
    return page(
      200,
      ReturnToAppPage,
      { ...kit.props(request), clientName: client.name, href: returnTo },
      headers,
    )
  }

  /**
   * For a browser that nobody is signed in with. Anybody can register a client and get an ID token for a hint: without
   * a person who acted, such a client would make this server a stepping stone to any site (RFC 9700 §4.11.2).
   */
  const leaveUnasked = (request: HttpRequest, decision: LogoutDecision): HttpAnswer => {
    const { client, returnTo } = decision
    if (client === undefined || returnTo === undefined) return leave(request, decision)
    if (vouchedFor(client) || redirectKind(returnTo) !== 'web') return leave(request, decision)
    const wayBack = { href: returnTo, host: new URL(returnTo).host }
    return page(200, SignedOutPage, { ...kit.props(request), problem: null, wayBack }, kit.signedOut)
  }

  const signOut = async ({ session, account, request }: Visit, decision: LogoutDecision) => {
    await sessions.signOut(session, account, request.context)
    return leave(request, { ...decision, problem: undefined })
  }

  const ask = (visit: Visit, form: Parameters, { client, problem, returnTo }: LogoutDecision): HttpAnswer =>
    page(
      200,
      EndSessionPage,
      {
        ...visit.props,
        clientName: client?.name ?? null,
        problem: problem ?? null,
        returns: returnTo !== undefined,
        action: confirmPath,
        fields: fieldsOf(form),
      },
      returnTo === undefined ? {} : leavesThisServer,
    )

  return [
    {
      method: 'GET',
      withoutHead: true,
      path: endSessionPath,
      kind: 'page',
      async handle(request) {
        const parameters = readQuery(request)
        const visit = await kit.visit(request, localesIn(parameters.get('ui_locales')))
        const decision = await logoutRequests.examine(parameters, visit?.session)
        if (visit === undefined) return leaveUnasked(request, decision)
        return decision.mustAsk ? ask(visit, parameters, decision) : signOut(visit, decision)
      },
    },
    {
      method: 'POST',
      path: endSessionPath,
      kind: 'page',
      // §2: "OPs MUST support the use of the HTTP GET and POST methods". The cookie comes with the GET that follows.
      handle: (request) => kit.goTo(`${endSessionPath}${queryOf(readForm(request))}`),
    },
    {
      method: 'POST',
      path: confirmPath,
      kind: 'page',
      async handle(request) {
        const form = readForm(request)
        const visit = await kit.visit(request)
        const decision = await logoutRequests.examine(form, visit?.session)
        if (visit === undefined) return leaveUnasked(request, decision)
        csrf.check(request, form, csrf.sessionBinding(visit.session.id), actorOf(visit.account))
        return signOut(visit, decision)
      },
    },
    {
      method: 'GET',
      path: donePath,
      kind: 'page',
      async handle(request) {
        // Whoever signed in again meanwhile and comes back here is told no untruth.
        if ((await kit.visit(request)) !== undefined) return kit.goTo('/account/sessions')
        return page(200, SignedOutPage, { ...kit.props(request), problem: problemOf(request), wayBack: null })
      },
    },
  ]
}

function fieldsOf(parameters: Parameters): Record<string, string> {
  const sent = logoutParameters.map((name) => [name, parameters.get(name)] as const)
  return Object.fromEntries(
    sent.filter((entry): entry is [(typeof entry)[0], string] => entry[1] !== undefined),
  )
}

function queryOf(form: Parameters): string {
  const query = new URLSearchParams(fieldsOf(form)).toString()
  if (query.length > maxQueryLength) throw new PageError(413)
  return query === '' ? '' : `?${query}`
}

function problemOf(request: HttpRequest): EndSessionProblem | null {
  const code = readQuery(request).get('problem')
  return endSessionProblems.find((problem) => problem === code) ?? null
}
