import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { describeDevice } from './device-description.ts'
import { en } from './languages/en/en.tsx'

const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)'

const cases: readonly (readonly [string | null, string])[] = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/140.0.0.0 Safari/537.36`, 'Chrome on Windows'],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0`,
    'Edge on Windows',
  ],
  [`Mozilla/5.0 (X11; Linux x86_64) ${webKit} Chrome/140.0.0.0 Safari/537.36 OPR/122.0`, 'Opera on Linux'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webKit} Chrome/140.0.0.0 Safari/537.36`, 'Chrome on ChromeOS'],
  [
    `Mozilla/5.0 (Linux; Android 15; Pixel 9) ${webKit} Chrome/140.0 Mobile Safari/537.36`,
    'Chrome on Android',
  ],
  [
    `Mozilla/5.0 (Linux; Android 15; SM-S931B) ${webKit} SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36`,
    'Samsung Internet on Android',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1',
    'Chrome on iPad',
  ],
  ['authgate-cli/0.1.0 (darwin; arm64)', 'AuthGate CLI on macOS'],
  ['AuthGate/1.2.3 (win32; x64)', 'AuthGate CLI on Windows'],
  ['curl/8.5.0', 'curl'],
  ['Wget/1.21.3 (linux-gnu)', 'Wget on Linux'],
  ['Go-http-client/2.0', 'A Go program'],
  ['python-requests/2.32.3', 'A Python program'],
  ['node', 'A Node.js program'],
  ['okhttp/4.12.0', 'A Java program'],
  ['backup-tool/3 (Linux)', 'Unknown program on Linux'],
  ['backup-tool/3', 'Unknown device'],
  ['', 'Unknown device'],
  [null, 'Unknown device'],
]

describe('a User-Agent in words', () => {
  for (const [userAgent, expected] of cases) {
    it(`${userAgent} is ${expected}`, () => assert.equal(describeDevice(userAgent, en), expected))
  }

  it('never repeats the header', () => {
    assert.equal(describeDevice('"><script>alert(1)</script>', en), 'Unknown device')
    assert.equal(describeDevice('curl/8.5.0"><script>alert(1)</script>\u202E\0', en), 'curl')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (noise) => {
        assert.match(describeDevice(`${noise} Firefox/1 ${noise}`, en), /^[A-Z][\w.]*( [\w.]+)*$/i)
      }),
    )
  })

  it('looks no further than an honest header reaches', () => {
    assert.equal(describeDevice(`${'x '.repeat(1_000_000)}Firefox/140.0`, en), 'Unknown device')
  })
})
