/**
 * The one form component, and its fields. Every form posts, and carries the CSRF token, so that no page can forget
 * it. Labels stand above fields, help below, errors between; all of them are tied to the field for screen readers.
 */
import type { ComponentChildren } from 'preact'
import { Alert } from './components/alert.tsx'
import { localHref, type Site } from './props.ts'
import { useText } from './reader.tsx'

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

interface LabeledProps {
  /** Both the field's name in the form and its id in the page. */
  name: string
  label: string
  help?: ComponentChildren
  error?: string | undefined
}

const helpId = (name: string): string => `${name}-help`
const errorId = (name: string): string => `${name}-error`

/** Ties help and error to a field. */
function described({ name, help, error }: LabeledProps) {
  const ids = [...(error === undefined ? [] : [errorId(name)]), ...(help === undefined ? [] : [helpId(name)])]
  return {
    'aria-describedby': ids.join(' ') || undefined,
    'aria-invalid': error === undefined ? undefined : 'true',
  } as const
}

function FieldError({ name, error }: Pick<LabeledProps, 'name' | 'error'>) {
  if (error === undefined) return null
  return (
    <p class="field-error" id={errorId(name)}>
      {error}
    </p>
  )
}

function FieldHelp({ name, help }: Pick<LabeledProps, 'name' | 'help'>) {
  if (help === undefined) return null
  return (
    <p class="field-help" id={helpId(name)}>
      {help}
    </p>
  )
}

/** A label above, the error, the field, and help below. */
function Labeled(props: LabeledProps & { children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={props.name}>{props.label}</label>
      <FieldError {...props} />
      {props.children}
      <FieldHelp {...props} />
    </div>
  )
}

export interface FieldProps extends LabeledProps {
  /** Its name in the form, on pages that have the form more than once; `name` is then its id alone. */
  field?: string
  type?: 'text' | 'password' | 'email' | 'url' | 'search' | 'number' | 'datetime-local'
  value?: string
  /** `off` for what belongs to no person. */
  autocomplete: string
  autocapitalize?: 'none' | 'characters' | 'words' | 'sentences'
  /** Whether the form may not be sent without it. */
  required?: boolean
  maxlength?: number
  /** Opens the page with the cursor here. At most one field of a page, and none when an error is summarized. */
  autofocus?: boolean
  /** For digits alone: phones show a keypad. */
  numeric?: boolean
  /** Marks a field for the page script. */
  enhance?: 'user-code' | 'password'
}

const inputModes = { email: 'email', url: 'url', number: 'numeric', search: 'search' } as const

/** What the page script says on the button that shows a password. */
function useRevealWords() {
  const { login: text } = useText()
  return {
    'data-show': text.show,
    'data-show-label': text.showPassword,
    'data-hide': text.hide,
    'data-hide-label': text.hidePassword,
  }
}

export function Field(props: FieldProps) {
  const { name, type = 'text', enhance } = props
  const revealWords = useRevealWords()
  const attributes = {
    id: name,
    name: props.field ?? name,
    value: props.value,
    required: props.required ?? true,
    inputmode:
      props.numeric === true
        ? 'numeric'
        : Object.hasOwn(inputModes, type)
          ? inputModes[type as keyof typeof inputModes]
          : 'text',
    autocapitalize: props.autocapitalize ?? 'none',
    autocomplete: props.autocomplete,
    autofocus: props.autofocus,
    spellcheck: false,
    maxlength: props.maxlength ?? 255,
    ...described(props),
    'data-enhance': enhance,
    ...(enhance === 'password' && revealWords),
  } as const
  return (
    <Labeled {...props}>
      {/* Their types differ in what else they may have, which one element cannot say. */}
      {type === 'password' ? (
        <input {...attributes} type="password" />
      ) : (
        <input {...attributes} type={type as 'text'} />
      )}
    </Labeled>
  )
}

export interface TextAreaProps extends LabeledProps {
  value?: string
  rows?: number
  required?: boolean
  maxlength?: number
  /** For what machines read: addresses, one a line. */
  code?: boolean
}

export function TextArea(props: TextAreaProps) {
  const { name, code = false } = props
  return (
    <Labeled {...props}>
      <textarea
        id={name}
        name={name}
        class={code ? 'code' : undefined}
        rows={props.rows ?? 4}
        required={props.required ?? false}
        maxlength={props.maxlength ?? 4096}
        spellcheck={!code}
        autocapitalize={code ? 'none' : 'sentences'}
        autocomplete="off"
        {...described(props)}
      >
        {props.value}
      </textarea>
    </Labeled>
  )
}

export interface SelectProps extends LabeledProps {
  value: string
  options: readonly { value: string; label: string }[]
}

export function Select(props: SelectProps) {
  const { name, value, options } = props
  return (
    <Labeled {...props}>
      <select id={name} name={name} {...described(props)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </Labeled>
  )
}

export interface CheckboxProps {
  name: string
  value: string
  label: ComponentChildren
  checked?: boolean
  /** Below the label, quieter. */
  detail?: ComponentChildren
}

export function Checkbox({ name, value, label, checked = false, detail }: CheckboxProps) {
  return (
    <label class="checkbox">
      <input type="checkbox" name={name} value={value} checked={checked} />
      <span>
        {label}
        {detail !== undefined && <span class="detail">{detail}</span>}
      </span>
    </label>
  )
}

export interface ChoicesProps extends LabeledProps {
  /** Boxes of which any may be ticked, or buttons of which one is pressed. */
  kind?: 'checkbox' | 'radio'
  /** A box has a field of its own, since no field may come twice; buttons share the field of the group. */
  options: readonly {
    name?: string
    value: string
    label: ComponentChildren
    detail?: ComponentChildren
    checked: boolean
  }[]
}

/** Several boxes or buttons under one question. */
export function Choices(props: ChoicesProps) {
  const { name, label, options, kind = 'checkbox' } = props
  return (
    <fieldset class="choices" id={name} tabindex={-1} {...described(props)}>
      <legend>{label}</legend>
      <FieldError {...props} />
      {options.map((option) => (
        <label class="checkbox" key={`${option.name} ${option.value}`}>
          <input type={kind} name={option.name ?? name} value={option.value} checked={option.checked} />
          <span>
            {option.label}
            {option.detail !== undefined && <span class="detail">{option.detail}</span>}
          </span>
        </label>
      ))}
      <FieldHelp {...props} />
    </fieldset>
  )
}

export interface FieldProblem {
  /** Name of the field the message is about. */
  field: string
  message: string
}

/** What is wrong with one field, if anything. */
export function problemWith(problems: readonly FieldProblem[], field: string): string | undefined {
  return problems.find((problem) => problem.field === field)?.message
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
