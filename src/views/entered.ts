/**
 * What a person typed into a form, in the words of that form. Only fields that people fill in are named here; what else a
 * form carries is nobody's to read.
 */
import type { Text } from './languages/languages.ts'
import { clientFlags, clientTexts, grantBoxes } from './pages/client-form.tsx'

export interface Entered {
  label: string
  value: string
}

type Words = (text: Text) => string

const fields = new Map<string, Words>([
  ['user_code', ({ device }) => device.code],
  ['username', ({ people }) => people.users.username],
  ['full_name', ({ people }) => people.users.fullName],
  ['email', ({ people }) => people.users.email],
  ['role', ({ people }) => people.users.role],
  ['owner', ({ clients }) => clients.fields.owner],
  ['name', ({ security }) => security.page.passkeyName],
  ...clientTexts.map((name): [string, Words] => [name, ({ clients }) => clients.fields[name]]),
])

const boxes = new Map<string, Words>([
  ['email_verified', ({ people }) => people.users.form.emailVerified],
  ...clientFlags.map((name): [string, Words] => [name, ({ clients }) => clients.flags[name]]),
])

/** What fields of which one of a few is chosen call it. */
function choicesOf(name: string, { clients, people }: Text): Readonly<Record<string, string>> {
  switch (name) {
    case 'role':
      return people.users.roles
    case 'client_type':
      return clients.types
    case 'token_profile':
      return clients.profiles
    case 'security_profile':
    case 'token_endpoint_auth_method':
      return clients.options
    default:
      return {}
  }
}

/** Whether people fill in, and may read again, the field of this name. */
export function isShownField(name: string): boolean {
  return fields.has(name) || boxes.has(name) || name in grantBoxes
}

/** In the order of the form; the grants of a client, which are boxes of one question, at the first of them. */
export function enteredIn(form: Readonly<Record<string, string>>, text: Text): Entered[] {
  const entered: Entered[] = []
  const grants = Object.entries(grantBoxes).flatMap(([box, grant]) =>
    form[box] === undefined ? [] : [text.clients.grants[grant]],
  )
  for (const [name, value] of Object.entries(form)) {
    if (value.trim() === '') continue
    const field = fields.get(name)
    const box = boxes.get(name)
    if (field !== undefined) {
      const choices = choicesOf(name, text)
      entered.push({ label: field(text), value: Object.hasOwn(choices, value) ? choices[value]! : value })
    } else if (box !== undefined) {
      entered.push({ label: box(text), value: text.clients.detail.yes })
    } else if (name in grantBoxes && grants.length > 0) {
      entered.push({ label: text.clients.fields.grants, value: grants.splice(0).join(', ') })
    }
  }
  return entered
}
