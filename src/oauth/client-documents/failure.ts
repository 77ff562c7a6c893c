/** Why a document could not be had or describes no client: as it is counted, told to a person, and recorded. Pure. */
import type { ClientDocumentFetchResult } from '../../events/catalogue.ts'
import { OutboundError } from '../../outbound/outbound.ts'
import { OAuthError } from '../errors.ts'
import { DocumentProblem } from './document.ts'

/** Statuses by which a host says that there is no such document. */
const goneStatuses = new Set([404, 410])

/** Why there is no document, as it is counted, told to the person and recorded. */
export interface DocumentFailure {
  result: ClientDocumentFetchResult
  /** Whether the host has spoken: no copy stands in then. */
  authoritative: boolean
  description: string
  detail: string
}

/** Too much is asked of one host, or of all. */
export const busy: DocumentFailure = {
  result: 'rate_limited',
  authoritative: false,
  description: 'too much is asked of the site of this app at the moment; try again in a minute',
  detail: 'limit of requests',
}

/** @throws what is no failure of a document. */
export function failureOf(error: unknown): DocumentFailure {
  if (error instanceof DocumentProblem) {
    return {
      result: 'invalid',
      authoritative: true,
      description: error.message,
      detail: `${error.reason}: ${error.message}`,
    }
  }
  if (!(error instanceof OutboundError)) throw error
  const { problem, status } = error
  const detail = status === undefined ? problem : `${problem} ${status}`
  const description = 'what the app says of itself could not be fetched from its address'
  const failure = (result: ClientDocumentFetchResult, authoritative = false): DocumentFailure => ({
    result,
    authoritative,
    description,
    detail,
  })
  switch (problem) {
    case 'address_refused':
      return failure('blocked_address')
    case 'busy':
      return { ...busy, detail }
    case 'status':
      return failure('status', status !== undefined && goneStatuses.has(status))
    case 'media_type':
      return failure('type')
    case 'too_large':
      return failure('too_large', true)
    case 'malformed':
      return failure('invalid', true)
    case 'connection':
    case 'dns':
    case 'redirect':
    case 'timeout':
    case 'tls':
      return failure(problem)
  }
}

/** What the authorization endpoint answers. */
export function refusal(reason: string, description: string, detail: string): OAuthError {
  return new OAuthError('invalid_request', { description, reason, detail })
}
