/** Signing keys of the configured database. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createSigningKeyAdministration, KeysChanged } from '../../../administration/signing-keys.ts'
import { EncryptionKeyError, openEncryption } from '../../../config/encryption-key.ts'
import { openPrivateKey } from '../../../oauth/token/key-material.ts'
import { dueChange, type RotationPolicy, rotationPolicy } from '../../../oauth/token/key-rotation.ts'
import { keyAlgorithms, type StoredSigningKey } from '../../../oauth/token/signing-key.ts'
import type { Encryption } from '../../../shared/encryption.ts'
import type { Storage } from '../../../storage/storage.ts'
import { CommandError } from '../../command-error.ts'
import type { AdministrationTools } from '../../database.ts'
import { describeError } from '../../describe-error.ts'
import type { Keys, ShownKey } from '../port.ts'

const longestList = 1000

export function localKeys(tools: AdministrationTools): Keys {
  const { storage, config, actor } = tools
  const { signingKeys } = storage.read
  const policy = rotationPolicy(config)
  const administration = createSigningKeyAdministration(tools)
  return {
    async list({ retiredToo }) {
      const live = await signingKeys.list()
      const retired = retiredToo ? await signingKeys.listRetired(longestList) : []
      return [...live, ...retired].map((key) => shownKey(key, policy))
    },

    async rotate({ algorithm, immediately }) {
      const encryption = await openStoredEncryption(tools)
      const algorithms = keyAlgorithms.filter((each) => algorithm === undefined || each === algorithm)
      const kids = await asked(() => administration.rotate({ algorithms, immediately, encryption }, actor))
      return (await signingKeys.list())
        .filter(({ kid }) => kids.includes(kid))
        .map((key) => shownKey(key, policy))
    },

    retire: (kid, options) => asked(() => administration.retire(kid, options, actor)),
  }
}

function shownKey(key: StoredSigningKey, policy: RotationPolicy): ShownKey {
  const change = dueChange(key, policy)
  return { ...key, next: change && { state: change.to, at: change.at } }
}

async function asked<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof KeysChanged) throw new CommandError(`${error.message}: run the command again`)
    throw error
  }
}

/** The encryption key that the servers use: one made here, or another, would make keys that stop their next start. */
async function openStoredEncryption(tools: AdministrationTools): Promise<Encryption> {
  const { storage, random } = tools
  const config = tools.configWithKey()
  const { keys, keyFile } = config.encryption
  const generated = join(config.dataDir, 'authgate.key')
  if (keys === undefined && keyFile === undefined && !existsSync(generated)) {
    throw new CommandError(
      `there is no encryption key ${generated}: set DATA_DIR to the server's, or ENCRYPTION_KEY`,
    )
  }
  try {
    const encryption = openEncryption(config, random)
    openPrivateKey(await anyKey(storage), encryption)
    return encryption
  } catch (error) {
    if (error instanceof CommandError) throw error
    if (error instanceof EncryptionKeyError) throw new CommandError(error.message, { cause: error })
    throw new CommandError(describeError(error), { cause: error })
  }
}

async function anyKey(storage: Storage): Promise<StoredSigningKey> {
  const [key] = await storage.read.signingKeys.list()
  if (key === undefined) throw new CommandError('there are no signing keys yet: start the server once')
  return key
}
