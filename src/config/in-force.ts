/** Every setting as it is in force, for people to look at: never with a secret in it. */
import { type Settings, settings } from './schema.ts'
import type { Setting } from './setting.ts'

export type SettingGroup = keyof Settings

export interface SettingInForce {
  /** Key of its group in the schema. */
  readonly group: SettingGroup
  /** Its own key in there. */
  readonly member: string
  readonly name: string
  /** One sentence, as in the documentation. */
  readonly description: string
  readonly secret: boolean
  /** Whether the environment gives it a value; a default is in force otherwise. */
  readonly isSet: boolean
  /**
   * Its value as the environment writes it, passwords in addresses taken out; `undefined` for a secret, and where a
   * default depends on something else.
   */
  readonly value: string | undefined
  /** Says what such a default depends on. */
  readonly defaultNote: string | undefined
}

export function settingsInForce(
  environment: Readonly<Record<string, string | undefined>>,
): readonly SettingInForce[] {
  return Object.entries(settings).flatMap(([group, members]) =>
    Object.entries<Setting<unknown>>(members).map(([member, setting]): SettingInForce => {
      // An empty variable counts as unset.
      const given = environment[setting.name] || undefined
      const value = given ?? setting.defaultText
      return {
        group: group as SettingGroup,
        member,
        name: setting.name,
        description: setting.description,
        secret: setting.secret,
        isSet: given !== undefined,
        value: setting.secret || value === undefined ? undefined : withoutPasswords(value),
        defaultNote: given === undefined ? setting.defaultNote : undefined,
      }
    }),
  )
}

const hidden = '***'

/** A text in which what an address or a connection string calls a password is hidden. */
export function withoutPasswords(text: string): string {
  return (
    text
      // The last @ before the path ends them: a password may hold one.
      .replace(/(\/\/[^/?#\s:@]*):[^/?#\s]*@/g, `$1:${hidden}@`)
      .replace(
        /\b((?:ssl)?password|passwd|pwd|secret|token|key)(\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&,;]+)/gi,
        `$1$2${hidden}`,
      )
  )
}
