/** The gallery of signing in. */
import { gallery } from '../support/gallery/gallery.ts'
import { signingInStates } from '../support/gallery/signing-in.ts'

gallery('signing in, in every state', signingInStates)
