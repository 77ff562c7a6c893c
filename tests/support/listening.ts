/** The whole server in this process, listening for client libraries that speak HTTP themselves, on today's time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { instant } from '../../src/shared/clock.ts'
import { decide } from './authorization.ts'
import { createCertificate } from './certificate.ts'
import { freePort } from './free-port.ts'
import { createManualClock } from './manual-clock.ts'
import { startTestApp, type TestApp, type TestAppOptions } from './test-app.ts'

export interface Listening {
  test: TestApp
  /** The issuer. */
  url: string
  /** What a browser does with an authorization request: the administrator allows it. @returns where it was sent. */
  allow(authorizationUrl: string | URL): Promise<URL>
  /** The administrator allows a device. */
  allowDevice(userCode: string): Promise<void>
  /** Moves the server's clock to this very moment, which is when libraries say that they made a proof. */
  synchronize(): void
  close(): Promise<void>
}

/**
 * @param options.tls speaks HTTPS with a certificate of its own, which this process trusts.
 * @param options.outbound stands in for the network that this server asks.
 */
export async function startListening(
  environment: Record<string, string> = {},
  { tls = false, outbound, driver }: { tls?: boolean } & Pick<TestAppOptions, 'outbound' | 'driver'> = {},
): Promise<Listening> {
  const port = await freePort()
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const certificate = tls ? trustedCertificate() : undefined
  const test = await startTestApp({
    environment: { BASE_URL: url, ...certificate?.settings, ...environment },
    // Libraries hold tokens against their own clock.
    clock: createManualClock(instant(Date.now())),
    ...(outbound === undefined ? {} : { outbound }),
    ...(driver === undefined ? {} : { driver }),
  })
  await test.app.server.listen({ host: '127.0.0.1', port })
  const browser = await test.signedIn()
  return {
    test,
    url,
    async allow(authorizationUrl) {
      const { pathname, search } = new URL(authorizationUrl)
      let answer = await browser.get(pathname + search)
      if (answer.status === 200) answer = await decide(browser, answer, 'approve')
      const location = String(answer.headers.location)
      if (answer.status !== 303)
        throw new Error(`the authorization endpoint answered ${answer.status}: ${answer.text}`)
      return new URL(location)
    },
    async allowDevice(userCode) {
      await browser.decide(userCode, 'approve')
    },
    synchronize: () => test.clock.advance((Date.now() - test.clock.now()) / 1000),
    async close() {
      await test.close()
      certificate?.remove()
    },
  }
}

/** A certificate of our own that `fetch` in this process trusts until it is removed. */
function trustedCertificate(): { settings: Record<string, string>; remove(): void } {
  const { cert, key } = createCertificate(['127.0.0.1'])
  const folder = mkdtempSync(join(tmpdir(), 'authgate-tls-'))
  const settings = { TLS_CERT_FILE: join(folder, 'cert.pem'), TLS_KEY_FILE: join(folder, 'key.pem') }
  writeFileSync(settings.TLS_CERT_FILE, cert)
  writeFileSync(settings.TLS_KEY_FILE, key)
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, cert])
  return {
    settings,
    remove() {
      setDefaultCACertificates(before)
      rmSync(folder, { recursive: true })
    },
  }
}
