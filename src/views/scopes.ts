/** Scopes in plain words, for the people who are asked to allow them. */
import type { Text } from './languages/languages.ts'

/**
 * One plain sentence for what a scope lets an app do. A scope this server does not know is quoted together with
 * the app that gives it its meaning, rather than guessed at.
 * @param words what the operators of services say of their own scopes.
 */
export function describeScope(
  scope: string,
  clientName: string,
  { scopes: text }: Pick<Text, 'scopes'>,
  words: Readonly<Record<string, string>> = {},
): string {
  const own = Object.hasOwn(words, scope) ? words[scope] : undefined
  const known: Readonly<Record<string, string>> = text.known
  return own ?? (Object.hasOwn(known, scope) ? known[scope] : undefined) ?? text.unknown(scope, clientName)
}
