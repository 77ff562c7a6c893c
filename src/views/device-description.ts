/**
 * A User-Agent header in words a person recognizes. The header is a claim of whoever sent it: the result is chosen
 * from the names below and never repeats the header, so nothing can be smuggled onto a page through it.
 */

/** In order: browsers also name the ones they descend from, so the most specific comes first. */
const programs: readonly (readonly [RegExp, string])[] = [
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
  [/^Go-http-client\//i, 'A Go program'],
  [/^(?:python|aiohttp)\b/i, 'A Python program'],
  [/^(?:node|undici|axios|got)\b/i, 'A Node.js program'],
  [/^(?:Java|okhttp|Apache-HttpClient)\b/i, 'A Java program'],
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

function firstMatch(table: readonly (readonly [RegExp, string])[], text: string): string | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1]
}

/**
 * Says what kind of program, on what system, sent a request: "Firefox on Linux", "curl".
 * @returns "Unknown device" when the header is absent or names nothing known.
 */
export function describeDevice(userAgent: string | null): string {
  const examined = (userAgent ?? '').slice(0, examinedLength)
  const program = firstMatch(programs, examined)
  const system = firstMatch(systems, examined)
  if (program !== undefined) return system === undefined ? program : `${program} on ${system}`
  return system === undefined ? 'Unknown device' : `Unknown program on ${system}`
}
