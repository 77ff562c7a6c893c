/** Scopes in plain words, for the people who are asked to allow them. */

const sentences: ReadonlyMap<string, string> = new Map([
  ['openid', 'Confirm who you are'],
  ['profile', 'See your name and picture'],
  ['email', 'See your email address'],
  ['offline_access', 'Stay signed in while you are away'],
  ['read', 'Read data in your name'],
  ['write', 'Change data in your name'],
])

/**
 * One plain sentence for what a scope lets an app do. A scope this server does not know is quoted together with
 * the app that gives it its meaning, rather than guessed at.
 * @param words what the operators of services say of their own scopes.
 */
export function describeScope(
  scope: string,
  clientName: string,
  words: Readonly<Record<string, string>> = {},
): string {
  const own = Object.hasOwn(words, scope) ? words[scope] : undefined
  return own ?? sentences.get(scope) ?? `"${scope}" (defined by ${clientName})`
}
