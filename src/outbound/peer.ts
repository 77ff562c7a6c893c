/**
 * Port: requests to a party that the operator named in the settings: the external authentication API, an identity
 * provider. No address a stranger wrote is ever asked here, so that private ones are allowed; what comes back is held
 * to the same bounds as everything else.
 */
import { OutboundError } from './outbound.ts'

export interface PeerRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** For all of it: connecting, sending, waiting, reading. */
  readonly timeoutMs: number
  /** Most bytes of body that are read. */
  readonly maxBytes: number
}

export interface PeerAnswer {
  readonly status: number
  /** Names in lower case; of several of a name the joined text. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Peer {
  /**
   * One exchange. Redirects are answers: what was sent is not for another address.
   * @throws {OutboundError} when there is no answer, or more of it than `maxBytes`.
   * @throws {PeerSuspended} when the peer has not answered for a while, and is left alone.
   */
  exchange(request: PeerRequest): Promise<PeerAnswer>
}

/** Nothing was sent: the peer failed several times in a row, and is asked again in a moment. */
export class PeerSuspended extends OutboundError {
  constructor() {
    super('busy')
    this.name = 'PeerSuspended'
  }
}
