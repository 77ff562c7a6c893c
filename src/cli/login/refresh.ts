/** A kept token renewed with its refresh token (RFC 6749 §6), and what came of it kept in its place. */
import { addSeconds, type Clock, epochSeconds } from '../../shared/clock.ts'
import { discover } from './discovery.ts'
import { withFileLock } from './file-lock.ts'
import { type Http, NoAnswer } from './http.ts'
import { readPollAnswer } from './polling.ts'
import { LoginFailure, problems } from './problem.ts'
import { readTokenFile, replaceTokenFile, type TokenFile } from './token-file.ts'

/** A token that ends sooner may be over before the request that carries it arrives. */
const marginSeconds = 30

export function isExpired({ expires_at: expiresAt }: TokenFile, clock: Clock): boolean {
  return expiresAt !== undefined && epochSeconds(clock.now()) >= expiresAt - marginSeconds
}

export type Renewal =
  | { readonly kind: 'renewed'; readonly kept: TokenFile }
  /** There is no refresh token, or the server does not take it any more. */
  | { readonly kind: 'over' }

/**
 * Renews what is kept at `path`. Of several processes one asks the server and the others find what it got: a refresh
 * token that comes back twice is taken for a stolen one (RFC 9700 §4.14.2).
 *
 * @param seen what the caller read there, and cannot use any more.
 * @throws {LoginFailure} when the server cannot be asked, or the answer not be kept.
 */
export async function renew(options: {
  http: Http
  clock: Clock
  path: string
  seen: TokenFile
  allowInsecure: boolean
}): Promise<Renewal> {
  const { http, clock, path, seen, allowInsecure } = options
  if (seen.refresh_token === undefined) return { kind: 'over' }
  // Before the lock, which is held for one request only.
  const { token: endpoint } = await discover(http, seen.server, allowInsecure)
  return keeping(path, () =>
    withFileLock(path, async () => {
      const kept = (await readTokenFile(path)) ?? seen
      if (kept.access_token !== seen.access_token && !isExpired(kept, clock)) return { kind: 'renewed', kept }
      if (kept.refresh_token === undefined) return { kind: 'over' }
      const fresh = await exchange(http, clock, endpoint, kept)
      if (fresh === undefined) return { kind: 'over' }
      await replaceTokenFile(path, fresh)
      return { kind: 'renewed', kept: fresh }
    }),
  )
}

/** @returns `undefined` when the server does not take the refresh token any more. */
async function exchange(
  http: Http,
  clock: Clock,
  endpoint: string,
  kept: TokenFile,
): Promise<TokenFile | undefined> {
  const answer = await http
    .postForm(endpoint, {
      grant_type: 'refresh_token',
      refresh_token: kept.refresh_token,
      client_id: kept.client_id,
    })
    .then((reply) => readPollAnswer(reply, clock.now()))
    .catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error
      throw new LoginFailure(problems.unreachable(endpoint, error.message), { cause: error })
    })
  switch (answer.kind) {
    case 'token': {
      const { accessToken, refreshToken, scope, tokenType, expiresInSeconds } = answer.token
      const { expires_at: _, ...before } = kept
      return {
        ...before,
        access_token: accessToken,
        // Servers that do not rotate it say nothing (§5.1).
        ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
        scope: scope ?? kept.scope,
        token_type: tokenType,
        ...(expiresInSeconds === undefined
          ? {}
          : { expires_at: epochSeconds(addSeconds(clock.now(), expiresInSeconds)) }),
      }
    }
    case 'refused':
      if (answer.error === 'invalid_grant') return undefined
      throw new LoginFailure(problems.refused(answer.error, answer.description))
    case 'no_answer':
      throw new LoginFailure(problems.cannotRenew(endpoint, answer.retryAfterSeconds))
    default:
      throw new LoginFailure(problems.notUnderstood(endpoint, 'It is neither a token nor an OAuth error.'))
  }
}

async function keeping<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (error instanceof LoginFailure) throw error
    const detail = error instanceof Error ? error.message : String(error)
    throw new LoginFailure(problems.cannotKeepRenewed(path, detail), { cause: error })
  }
}
