/** Speaks as GitHub does: REST API version 2022-11-28, and errors of the token endpoint with status 200. */
import { createDesk, type Route, type StandIn, sendJson, settingsFor, startStandIn } from './stand-in.ts'

export interface GithubUser {
  id: number
  login: string
  name: string | null
  /** What the profile shows, which nobody has checked. */
  publicEmail: string | null
  emails: { email: string; primary: boolean; verified: boolean }[]
}

export interface Github extends StandIn {
  user: GithubUser
  settings: Record<string, string>
}

const problems = {
  client: ['incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.'],
  code: ['bad_verification_code', 'The code passed is incorrect or expired.'],
  redirect_uri: ['redirect_uri_mismatch', 'The redirect_uri MUST match the registered callback URL.'],
  verifier: ['bad_verification_code', 'The code passed is incorrect or expired.'],
} as const

export async function startGithub(): Promise<Github> {
  const desk = createDesk({
    error: 'access_denied',
    error_description: 'The user has denied your application access.',
    error_uri: 'https://docs.github.com/apps/troubleshooting-authorization-request-errors',
  })
  const authenticated =
    (answer: (self: Github) => unknown): Route =>
    (request, response) => {
      if (desk.isBearer(request)) sendJson(response, 200, answer(self))
      else sendJson(response, 401, { message: 'Bad credentials', status: '401' })
    }
  const standIn = await startStandIn((url) => ({
    'GET /login/oauth/authorize': desk.authorize,
    'POST /login/oauth/access_token': (request, response) => {
      const redeemed = desk.redeem(request)
      if (typeof redeemed === 'string') {
        const [error, error_description] = problems[redeemed]
        sendJson(response, 200, { error, error_description, error_uri: 'https://docs.github.com/' })
        return
      }
      sendJson(response, 200, {
        access_token: desk.issueToken(),
        scope: redeemed.scopes.replaceAll(' ', ','),
        token_type: 'bearer',
      })
    },
    'GET /api/v3/user': authenticated(({ user }) => ({
      login: user.login,
      id: user.id,
      node_id: 'MDQ6VXNlcjE=',
      avatar_url: `${url}/images/error/octocat_happy.gif`,
      html_url: `${url}/${user.login}`,
      type: 'User',
      site_admin: false,
      name: user.name,
      company: null,
      email: user.publicEmail,
      created_at: '2011-01-25T18:44:36Z',
    })),
    'GET /api/v3/user/emails': authenticated(({ user }) =>
      user.emails.map((email) => ({ ...email, visibility: email.primary ? 'private' : null })),
    ),
  }))
  const self: Github = {
    ...standIn,
    user: {
      id: 583231,
      login: 'Octo-Cat',
      name: 'Mona Lisa Octocat',
      publicEmail: 'anybody@example.net',
      emails: [
        { email: '583231+octocat@users.noreply.github.com', primary: false, verified: true },
        { email: 'octo@example.com', primary: true, verified: true },
        { email: 'old@example.com', primary: false, verified: false },
      ],
    },
    settings: settingsFor('GITHUB', { GITHUB_URL: standIn.url }),
  }
  return self
}
