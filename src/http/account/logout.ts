/** `GET /logout`, `POST /logout`: the question, and its answer. Only the form signs out, never a link. */
import type { Sessions } from '../../accounts/sessions.ts'
import type { Config } from '../../config/load.ts'
import { LogoutPage } from '../../views/pages/logout.tsx'
import type { Endpoint } from '../endpoint.ts'
import { localRedirect } from '../local-redirect.ts'
import { type PageKit, page } from '../page.ts'

export const signedOutPath = '/login?notice=signed_out'

export function createLogoutEndpoints(dependencies: {
  kit: PageKit
  sessions: Sessions
  server: Pick<Config['server'], 'issuer' | 'basePath'>
}): Endpoint[] {
  const { kit, sessions, server } = dependencies
  return [
    kit.signedInGet({
      path: '/logout',
      // Nobody signs in just to sign out.
      returnTo: () => undefined,
      handle: (visit) => page(200, LogoutPage, visit.props),
    }),
    kit.signedInPost({
      path: '/logout',
      keepsForm: false,
      returnTo: () => undefined,
      async handle({ session, account, request }, form) {
        await sessions.signOut(session, account, request.context)
        // Where to go on as somebody else; the sign-in page checks it once more.
        const asked = form.get('redirect')
        if (asked === undefined || localRedirect(asked, server) === undefined) {
          return kit.goToSignedOut(signedOutPath)
        }
        return kit.goToSignedOut(`/login?${new URLSearchParams({ redirect: asked })}`)
      },
    }),
  ]
}
