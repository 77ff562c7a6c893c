/** Speaks as GitLab does: OAuth by Doorkeeper, REST API v4. */
import { createDesk, type StandIn, sendJson, settingsFor, startStandIn } from './stand-in.ts'

export interface Gitlab extends StandIn {
  user: { id: number; username: string; name: string; email: string | null }
  settings: Record<string, string>
}

export async function startGitlab(): Promise<Gitlab> {
  const desk = createDesk({
    error: 'access_denied',
    error_description: 'The resource owner or authorization server denied the request.',
  })
  const standIn = await startStandIn((url) => ({
    'GET /oauth/authorize': desk.authorize,
    'POST /oauth/token': (request, response) => {
      const redeemed = desk.redeem(request)
      if (redeemed === 'client') {
        sendJson(response, 401, {
          error: 'invalid_client',
          error_description: 'Client authentication failed due to unknown client.',
        })
      } else if (typeof redeemed === 'string') {
        sendJson(response, 400, {
          error: 'invalid_grant',
          error_description: 'The provided authorization grant is invalid, expired or revoked.',
        })
      } else {
        sendJson(response, 200, {
          access_token: desk.issueToken(),
          token_type: 'Bearer',
          expires_in: 7200,
          refresh_token: desk.issueToken(),
          scope: redeemed.scopes,
          created_at: 1_780_000_000,
        })
      }
    },
    'GET /api/v4/user': (request, response) => {
      if (!desk.isBearer(request)) {
        sendJson(response, 401, { message: '401 Unauthorized' })
        return
      }
      const { user } = self
      sendJson(response, 200, {
        ...user,
        state: 'active',
        web_url: `${url}/${user.username}`,
        public_email: null,
        confirmed_at: '2024-05-01T09:00:00.000Z',
        two_factor_enabled: true,
        external: false,
      })
    },
  }))
  const self: Gitlab = {
    ...standIn,
    user: { id: 4711, username: 'tanuki', name: 'Tanuki Fox', email: 'tanuki@example.com' },
    settings: settingsFor('GITLAB', { GITLAB_URL: `${standIn.url}/` }),
  }
  return self
}
