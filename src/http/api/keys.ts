/** Operations on signing keys. */
import { KeysChanged, type SigningKeyAdministration } from '../../administration/signing-keys.ts'
import { dueChange, type RotationPolicy } from '../../oauth/token/key-rotation.ts'
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
  whole,
} from './schema.ts'

const states = ['next', 'current', 'previous', 'retired'] as const

const keySchema = named(
  'SigningKey',
  answer({
    kid: text(),
    algorithm: choice(keyAlgorithms),
    state: choice(states, {
      description: '`current` signs; `next` is published before it signs; `previous` still verifies.',
    }),
    public_jwk: anyObject({ description: 'As in the JWK set (RFC 7517).' }),
    created_at: time(),
    activated_at: nullable(time()),
    superseded_at: nullable(time()),
    retired_at: nullable(time()),
    next_state: nullable(choice(states, { description: 'What time alone makes of it, and when.' })),
    next_state_at: nullable(time()),
  }),
)
const keysSchema = named('SigningKeys', answer({ items: list(keySchema, { maxItems: 1000 }) }))

const shownRetired = 20
const maxRetired = 900

export function keyOperations(dependencies: {
  storage: Pick<Storage, 'read'>
  administration: SigningKeyAdministration
  signingKeys: Pick<SigningKeys, 'reload'>
  encryption: Encryption
  rotation: RotationPolicy
}): Operation[] {
  const { storage, administration, signingKeys, encryption, rotation } = dependencies
  const { read } = storage

  const encode = (key: StoredSigningKey) => encodeKey(key, rotation)
  const keys = async (retiredToo = shownRetired) => {
    const [living, retired] = await Promise.all([
      read.signingKeys.list(),
      read.signingKeys.listRetired(retiredToo),
    ])
    return { answer: { items: [...living, ...retired].map(encode) } }
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
      summary: 'List signing keys, newest first, then the last that were retired',
      query: {
        retired: optional(
          whole({
            minimum: 0,
            maximum: maxRetired,
            description: `How many retired keys at most; ${shownRetired} unless it is said.`,
          }),
        ),
      },
      answer: keysSchema,
      run: ({ query }) => keys(query.retired),
    }),
    operation('POST /keys/rotate', {
      id: 'rotateKeys',
      group: 'keys',
      summary: 'Make the next key of each algorithm where there is none',
      description: 'It takes over once every verifier can know it, or now.',
      body: input({
        immediately: optional(flag({ description: 'Whether the next keys take over now.' })),
        algorithms: optional(
          list(choice(keyAlgorithms), { description: 'Only keys of these; all of them unless it is said.' }),
        ),
      }),
      answer: keysSchema,
      refusals: [409],
      async run({ body, by }) {
        const algorithms = keyAlgorithms.filter((each) => body.algorithms?.includes(each) ?? true)
        const request = { algorithms, immediately: body.immediately ?? false, encryption }
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
            return { answer: encode((await read.signingKeys.find(kid))!) }
        }
      },
    }),
  ]
}

function encodeKey(key: StoredSigningKey, rotation: RotationPolicy) {
  const change = dueChange(key, rotation)
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
    next_state: change?.to ?? null,
    next_state_at: at(change?.at),
  }
}
