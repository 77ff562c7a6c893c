/** Times that are no settings, and that settings have to go with. */

/** How long caches may keep metadata and the JWK set. */
export const metadataMaxAgeSeconds = 300

/** How often each replica reads the signing keys again: what one has stored, all others know after it. */
export const signingKeyReloadSeconds = 30

/** By how much the clocks of replicas, and a request on its way, may be out of step without harm. */
export const clockToleranceSeconds = 60
