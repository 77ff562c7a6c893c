/**
 * `authgate login` from beginning to end: find the endpoints, get a code, show it, wait, keep the token. Every
 * outside thing is a parameter, so a test can run it in no time.
 */
import { addSeconds, type Clock, epochSeconds, type Instant } from '../../shared/clock.ts'
import { awaitToken, codeExpiry, requestDeviceCode, type Sleep } from './device-flow.ts'
import { discover } from './discovery.ts'
import { type Fetch, type HttpLimits, httpClient } from './http.ts'
import { findPerson } from './person.ts'
import { exitCodes, LoginFailure, problemOf, problems } from './problem.ts'
import { requireSafeTransport } from './server-address.ts'
import { tokenFilePath, writeTokenFile } from './token-file.ts'
import type { LoginView, SignedIn } from './view.ts'

export interface LoginRequest {
  /** As `parseServer` gives it. */
  server: string
  clientId: string
  scope: string | undefined
  allowInsecure: boolean
  /** The folder that `authgate/tokens` is made in. */
  configFolder: string
}

export interface LoginWorld {
  fetch: Fetch
  clock: Clock
  sleep: Sleep
  httpLimits: HttpLimits
  /** What the person reads, in the server's words, about the program that asks. */
  userAgent: string
  /** Aborted when the person gives up. */
  signal: AbortSignal
  view: LoginView
  /** Opens the browser; absent where there is none. Never awaited: a slow desktop must not hold up the code. */
  openBrowser: ((url: string) => Promise<void>) | undefined
  trace: (line: string) => void
}

/** @returns the exit code; whatever happened has been shown, and the view is closed. */
export async function login(request: LoginRequest, world: LoginWorld): Promise<number> {
  const { view, signal, trace } = world
  try {
    view.signedIn(await signIn(request, world))
    return exitCodes.ok
  } catch (error) {
    // What ended before Ctrl-C, a token that cannot be kept above all, is told all the same.
    const problem =
      signal.aborted && !(error instanceof LoginFailure) ? problems.interrupted() : problemOf(error)
    if (error instanceof Error && error.stack !== undefined) trace(error.stack)
    view.failed(problem)
    return problem.exitCode
  } finally {
    view.close()
  }
}

async function signIn(request: LoginRequest, world: LoginWorld): Promise<SignedIn> {
  const { server, clientId, scope, allowInsecure } = request
  const { fetch, clock, sleep, httpLimits, userAgent, signal, view, trace } = world
  const http = httpClient({ fetch, clock, userAgent, signal, limits: httpLimits, trace })
  const endpoints = await discover(http, server, allowInsecure)

  const requestedAt = clock.now()
  const code = await requestDeviceCode(http, clock, endpoints.deviceAuthorization, { clientId, scope })
  requireSafeTransport(code.verificationUri, allowInsecure)
  if (code.verificationUriComplete !== undefined) {
    requireSafeTransport(code.verificationUriComplete, allowInsecure)
  }
  const expiresAt = codeExpiry(requestedAt, code)
  view.code(server, code, expiresAt)
  void world.openBrowser?.(code.verificationUriComplete ?? code.verificationUri)

  const token = await awaitToken({
    http,
    clock,
    sleep,
    signal,
    endpoint: endpoints.token,
    clientId,
    code,
    expiresAt,
    onDelay: (reason, seconds) => view.delayed(reason, seconds),
    onAnswer: () => view.answered(),
  })
  const grantedScope = token.scope ?? scope ?? ''
  const tokenExpiresAt =
    token.expiresInSeconds === undefined ? undefined : addSeconds(clock.now(), token.expiresInSeconds)
  const tokenFile = tokenFilePath(request.configFolder, server, clientId)
  // Kept before anything else is asked: a person's answer must not be lost to a later failure.
  await keep(tokenFile, { request, token, grantedScope, tokenExpiresAt })
  const person = await findPerson({ http, server, userinfo: endpoints.userinfo, token, grantedScope })
  return { server, clientId, person, scope: grantedScope, tokenFile, expiresAt: tokenExpiresAt, token }
}

async function keep(
  path: string,
  grant: {
    request: LoginRequest
    token: SignedIn['token']
    grantedScope: string
    tokenExpiresAt: Instant | undefined
  },
): Promise<void> {
  const { request, token, grantedScope, tokenExpiresAt } = grant
  try {
    await writeTokenFile(path, {
      server: request.server,
      client_id: request.clientId,
      access_token: token.accessToken,
      ...(token.refreshToken === undefined ? {} : { refresh_token: token.refreshToken }),
      scope: grantedScope,
      token_type: token.tokenType,
      ...(tokenExpiresAt === undefined ? {} : { expires_at: epochSeconds(tokenExpiresAt) }),
    })
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new LoginFailure(problems.cannotKeepToken(path, detail), { cause: error })
  }
}
