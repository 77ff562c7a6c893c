/** The gallery of the apps that people make. */
import { appStates } from '../support/gallery/apps.ts'
import { gallery } from '../support/gallery/gallery.ts'

gallery('apps that people make, in every state', appStates)
