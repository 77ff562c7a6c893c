/** `oidcc-config-certification-test-plan`: what the provider says of itself, and its keys. */
import { describe, it } from 'node:test'
import { checkDiscovery, checkJwks, startProvider } from '../support/conformance.ts'

describe('oidcc-config-certification-test-plan', () => {
  it('oidcc-discovery-endpoint-verification', async (t) => {
    const provider = await startProvider()
    t.after(() => provider.close())
    await checkDiscovery(provider)
    await checkJwks(provider)
  })
})
