/** `WWW-Authenticate` (RFC 9110 §11.6.1) as clients read it. Pure. */

export interface Challenge {
  /** As it is written. */
  readonly scheme: string
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

const token = /[!#$%&'*+\-.^_`|~\w]+/y
const quoted = /"((?:[^"\\]|\\.)*)"/y

/** Every challenge of a header's value, in its order. What cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(header)
    if (found === null) return undefined
    at = pattern.lastIndex
    return found[1] ?? found[0]
  }
  for (;;) {
    match(/[\s,]*/y)
    const name = match(token)
    if (name === undefined) return challenges
    const current = challenges.at(-1)
    if (match(/\s*=\s*/y) === undefined) {
      // A word alone begins a challenge.
      challenges.push({ scheme: name, parameters: new Map() })
    } else if (current === undefined) {
      return challenges
    } else {
      const value = match(quoted)?.replaceAll(/\\(.)/g, '$1') ?? match(token)
      if (value === undefined) return challenges
      current.parameters.set(name.toLowerCase(), value)
    }
  }
}

export function bearerChallenge(header: string | null): Challenge | undefined {
  return parseChallenges(header ?? '').find(({ scheme }) => scheme.toLowerCase() === 'bearer')
}
