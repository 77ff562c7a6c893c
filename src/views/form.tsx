/**
 * The one form component, and its fields. Every form posts, and carries the CSRF token, so that no page can forget
 * it. Labels stand above fields, help below, errors between; all of them are tied to the field for screen readers.
 */
import type { ComponentChildren } from 'preact'
import { Alert } from './components/alert.tsx'
import { localHref, type Site } from './props.ts'

export interface FormProps {
  site: Site
  /** Path of this server, without the base path. */
  action: string
  csrfToken: string
  children: ComponentChildren
  /** Names the form where a page has several alike. */
  label?: string
  className?: string
}

export function Form({ site, action, csrfToken, children, label, className }: FormProps) {
  return (
    <form method="post" action={localHref(site, action)} aria-label={label} class={className}>
      <input type="hidden" name="csrf_token" value={csrfToken} />
      {children}
    </form>
  )
}

export interface FieldProps {
  /** Both the field's name in the form and its id in the page. */
  name: string
  label: string
  type?: 'text' | 'password'
  value?: string
  help?: string
  error?: string | undefined
  autocomplete: string
  autocapitalize?: 'none' | 'characters'
  /** Opens the page with the cursor here. At most one field of a page, and none when an error is summarized. */
  autofocus?: boolean
  /** Marks a field for the page script. */
  enhance?: 'user-code' | 'password'
}

export function Field({ name, label, type = 'text', value, help, error, enhance, ...rest }: FieldProps) {
  const helpId = help === undefined ? undefined : `${name}-help`
  const errorId = error === undefined ? undefined : `${name}-error`
  const attributes = {
    id: name,
    name,
    value,
    required: true,
    inputmode: 'text',
    autocapitalize: rest.autocapitalize ?? 'none',
    autocomplete: rest.autocomplete,
    autofocus: rest.autofocus,
    spellcheck: false,
    maxlength: 255,
    'aria-describedby': [errorId, helpId].filter((id) => id !== undefined).join(' ') || undefined,
    'aria-invalid': error === undefined ? undefined : 'true',
    'data-enhance': enhance,
  } as const
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {error !== undefined && (
        <p class="field-error" id={errorId}>
          {error}
        </p>
      )}
      {type === 'password' ? (
        <input {...attributes} type="password" />
      ) : (
        <input {...attributes} type="text" />
      )}
      {help !== undefined && (
        <p class="field-help" id={helpId}>
          {help}
        </p>
      )}
    </div>
  )
}

export interface CheckboxProps {
  name: string
  value: string
  label: ComponentChildren
  checked?: boolean
}

export function Checkbox({ name, value, label, checked = false }: CheckboxProps) {
  return (
    <label class="checkbox">
      <input type="checkbox" name={name} value={value} checked={checked} />
      <span>{label}</span>
    </label>
  )
}

export interface FieldProblem {
  /** Name of the field the message is about. */
  field: string
  message: string
}

export interface ErrorSummaryProps {
  /** What happened. */
  title: string
  problems: readonly FieldProblem[]
}

/** What keeps the form from going on, with a link to each field it is about. Takes the focus. */
export function ErrorSummary({ title, problems }: ErrorSummaryProps) {
  return (
    <Alert tone="danger" title={title} focused>
      <ul>
        {problems.map(({ field, message }) => (
          <li key={field}>
            <a href={`#${field}`}>{message}</a>
          </li>
        ))}
      </ul>
    </Alert>
  )
}
