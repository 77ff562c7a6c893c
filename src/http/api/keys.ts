/** Operations on signing keys. */
import { KeysChanged, type SigningKeyAdministration } from '../../administration/signing-keys.ts'
import { keyAlgorithms, type StoredSigningKey } from '../../oauth/token/signing-key.ts'
import type { SigningKeys } from '../../oauth/token/signing-keys.ts'
import type { Encryption } from '../../shared/encryption.ts'
import type { Storage } from '../../storage/storage.ts'
import { type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import {
  answer,
  anyObject,
  choice,
  flag,
  input,
  list,
  named,
  nullable,
  optional,
  text,
  time,
} from './schema.ts'

const keySchema = named(
  'SigningKey',
  answer({
    kid: text(),
    algorithm: choice(keyAlgorithms),
    state: choice(['next', 'current', 'previous', 'retired'], {
      description: '`current` signs; `next` is published before it signs; `previous` still verifies.',
    }),
    public_jwk: anyObject({ description: 'As in the JWK set (RFC 7517).' }),
    created_at: time(),
    activated_at: nullable(time()),
    superseded_at: nullable(time()),
    retired_at: nullable(time()),
  }),
)
const keysSchema = named('SigningKeys', answer({ items: list(keySchema, { maxItems: 1000 }) }))

/** Older ones are in the list of `authgate keys list --all`. */
const shownRetired = 20

export function keyOperations(dependencies: {
  storage: Pick<Storage, 'read'>
  administration: SigningKeyAdministration
  signingKeys: Pick<SigningKeys, 'reload'>
  encryption: Encryption
}): Operation[] {
  const { storage, administration, signingKeys, encryption } = dependencies
  const { read } = storage

  const keys = async () => {
    const [living, retired] = await Promise.all([
      read.signingKeys.list(),
      read.signingKeys.listRetired(shownRetired),
    ])
    return { answer: { items: [...living, ...retired].map(encodeKey) } }
  }
  /** This server signs and publishes by it at once, the others within half a minute. */
  const acted = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      const result = await act()
      await signingKeys.reload()
      return result
    } catch (error) {
      if (error instanceof KeysChanged) throw new ApiProblem(409, error.message)
      throw error
    }
  }

  return [
    operation('GET /keys', {
      id: 'listKeys',
      group: 'keys',
      summary: `List signing keys, with the last ${shownRetired} that were retired`,
      answer: keysSchema,
      run: keys,
    }),
    operation('POST /keys/rotate', {
      id: 'rotateKeys',
      group: 'keys',
      summary: 'Make the next key of each algorithm where there is none',
      description: 'It takes over once every verifier can know it, or now.',
      body: input({
        immediately: optional(flag({ description: 'Whether the next keys take over now.' })),
      }),
      answer: keysSchema,
      refusals: [409],
      async run({ body, by }) {
        const request = { algorithms: keyAlgorithms, immediately: body.immediately ?? false, encryption }
        await acted(() => administration.rotate(request, ...by))
        return keys()
      },
    }),
    operation('POST /keys/{kid}/retire', {
      id: 'retireKey',
      group: 'keys',
      summary: 'Take a key out of the JWK set and erase its private part',
      body: input({
        force: optional(
          flag({ description: 'Also while access tokens that it may have signed are in use.' }),
        ),
      }),
      answer: keySchema,
      refusals: [409],
      async run({ params, body, by }) {
        const { kid = '' } = params
        const result = await acted(() => administration.retire(kid, { force: body.force ?? false }, ...by))
        switch (result.outcome) {
          case 'unknown':
            throw new ApiProblem(404, 'there is no such key')
          case 'current':
            throw new ApiProblem(409, 'the key signs: another has to take its place first')
          case 'in_use':
            throw new ApiProblem(
              409,
              `${result.livingTokens} access tokens that it may have signed are in use; force ends that`,
            )
          case 'retired':
          case 'already_retired':
            return { answer: encodeKey((await read.signingKeys.find(kid))!) }
        }
      },
    }),
  ]
}

function encodeKey(key: StoredSigningKey) {
  const at = (instant: number | undefined): string | null =>
    instant === undefined ? null : new Date(instant).toISOString()
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    state: key.state,
    public_jwk: { ...key.publicJwk },
    created_at: new Date(key.createdAt).toISOString(),
    activated_at: at(key.activatedAt),
    superseded_at: at(key.supersededAt),
    retired_at: at(key.retiredAt),
  }
}
