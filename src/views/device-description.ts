/**
 * A User-Agent header in words a person recognizes. The header is a claim of whoever sent it: the result is chosen
 * from the names below and never repeats the header, so nothing can be smuggled onto a page through it.
 */
import type { Text } from './languages/languages.ts'

/** A name, or what language a nameless one is written in. */
type Program = string | { readonly writtenIn: string }

/** In order: browsers also name the ones they descend from, so the most specific comes first. */
const programs: readonly (readonly [RegExp, Program])[] = [
  [/^authgate(?:-cli)?\//i, 'AuthGate CLI'],
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera|OPiOS)\//, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chromium|CriOS|Chrome|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ (?:Mobile\/\w+ )?Safari\//, 'Safari'],
  [/^curl\//i, 'curl'],
  [/^wget\//i, 'Wget'],
  [/^git\//i, 'Git'],
  [/^HTTPie\//i, 'HTTPie'],
  [/^PostmanRuntime\//i, 'Postman'],
  [/^Go-http-client\//i, { writtenIn: 'Go' }],
  [/^(?:python|aiohttp)\b/i, { writtenIn: 'Python' }],
  [/^(?:node|undici|axios|got)\b/i, { writtenIn: 'Node.js' }],
  [/^(?:Java|okhttp|Apache-HttpClient)\b/i, { writtenIn: 'Java' }],
]

const systems: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/i, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\b(?:Windows|win32)\b/i, 'Windows'],
  [/\b(?:Mac OS X|macOS|Macintosh|darwin)\b/i, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\b(?:Linux|X11)\b/i, 'Linux'],
]

/** No honest header is longer; the rest is not looked at. */
const examinedLength = 512

function firstMatch<Name>(table: readonly (readonly [RegExp, Name])[], text: string): Name | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1]
}

/**
 * Says what kind of program, on what system, sent a request: "Firefox on Linux", "curl".
 * @returns "Unknown device" when the header is absent or names nothing known.
 */
export function describeDevice(
  userAgent: string | null,
  { userAgent: text }: Pick<Text, 'userAgent'>,
): string {
  const examined = (userAgent ?? '').slice(0, examinedLength)
  const found = firstMatch(programs, examined)
  const system = firstMatch(systems, examined)
  const program = typeof found === 'object' ? text.writtenIn(found.writtenIn) : found
  if (program !== undefined) return system === undefined ? program : text.on(program, system)
  return system === undefined ? text.unknown : text.on(text.unknownProgram, system)
}
