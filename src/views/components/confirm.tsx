import type { ComponentChildren } from 'preact'
import { Form } from '../form.tsx'
import type { Site } from '../props.ts'
import { Button } from './button.tsx'

export interface ConfirmProps {
  site: Site
  csrfToken: string
  /** Path of this server, without the base path. */
  action: string
  /** Opens the question: "Delete…". */
  summary: string
  /** Names what will end: "3 sessions and 5 tokens of ana". */
  consequence: ComponentChildren
  /** The final button: "Delete the client". */
  button: string
  /** What the summary is about, for people who hear it without seeing its row. */
  about?: string
  /** Of the final button: red where something ends. */
  kind?: 'danger' | 'primary'
  /** Further fields of the form: hidden ones, or what has to be typed first. */
  children?: ComponentChildren
}

/** Two steps without script: the first opens the question, which says what will end, the second ends it. */
export function Confirm(props: ConfirmProps) {
  const { site, csrfToken, action, summary, consequence, button, about, kind = 'danger', children } = props
  return (
    <details class="confirm">
      <summary class="button button-secondary">
        <span>
          {summary}
          {about !== undefined && (
            <span class="visually-hidden">
              : <bdi>{about}</bdi>
            </span>
          )}
        </span>
      </summary>
      <Form site={site} action={action} csrfToken={csrfToken} className="confirm-question">
        <div class="confirm-consequence">{consequence}</div>
        {children}
        <Button kind={kind}>{button}</Button>
      </Form>
    </details>
  )
}
