/** Opens the ways out; what they need of HTTP is loaded with the first request, which many servers never make. */
import type { GuardedOutboundOptions } from './guarded-outbound.ts'
import type { HttpPeerOptions } from './http-peer.ts'
import type { Outbound } from './outbound.ts'
import type { Peer } from './peer.ts'

export function openOutbound(options: GuardedOutboundOptions): Outbound {
  let opened: Promise<Outbound> | undefined
  const open = (): Promise<Outbound> => {
    opened ??= import('./guarded-outbound.ts').then(({ createGuardedOutbound }) =>
      createGuardedOutbound(options),
    )
    return opened
  }
  return {
    getBytes: async (request) => (await open()).getBytes(request),
    getDocument: async (request) => (await open()).getDocument(request),
    getJson: async (request) => (await open()).getJson(request),
    postForm: async (target, fields) => (await open()).postForm(target, fields),
  }
}

export function openPeer(options: HttpPeerOptions): Peer {
  let opened: Promise<Peer> | undefined
  return {
    async exchange(request) {
      opened ??= import('./http-peer.ts').then(({ createHttpPeer }) => createHttpPeer(options))
      return (await opened).exchange(request)
    },
  }
}
