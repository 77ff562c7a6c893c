/**
 * What the Admin API takes and gives, said once: a schema is the type its handlers see, the check that a request passes,
 * and the JSON Schema (2020-12) of the published document. A small builder of our own, since it needs few words, and a
 * library of them would have to be loaded before the first request.
 */

export type JsonSchema = Readonly<Record<string, unknown>>

/** A value of a request that cannot be used. */
export interface MemberProblem {
  /** The member, with a path where it is inside another: `scopes[2].name`. */
  readonly member: string
  readonly message: string
}

export interface Schema<T> {
  /** As the document has it; named schemas are references. */
  readonly json: JsonSchema
  /** The named schemas below, by name. */
  readonly definitions: Readonly<Record<string, JsonSchema>>
  /** @param problems what is wrong is added here; the value that is returned then means nothing. */
  read(value: unknown, member: string, problems: MemberProblem[]): T
}

/** A member that may be left out. */
export interface OptionalSchema<T> extends Schema<T | undefined> {
  readonly optional: true
}

export type ValueOf<S> = S extends Schema<infer T> ? T : never

type Members = Readonly<Record<string, Schema<unknown>>>
type OptionalKeys<M> = { [K in keyof M]: M[K] extends { optional: true } ? K : never }[keyof M]
export type ObjectOf<M extends Members> = {
  readonly [K in Exclude<keyof M, OptionalKeys<M>>]: ValueOf<M[K]>
} & { readonly [K in OptionalKeys<M>]?: ValueOf<M[K]> }

interface Notes {
  description?: string
  example?: unknown
}

function annotated(json: Record<string, unknown>, { description, example }: Notes): JsonSchema {
  return {
    ...json,
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { examples: [example] }),
  }
}

function refuse(problems: MemberProblem[], member: string, message: string): never {
  problems.push({ member, message })
  return undefined as never
}

const defaultMaxLength = 2048

/** A text without control characters; bounded also where nobody says how far. */
export function text(
  options: Notes & { minLength?: number; maxLength?: number; format?: string; lines?: true } = {},
): Schema<string> {
  const { minLength = 0, maxLength = defaultMaxLength, format, lines } = options
  const controls = lines === true ? /[^\P{Cc}\n\r\t]/u : /\p{Cc}/u
  return {
    json: annotated(
      {
        type: 'string',
        ...(minLength > 0 ? { minLength } : {}),
        maxLength,
        ...(format === undefined ? {} : { format }),
      },
      options,
    ),
    definitions: {},
    read(value, member, problems) {
      if (typeof value !== 'string') return refuse(problems, member, 'must be a string')
      if (value.length < minLength || value.length > maxLength) {
        return refuse(problems, member, `must have ${minLength} to ${maxLength} characters`)
      }
      return controls.test(value) ? refuse(problems, member, 'must not contain control characters') : value
    },
  }
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function uuid(notes: Notes = {}): Schema<string> {
  return {
    json: annotated({ type: 'string', format: 'uuid' }, notes),
    definitions: {},
    read: (value, member, problems) =>
      typeof value === 'string' && uuidPattern.test(value)
        ? value
        : refuse(problems, member, 'must be a UUID'),
  }
}

/** A point in time of an answer (RFC 3339). */
export function time(notes: Notes = {}): Schema<string> {
  return {
    json: annotated({ type: 'string', format: 'date-time' }, notes),
    definitions: {},
    read: (value, member, problems) =>
      typeof value === 'string' && !Number.isNaN(Date.parse(value))
        ? value
        : refuse(problems, member, 'must be a time such as 2026-01-31T12:00:00Z (RFC 3339)'),
  }
}

export function choice<const Value extends string>(
  values: readonly Value[],
  notes: Notes = {},
): Schema<Value> {
  return {
    json: annotated({ type: 'string', enum: values }, notes),
    definitions: {},
    read: (value, member, problems) =>
      values.find((known) => known === value) ??
      refuse(problems, member, `must be one of ${values.join(', ')}`),
  }
}

export function flag(notes: Notes = {}): Schema<boolean> {
  return {
    json: annotated({ type: 'boolean' }, notes),
    definitions: {},
    read: (value, member, problems) =>
      typeof value === 'boolean' ? value : refuse(problems, member, 'must be true or false'),
  }
}

export function whole(options: Notes & { minimum: number; maximum?: number }): Schema<number> {
  const { minimum, maximum = Number.MAX_SAFE_INTEGER } = options
  return {
    json: annotated(
      {
        type: 'integer',
        minimum,
        ...(options.maximum === undefined ? {} : { maximum }),
      },
      options,
    ),
    definitions: {},
    read: (value, member, problems) =>
      Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
        ? (value as number)
        : refuse(problems, member, `must be a whole number from ${minimum} to ${maximum}`),
  }
}

const defaultMaxItems = 100

export function list<T>(item: Schema<T>, options: Notes & { maxItems?: number } = {}): Schema<readonly T[]> {
  const { maxItems = defaultMaxItems } = options
  return {
    json: annotated({ type: 'array', items: item.json, maxItems }, options),
    definitions: item.definitions,
    read(value, member, problems) {
      if (!Array.isArray(value)) return refuse(problems, member, 'must be an array')
      if (value.length > maxItems) return refuse(problems, member, `must have at most ${maxItems} items`)
      return value.map((each, index) => item.read(each, `${member}[${index}]`, problems))
    },
  }
}

export function nullable<T>(inner: Schema<T>): Schema<T | null> {
  const { type, ...rest } = inner.json
  const json =
    typeof type === 'string' && rest.enum === undefined
      ? { ...rest, type: [type, 'null'] }
      : { anyOf: [inner.json, { type: 'null' }] }
  return {
    json,
    definitions: inner.definitions,
    read: (value, member, problems) => (value === null ? null : inner.read(value, member, problems)),
  }
}

export function optional<T>(inner: Schema<T>): OptionalSchema<T> {
  return {
    json: inner.json,
    definitions: inner.definitions,
    optional: true,
    read: (value, member, problems) =>
      value === undefined ? undefined : inner.read(value, member, problems),
  }
}

/** An object of members that are said elsewhere. */
export function anyObject(notes: Notes = {}): Schema<Readonly<Record<string, unknown>>> {
  return {
    json: annotated({ type: 'object', additionalProperties: true }, notes),
    definitions: {},
    read: (value, member, problems) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as Record<string, unknown>)
        : refuse(problems, member, 'must be an object'),
  }
}

function objectSchema<M extends Members>(members: M, closed: boolean): Schema<ObjectOf<M>> {
  const entries = Object.entries(members)
  const required = entries.filter(([, schema]) => !('optional' in schema)).map(([name]) => name)
  return {
    json: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, schema]) => [name, schema.json])),
      ...(required.length === 0 ? {} : { required }),
      ...(closed ? { additionalProperties: false } : {}),
    },
    definitions: Object.assign({}, ...entries.map(([, schema]) => schema.definitions)),
    read(value, member, problems) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return refuse(problems, member || 'body', 'must be a JSON object')
      }
      const given = value as Record<string, unknown>
      const at = (name: string): string => (member === '' ? name : `${member}.${name}`)
      for (const name of Object.keys(given)) {
        if (!Object.hasOwn(members, name)) problems.push({ member: at(name), message: 'is not known' })
      }
      const read: Record<string, unknown> = {}
      for (const [name, schema] of entries) {
        const own = Object.hasOwn(given, name) ? given[name] : undefined
        if (own === undefined && !('optional' in schema)) {
          problems.push({ member: at(name), message: 'is required' })
        } else if (own !== undefined) read[name] = schema.read(own, at(name), problems)
      }
      return read as ObjectOf<M>
    },
  }
}

/** The body of a request: members that it does not have are refused, since they would be mistaken for an effect. */
export function input<M extends Members>(members: M): Schema<ObjectOf<M>> {
  return objectSchema(members, true)
}

/** An object of an answer, which later versions may add members to. */
export function answer<M extends Members>(members: M): Schema<ObjectOf<M>> {
  return objectSchema(members, false)
}

/** A schema that the document has once, under its name. */
export function named<T>(name: string, schema: Schema<T>): Schema<T> {
  return {
    ...schema,
    json: { $ref: `#/components/schemas/${name}` },
    definitions: { ...schema.definitions, [name]: schema.json },
  }
}
