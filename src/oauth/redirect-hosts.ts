import type { Client } from './client.ts'

/** Where a client's responses go, for the records: hosts, or the scheme of an app. */
export function redirectHosts({ redirectUris }: Pick<Client, 'redirectUris'>): string[] {
  const hosts = redirectUris.map((uri) => {
    const url = new URL(uri)
    return /^https?:$/.test(url.protocol) ? url.hostname : url.protocol
  })
  return [...new Set(hosts)]
}
