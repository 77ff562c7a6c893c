/**
 * The view for scripts: one JSON object per line on standard output. Events: `code`, then `waiting` for every
 * delay, then `signed_in` or `error`. Tokens are left out unless asked for; scripts read the token file.
 */
import { epochSeconds } from '../../shared/clock.ts'
import type { LoginView } from './view.ts'
import { printableJson } from './words.ts'

export function jsonView(write: (text: string) => void, options: { showToken: boolean }): LoginView {
  const print = (event: Record<string, unknown>) => write(`${printableJson(event)}\n`)
  return {
    code(server, code) {
      print({
        event: 'code',
        server,
        user_code: code.userCode,
        verification_uri: code.verificationUri,
        verification_uri_complete: code.verificationUriComplete,
        expires_in: code.expiresInSeconds,
        interval: code.intervalSeconds,
      })
    },
    delayed(reason, seconds) {
      print({ event: 'waiting', reason, next_poll_in: seconds })
    },
    // A `waiting` speaks of one delay and says how long it is; there is nothing to take back.
    answered() {},
    signedIn({ server, clientId, person, scope, tokenFile, expiresAt, token }) {
      print({
        event: 'signed_in',
        server,
        client_id: clientId,
        user_id: person?.id,
        name: person?.name,
        scope,
        token_type: token.tokenType,
        expires_at: expiresAt === undefined ? undefined : epochSeconds(expiresAt),
        token_file: tokenFile,
        ...(options.showToken ? { access_token: token.accessToken, refresh_token: token.refreshToken } : {}),
      })
    },
    failed(problem) {
      print({
        event: 'error',
        error: problem.code,
        error_description: `${problem.what} ${problem.why}`,
        remedy: problem.remedy,
      })
    },
    close() {},
  }
}
