/** `GET /resume`: what a person sent before they had to sign in again, with the button that sends it once more. */
import { ResumePage } from '../../views/pages/resume.tsx'
import type { Endpoint } from '../endpoint.ts'
import { type KeptForms, resumePath } from '../kept-form.ts'
import { type PageKit, page } from '../page.ts'

export function resumeEndpoint({ kit, keptForms }: { kit: PageKit; keptForms: KeptForms }): Endpoint {
  return kit.signedInGet({
    path: resumePath,
    handle({ request, account, props }) {
      const kept = keptForms.find(request, account.id)
      // Sent already, too old, or somebody else's.
      if (kept === undefined) return kit.goTo('/', { 'set-cookie': [keptForms.forget] })
      return page(200, ResumePage, { ...props, kept })
    },
  })
}
