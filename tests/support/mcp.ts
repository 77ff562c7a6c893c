/** Protected resources and clients that nobody vouches for, as tests of the Model Context Protocol need them. */
import type { Client } from '../../src/oauth/client.ts'
import type { Resource } from '../../src/oauth/resources/resource.ts'
import { newResource } from '../../src/storage/conformance/fixtures.ts'
import { type WebClient, webClient } from './authorization.ts'
import type { TestApp } from './test-app.ts'

export const mcpServer = 'https://mcp.example.com/mcp'
export const loopbackCallback = 'http://127.0.0.1/callback'

/** A resource that is open to every client, straight into the database. */
export async function openResource(test: TestApp, given: Partial<Resource> = {}): Promise<Resource> {
  const resource = newResource({ identifier: mcpServer, ...given })
  await test.app.storage.transaction((tx) => tx.resources.insert(resource))
  return resource
}

/** A public client nobody vouches for, as a registration leaves it. */
export function discoveredClient(test: TestApp, given: Partial<Client> = {}): Promise<WebClient> {
  return webClient(test, {
    name: 'Agent',
    type: 'public',
    origin: 'registration',
    redirectUris: [loopbackCallback],
    ...given,
  })
}

/** What a JWT says, unchecked. */
export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString())
}
