/** RP-Initiated Logout 1.0: what a client's request to sign a person out amounts to. Ending the session is `accounts`'. */
import type { Session } from '../../accounts/session.ts'
import type { ClientId } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Client } from '../client.ts'
import type { Parameters } from '../parameters.ts'
import type { IdTokenHint, IdTokenHints } from './id-token-hint.ts'

/** Parameters of §2, under their own names. */
export const logoutParameters = [
  'id_token_hint',
  'logout_hint',
  'client_id',
  'post_logout_redirect_uri',
  'state',
  'ui_locales',
] as const

/** Why the browser will not go where the request asked. */
export type LogoutProblem = 'hint_missing' | 'hint_invalid' | 'redirect_not_registered'

export interface LogoutDecision {
  /** Who asks, as far as it is known. */
  readonly client: Client | undefined
  /** Where the browser goes afterwards, `state` included; `undefined` when it stays here. */
  readonly returnTo: string | undefined
  readonly problem: LogoutProblem | undefined
  /** Whether the person has to be asked first; meaningless where nobody is signed in. */
  readonly mustAsk: boolean
}

export interface LogoutRequestFacts {
  /** What is known of the hint; `undefined` when none came. */
  readonly hint: IdTokenHint | 'invalid' | undefined
  readonly clientId: string | undefined
  /** The active client that hint or `client_id` names, if there is one. */
  readonly client: Client | undefined
  readonly postLogoutRedirectUri: string | undefined
  readonly state: string | undefined
  /** The browser's live session. */
  readonly session: Pick<Session, 'id' | 'accountId'> | undefined
}

/** Pure. */
export function decideLogout(facts: LogoutRequestFacts): LogoutDecision {
  const { clientId, client, postLogoutRedirectUri, session } = facts
  // §2: with both, the server "MUST verify that the Client Identifier matches the one used when issuing the ID Token".
  const mismatch =
    typeof facts.hint === 'object' && clientId !== undefined && clientId !== facts.hint.clientId
  const hint = mismatch ? 'invalid' : facts.hint
  if (hint === 'invalid') {
    return { client: undefined, returnTo: undefined, problem: 'hint_invalid', mustAsk: true }
  }
  const problem =
    postLogoutRedirectUri === undefined ? undefined : problemOf(postLogoutRedirectUri, hint, client)
  const returnTo =
    postLogoutRedirectUri === undefined || problem !== undefined
      ? undefined
      : withState(postLogoutRedirectUri, facts.state)
  // §2: the server "MUST ask the End-User this question if an id_token_hint was not provided or if the supplied ID
  // Token does not belong to the current OP session with the RP and/or currently logged in End-User".
  const ofThisSession =
    hint !== undefined && hint.sessionId === session?.id && hint.subject === session?.accountId
  return { client, returnTo, problem, mustAsk: !ofThisSession || problem !== undefined }
}

/** §3: the browser goes on only to an address that is registered for the client, and only when that client asked. */
function problemOf(
  uri: string,
  hint: IdTokenHint | undefined,
  client: Client | undefined,
): LogoutProblem | undefined {
  // "unless the OP has other means of confirming the legitimacy of the post-logout redirection target": a client that
  // an operator made, and the person who is asked. Anybody can register a client of their own.
  if (hint === undefined && client?.origin !== 'operator') return 'hint_missing'
  // §3: "The value MUST have been previously registered"; compared as text, since anything cleverer can be fooled.
  const registered = client?.metadata.postLogoutRedirectUris?.includes(uri) === true
  return registered && inHeader.test(uri) ? undefined : 'redirect_not_registered'
}

/** What can be sent in a `Location` header as it is. */
const inHeader = /^[\x21-\x7e]+$/

/** §3: "If included in the logout request, the OP passes this value back to the RP using the state parameter". */
function withState(uri: string, state: string | undefined): string {
  if (state === undefined) return uri
  const fragmentAt = uri.indexOf('#')
  const [address, fragment] =
    fragmentAt === -1 ? [uri, ''] : [uri.slice(0, fragmentAt), uri.slice(fragmentAt)]
  return `${address}${address.includes('?') ? '&' : '?'}state=${encodeURIComponent(state)}${fragment}`
}

export interface LogoutRequests {
  examine(parameters: Parameters, session: Session | undefined): Promise<LogoutDecision>
}

export function createLogoutRequests(dependencies: {
  storage: Storage
  hints: IdTokenHints
}): LogoutRequests {
  const { storage, hints } = dependencies
  return {
    async examine(parameters, session) {
      const hintText = parameters.get('id_token_hint')
      const hint = hintText === undefined ? undefined : ((await hints.verify(hintText)) ?? 'invalid')
      const clientId = parameters.get('client_id')
      const namedClient = typeof hint === 'object' ? hint.clientId : clientId
      const found =
        namedClient === undefined ? undefined : await storage.read.clients.find(namedClient as ClientId)
      return decideLogout({
        hint,
        clientId,
        client: found?.status === 'active' ? found : undefined,
        postLogoutRedirectUri: parameters.get('post_logout_redirect_uri'),
        state: parameters.get('state'),
        session,
      })
    },
  }
}
