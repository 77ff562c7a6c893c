/** Who signed in, as far as the server says. Knowing is a courtesy: no failure and no Ctrl-C here undoes a sign-in. */
import { type Http, members, textOf } from './http.ts'
import type { IssuedToken } from './polling.ts'
import { printable } from './words.ts'

export interface Person {
  id: string | undefined
  /** What people call this account: its user name, name or email address, the first that is known. */
  name: string | undefined
}

/**
 * Reads any of the shapes in use: userinfo claims, AuthGate's tokeninfo, an access token's claims, where a claim with
 * the deployment's prefix (`extra_uid`) holds the user name.
 */
export function personFrom(claims: Readonly<Record<string, unknown>>): Person | undefined {
  const prefixed = Object.keys(claims).find((name) => name.endsWith('_uid'))
  const id = textOf(claims.sub) ?? textOf(claims.user_id)
  const name =
    textOf(claims.preferred_username) ??
    textOf(claims.username) ??
    textOf(claims.name) ??
    textOf(claims.email) ??
    (prefixed === undefined ? undefined : textOf(claims[prefixed]))
  if (id === undefined && name === undefined) return undefined
  return { id: id && printable(id), name: name && printable(name) }
}

/** The claims of a JWT, read without checking the signature: good enough to greet someone, nothing more. */
export function unverifiedClaims(token: string): Readonly<Record<string, unknown>> {
  const [, payload] = token.split('.')
  if (payload === undefined) return {}
  try {
    return members(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
  } catch {
    return {}
  }
}

/**
 * Asks userinfo when the grant covers it, then AuthGate's own tokeninfo, then looks into the token itself, until a
 * name is known. A name found later belongs to the id found first only if the ids agree.
 */
export async function findPerson(options: {
  http: Http
  server: string
  userinfo: string | undefined
  token: IssuedToken
  grantedScope: string
}): Promise<Person | undefined> {
  const { http, server, userinfo, token, grantedScope } = options
  const questions = [`${server}/oauth/tokeninfo`]
  if (userinfo !== undefined && grantedScope.split(' ').includes('openid')) questions.unshift(userinfo)
  let nameless: Person | undefined
  for (const url of questions) {
    try {
      const reply = await http.getJson(url, { authorization: `Bearer ${token.accessToken}` })
      const person = reply.status === 200 ? personFrom(members(reply.json)) : undefined
      if (person?.name !== undefined) return person
      nameless ??= person
    } catch {
      // Nothing was learned. After Ctrl-C the next question fails at once as well.
    }
  }
  const claimed = personFrom(unverifiedClaims(token.accessToken))
  return nameless === undefined || claimed?.id === nameless.id ? claimed : nameless
}
