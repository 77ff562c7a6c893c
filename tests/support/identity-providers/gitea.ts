/** Speaks as Gitea and Forgejo do. */
import { createDesk, type StandIn, sendJson, settingsFor, startStandIn } from './stand-in.ts'

export interface Gitea extends StandIn {
  user: { id: number; login: string; full_name: string; email: string }
  settings: Record<string, string>
}

export async function startGitea(): Promise<Gitea> {
  const desk = createDesk({ error: 'access_denied', error_description: 'the request is denied' })
  const standIn = await startStandIn((url) => ({
    'GET /login/oauth/authorize': desk.authorize,
    'POST /login/oauth/access_token': (request, response) => {
      const redeemed = desk.redeem(request)
      if (typeof redeemed === 'string') {
        sendJson(response, 400, {
          error: 'unauthorized_client',
          error_description:
            redeemed === 'verifier' ? 'failed PKCE code challenge' : 'client is not authorized',
        })
        return
      }
      sendJson(response, 200, {
        access_token: desk.issueToken(),
        token_type: 'bearer',
        expires_in: 3600,
        refresh_token: desk.issueToken(),
      })
    },
    'GET /api/v1/user': (request, response) => {
      if (!desk.isBearer(request)) {
        sendJson(response, 401, { message: 'token is required', url: `${url}/api/swagger` })
        return
      }
      sendJson(response, 200, {
        ...self.user,
        login_name: '',
        source_id: 0,
        avatar_url: `${url}/avatars/1`,
        html_url: `${url}/${self.user.login}`,
        language: 'en-US',
        is_admin: false,
        active: true,
        prohibit_login: false,
        username: self.user.login,
      })
    },
  }))
  const self: Gitea = {
    ...standIn,
    user: { id: 7, login: 'teapot', full_name: 'Tea Pot', email: 'tea@example.com' },
    settings: settingsFor('GITEA', { GITEA_URL: standIn.url }),
  }
  return self
}
