/** The gallery of clients and people, as administrators see them. */
import { administrationStates } from '../support/gallery/administration.ts'
import { gallery } from '../support/gallery/gallery.ts'

gallery('clients and people, in every state', administrationStates)
