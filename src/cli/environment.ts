/** The environment, with a `.env` file of the working folder underneath it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { retiredSettings, settings } from '../config/schema.ts'

export interface Environment {
  readonly values: Readonly<Record<string, string | undefined>>
  /** What deserves a look in the file. */
  readonly warnings: readonly string[]
}

/** Variables that are already set win over the file. A missing file is fine; one that cannot be read is said. */
export function readEnvironment(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Environment {
  const file = join(folder, '.env')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return { values: environment, warnings: missing ? [] : [`${file} could not be read and is ignored.`] }
  }
  const fromFile = parseEnv(text)
  const known = new Set([
    ...Object.values(settings).flatMap((group) => Object.values(group).map((setting) => setting.name)),
    ...Object.keys(retiredSettings),
  ])
  const warnings = Object.keys(fromFile)
    .filter((name) => !known.has(name))
    .map((name) => `.env sets ${name}, which is no setting of this version.`)
  return { values: { ...fromFile, ...environment }, warnings }
}
