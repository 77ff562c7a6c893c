/** Opens the guarded way out; what it needs of HTTP is loaded with the first request, which many servers never make. */
import type { GuardedOutboundOptions } from './guarded-outbound.ts'
import type { Outbound } from './outbound.ts'

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
