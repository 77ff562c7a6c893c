/** A form that a passkey answers. Without script it stays hidden, and a note says why. */
import type { ComponentChildren } from 'preact'
import { asset } from '../assets.ts'
import { localHref, type Site } from '../props.ts'
import { useText } from '../reader.tsx'

/** What the server asks of the browser. */
export interface PasskeyRequest {
  /** Comes back with the answer. */
  sealed: string
  /** JSON for the browser. */
  options: string
}

export interface PasskeyFormProps {
  site: Site
  action: string
  csrfToken: string
  request: PasskeyRequest
  ceremony: 'create' | 'get'
  /** Also offers it with the username field. */
  conditional?: boolean
  children: ComponentChildren
}

export function PasskeyForm(props: PasskeyFormProps) {
  const { site, action, csrfToken, request, ceremony, conditional = false, children } = props
  const text = useText().security.passkey
  return (
    <>
      <form
        method="post"
        action={localHref(site, action)}
        class="stack"
        hidden
        data-passkey={ceremony}
        data-options={request.options}
        data-conditional={conditional ? '' : undefined}
      >
        <input type="hidden" name="csrf_token" value={csrfToken} />
        <input type="hidden" name="sealed" value={request.sealed} />
        <input type="hidden" name="response" value="" />
        {children}
        <p class="field-error" role="alert" hidden data-passkey-problem>
          {text.nothingChosen}
        </p>
      </form>
      <p class="aside" hidden data-passkey-missing>
        {text.notSupported}
      </p>
      <noscript>
        <p class="aside">{text.needsScript}</p>
      </noscript>
      <script type="module" src={localHref(site, asset('passkeys.js'))} />
    </>
  )
}
