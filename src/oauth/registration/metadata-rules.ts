/** What an operator's settings make of the rules for what clients say of themselves. */
import type { Config } from '../../config/load.ts'
import { compatibility } from '../compatibility.ts'
import type { MetadataRules } from './metadata.ts'

/** What clients may say of themselves that nobody vouches for. */
export function metadataRules(config: Config): MetadataRules {
  return {
    redirectUris: {
      privateUseUris: new Set([...compatibility.privateUseRedirectUris, ...config.registration.redirectUris]),
      reverseDomainSchemes: false,
    },
    loopbackAllowed: config.outbound.loopbackAllowed,
    operator: false,
  }
}
