/** Where the encryption key comes from: the environment, a file, or (on SQLite) a file made on first run. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEncryption, type Encryption, parseEncryptionKeys } from '../shared/encryption.ts'
import type { Random } from '../shared/random.ts'
import type { Config } from './load.ts'

export class EncryptionKeyError extends Error {}

/**
 * @param generate whether a missing key file may be made: on SQLite, where this folder goes with the database. An
 *   existing file is never replaced.
 * @throws {EncryptionKeyError} naming the setting.
 */
export function openEncryption(
  config: Pick<Config, 'encryption' | 'dataDir' | 'database'>,
  random: Random,
): Encryption {
  const { keys, keyFile } = config.encryption
  if (keys !== undefined) return fromText(keys.reveal(), 'ENCRYPTION_KEY', random)
  if (keyFile !== undefined) return fromText(read(keyFile), 'ENCRYPTION_KEY_FILE', random)
  const generated = join(config.dataDir, 'authgate.key')
  try {
    mkdirSync(config.dataDir, { recursive: true })
    writeUnlessThere(generated, `${random.bytes(32).toString('base64')}\n`)
  } catch (error) {
    throw new EncryptionKeyError(
      `the encryption key could not be written to ${generated}: make the folder writable, or set ENCRYPTION_KEY`,
      { cause: error },
    )
  }
  return fromText(read(generated), generated, random)
}

/** Loses against another process that makes the file at the same moment, and whose key is then read. */
function writeUnlessThere(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new EncryptionKeyError(`the encryption key could not be read from ${file}`, { cause: error })
  }
}

function fromText(text: string, source: string, random: Random): Encryption {
  try {
    return createEncryption(parseEncryptionKeys(text.trim()), random)
  } catch (error) {
    throw new EncryptionKeyError(`${source} ${(error as Error).message}`)
  }
}
