/** The kinds a setting can have: how its text is read, and how the documentation names it. */
import { parseDuration } from '../shared/duration.ts'
import { Secret } from '../shared/secret.ts'

export interface Setting<T> {
  /** Name of the environment variable. */
  readonly name: string
  readonly kind: string
  /** One sentence for operators. */
  readonly description: string
  /** The default as the environment would write it; `undefined` when there is none. */
  readonly defaultText: string | undefined
  /** Says where the default comes from when it depends on other settings; shown in the documentation. */
  readonly defaultNote: string | undefined
  readonly example: string
  readonly secret: boolean
  /** Reads a non-empty text. @throws {SettingError} with what is wrong, never repeating a secret. */
  parse(text: string): T
}

export class SettingError extends Error {}

interface Common {
  name: string
  description: string
  example?: string
  defaultNote?: string
}

type WithDefault<D> = Common & { default: D }

function setting<T>(
  kind: string,
  options: Common & { default?: string | undefined; secret?: boolean },
  parse: (text: string) => T,
): Setting<T> {
  return {
    name: options.name,
    kind,
    description: options.description,
    defaultText: options.default,
    defaultNote: options.defaultNote,
    example: options.example ?? options.default ?? '',
    secret: options.secret ?? false,
    parse,
  }
}

export function text(options: WithDefault<string>): Setting<string>
export function text(options: Common): Setting<string | undefined>
export function text(options: Common & { default?: string }): Setting<string | undefined> {
  return setting('text', options, (value) => value)
}

export function secret(options: Common): Setting<Secret | undefined> {
  return setting('secret', { ...options, secret: true }, (value) => new Secret(value))
}

export function flag(options: WithDefault<boolean>): Setting<boolean>
export function flag(options: Common): Setting<boolean | undefined>
export function flag(options: Common & { default?: boolean }): Setting<boolean | undefined> {
  return setting('boolean', { ...options, default: options.default?.toString() }, (value) => {
    const lower = value.trim().toLowerCase()
    if (lower === 'true' || lower === '1') return true
    if (lower === 'false' || lower === '0') return false
    throw new SettingError('must be true or false')
  })
}

interface Bounds {
  min?: number
  max?: number
}

export function integer(options: WithDefault<number> & Bounds): Setting<number> {
  return setting('whole number', { ...options, default: String(options.default) }, (value) => {
    if (!/^-?\d+$/.test(value.trim())) throw new SettingError('must be a whole number')
    return inBounds(Number(value), options, (bound) => String(bound))
  })
}

/** Read in Go's duration grammar, kept in seconds. */
export function duration(options: WithDefault<string> & Bounds): Setting<number>
export function duration(options: Common & Bounds): Setting<number | undefined>
export function duration(options: Common & Bounds & { default?: string }): Setting<number | undefined> {
  return setting('duration', options, (value) => {
    const seconds = parseDuration(value.trim())
    if (seconds === undefined) throw new SettingError('must be a duration such as 1h30m, 15m, 30s or 500ms')
    return inBounds(seconds, options, (bound) => `${bound}s`)
  })
}

export function choice<const C extends string>(
  options: WithDefault<C> & { choices: readonly C[] },
): Setting<C> {
  return setting(options.choices.map((c) => `\`${c}\``).join(' \\| '), options, (value) => {
    const found = options.choices.find((candidate) => candidate === value.trim())
    if (found === undefined) throw new SettingError(`must be one of ${options.choices.join(', ')}`)
    return found
  })
}

export function list(options: Common & { default?: string }): Setting<readonly string[]> {
  return setting('comma list', options, (value) =>
    Object.freeze(
      value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    ),
  )
}

function inBounds(value: number, { min, max }: Bounds, show: (bound: number) => string): number {
  if (min !== undefined && value < min) throw new SettingError(`must be at least ${show(min)}`)
  if (max !== undefined && value > max) throw new SettingError(`must be at most ${show(max)}`)
  return value
}
