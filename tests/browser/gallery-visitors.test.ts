/** The gallery of what people see who pass through. */
import { gallery } from '../support/gallery/gallery.ts'
import { visitorStates } from '../support/gallery/visitors.ts'

gallery('what people see who pass through, in every state', visitorStates)
