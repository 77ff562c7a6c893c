/** Where the encryption key comes from: the environment, a file, or (on SQLite) a file made on first run. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEncryption, type Encryption, parseEncryptionKeys } from '../shared/encryption.ts'
import type { Random } from '../shared/random.ts'
import type { Config } from './load.ts'

export class EncryptionKeyError extends Error {}

/**
 * Without a setting the key is in `DATA_DIR`, made there when it is missing; an existing file is never replaced. (On
 * PostgreSQL, whose replicas share no folder, the settings are checked to name one.)
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
    writeNewKey(generated, `${random.bytes(32).toString('base64')}\n`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new EncryptionKeyError(
        `the encryption key could not be written to ${generated}: make the folder writable, or set ENCRYPTION_KEY`,
        { cause: error },
      )
    }
  }
  return fromText(read(generated), generated, random)
}

/**
 * On the disk before anything is encrypted with it, and whole or not at all: half a key would stop every later start.
 * `wx` loses against another process that makes the file at the same moment, and its key is then read.
 */
function writeNewKey(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    writeFileSync(descriptor, text, { flush: true })
  } catch (error) {
    rmSync(file)
    throw error
  } finally {
    closeSync(descriptor)
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
