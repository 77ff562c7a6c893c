/**
 * Port: requests this server makes to addresses that clients registered: keys, logos, logout. Whoever
 * may register an address could make the server look where only it can (SSRF), so that nothing goes out but through
 * here.
 */

/** Why there is no answer; a closed set, fit for labels and for the reasons of events. */
export type OutboundProblem =
  | 'address_refused'
  | 'busy'
  | 'connection'
  | 'dns'
  | 'malformed'
  | 'media_type'
  | 'redirect'
  | 'status'
  | 'timeout'
  | 'tls'
  | 'too_large'

/** An exchange did not give what was asked for. What the other side said is not repeated: it may be anything. */
export class OutboundError extends Error {
  readonly problem: OutboundProblem
  /** The status, where the other side answered with one that is of no use. */
  readonly status: number | undefined

  constructor(problem: OutboundProblem, options: { status?: number; cause?: unknown } = {}) {
    super(`outbound request: ${problem}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'OutboundError'
    this.problem = problem
    this.status = options.status
  }
}

export interface OutboundTarget {
  readonly url: string
  /**
   * Somebody who runs this server vouches for the address: it may be private and plain http. Never true for what a
   * client registered itself.
   */
  readonly trusted: boolean
}

export interface JsonRequest extends OutboundTarget {
  /** Most bytes of body that are read. */
  readonly maxBytes: number
}

/** What a copy of a document is known by, for asking whether it has changed (RFC 9110 §8.8). */
export interface Validators {
  readonly etag: string | undefined
  readonly lastModified: string | undefined
}

export interface DocumentRequest extends JsonRequest {
  /** Of the copy there is; `undefined` asks for the document whatever it is. */
  readonly validators: Validators | undefined
}

/** Headers that say how long a copy may be used (RFC 9111 §5). */
export interface Freshness {
  readonly cacheControl: string | undefined
  readonly expires: string | undefined
  readonly date: string | undefined
  readonly age: string | undefined
}

export type DocumentAnswer =
  | { readonly kind: 'unchanged'; readonly freshness: Freshness }
  | {
      readonly kind: 'document'
      readonly body: Buffer
      readonly validators: Validators
      readonly freshness: Freshness
    }

export interface BytesRequest extends OutboundTarget {
  /** Most bytes of body that are read. */
  readonly maxBytes: number
  /** Media types that are of use, as the `Accept` header field says it. What comes is for the caller to look at. */
  readonly accept: string
}

export interface Outbound {
  /**
   * `GET`s one JSON document to be kept: as {@link Outbound.getJson}, with the body as it came and what is needed to ask
   * for it again. `unchanged` is answered only to a request with validators.
   * @throws {OutboundError}
   */
  getDocument(request: DocumentRequest): Promise<DocumentAnswer>
  /**
   * `GET`s one JSON document: status 200, a JSON media type, UTF-8. Redirects are not followed: one that leads on
   * would lend its host's name to a foreign document.
   * @throws {OutboundError}
   */
  getJson(request: JsonRequest): Promise<unknown>
  /**
   * `GET`s whatever is there, uncompressed, with status 200. Redirects are not followed.
   * @throws {OutboundError}
   */
  getBytes(request: BytesRequest): Promise<Buffer>
  /**
   * `POST`s a form and ignores what is answered beyond its status.
   * @throws {OutboundError} also when the status is not 2xx.
   */
  postForm(target: OutboundTarget, fields: Readonly<Record<string, string>>): Promise<void>
}
