/** Nonces for the next DPoP proof, given out with good answers (RFC 9449 §8.2). */
import type { DpopNonces } from '../../oauth/dpop/nonces.ts'
import type { Endpoint } from '../endpoint.ts'

/** The endpoint, telling clients that bring proofs which nonce to use from now on; spares them a refused request. */
export function givingNonces(endpoint: Endpoint, nonces: DpopNonces | undefined): Endpoint {
  if (nonces === undefined) return endpoint
  return {
    ...endpoint,
    async handle(request) {
      const answer = await endpoint.handle(request)
      if (request.headers.dpop === undefined) return answer
      return { ...answer, headers: { ...answer.headers, 'dpop-nonce': nonces.current() } }
    },
  }
}
