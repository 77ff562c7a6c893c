/** The gallery of what administrators see. */
import { administrationStates } from '../support/gallery/administration.ts'
import { gallery } from '../support/gallery/gallery.ts'

gallery('what administrators see, in every state', administrationStates)
