/** The whole server in this process, listening for client libraries that speak HTTP themselves, on today's time. */
import type { Outbound } from '../../src/outbound/outbound.ts'
import { instant } from '../../src/shared/clock.ts'
import { decide } from './authorization.ts'
import { freePort } from './free-port.ts'
import { createManualClock } from './manual-clock.ts'
import { startTestApp, type TestApp } from './test-app.ts'

export interface Listening {
  test: TestApp
  /** The issuer. */
  url: string
  /** What a browser does with an authorization request: the administrator allows it. @returns where it was sent. */
  allow(authorizationUrl: string | URL): Promise<URL>
  /** The administrator allows a device. */
  allowDevice(userCode: string): Promise<void>
  close(): Promise<void>
}

/** @param outbound stands in for the network that this server asks. */
export async function startListening(
  environment: Record<string, string> = {},
  outbound?: Outbound,
): Promise<Listening> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const test = await startTestApp({
    environment: { BASE_URL: url, ...environment },
    ...(outbound === undefined ? {} : { outbound }),
    // Libraries hold tokens against their own clock.
    clock: createManualClock(instant(Date.now())),
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
    close: () => test.close(),
  }
}
