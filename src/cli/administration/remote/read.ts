/** Answers of a server, member by member: it may be another version than ours, or no AuthGate at all. Pure. */

import { type Instant, instant } from '../../../shared/clock.ts'
import { members } from '../../login/http.ts'

/** An answer that is not what the Admin API gives. */
export class NotUnderstood extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'NotUnderstood'
  }
}

/** The members of one object in an answer; each is read in the type that it must have. */
export interface Members {
  text(name: string): string
  /** `undefined` for `null` and for what an older server does not say. */
  textOrNone(name: string): string | undefined
  flag(name: string): boolean
  number(name: string): number
  numberOrNone(name: string): number | undefined
  instant(name: string): Instant
  instantOrNone(name: string): Instant | undefined
  texts(name: string): readonly string[]
  object(name: string): Members
  objects(name: string): readonly Members[]
  /** A member whose own members are said elsewhere. */
  anything(name: string): Readonly<Record<string, unknown>>
}

/** @throws {NotUnderstood} when it is no object. */
export function membersOf(json: unknown, where = ''): Members {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new NotUnderstood(`${where === '' ? 'the answer' : where} is no object`)
  }
  const own = members(json)
  const at = (name: string): string => (where === '' ? name : `${where}.${name}`)
  const value = (name: string): unknown => (Object.hasOwn(own, name) ? own[name] : undefined)

  const read =
    <T>(is: (value: unknown) => value is T, kind: string) =>
    (name: string): T => {
      const found = value(name)
      if (!is(found)) throw new NotUnderstood(`${at(name)} is no ${kind}`)
      return found
    }
  const orNone =
    <T>(reader: (name: string) => T) =>
    (name: string): T | undefined =>
      value(name) === undefined || value(name) === null ? undefined : reader(name)

  const text = read((each) => typeof each === 'string', 'text')
  const number = read((each) => typeof each === 'number', 'number')
  const list = read((each) => Array.isArray(each), 'list')
  const time = (name: string): Instant => {
    const milliseconds = Date.parse(text(name))
    if (Number.isNaN(milliseconds)) throw new NotUnderstood(`${at(name)} is no time`)
    return instant(milliseconds)
  }
  return {
    text,
    textOrNone: orNone(text),
    flag: read((each) => typeof each === 'boolean', 'boolean'),
    number,
    numberOrNone: orNone(number),
    instant: time,
    instantOrNone: orNone(time),
    texts(name) {
      const entries: unknown[] = list(name)
      if (!entries.every((each) => typeof each === 'string'))
        throw new NotUnderstood(`${at(name)} is no list of texts`)
      return entries
    },
    object: (name) => membersOf(value(name), at(name)),
    objects: (name) => list(name).map((each: unknown, index) => membersOf(each, `${at(name)}[${index}]`)),
    anything(name) {
      membersOf(value(name), at(name))
      return members(value(name))
    },
  }
}
