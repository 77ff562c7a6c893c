/** The gallery of tokens, and of what watches over a server. */
import { operationStates } from '../support/gallery/administration.ts'
import { gallery } from '../support/gallery/gallery.ts'

gallery('tokens and the server, in every state', operationStates)
