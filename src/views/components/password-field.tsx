/** A field for a new password, with what is wanted of it, and what was wrong with the one before. */
import { Field } from '../form.tsx'
import type { Text } from '../languages/languages.ts'
import { useText } from '../reader.tsx'

/** Why a password is refused. */
export type PasswordProblemName = keyof Text['security']['password']['problems']

export interface NewPasswordFieldProps {
  minLength: number
  problem: PasswordProblemName | null
}

export function NewPasswordField({ minLength, problem }: NewPasswordFieldProps) {
  const text = useText().security.password
  return (
    <Field
      name="new_password"
      label={text.label}
      type="password"
      autocomplete="new-password"
      help={text.help(minLength)}
      error={problem === null ? undefined : text.problems[problem](minLength)}
      enhance="password"
    />
  )
}
