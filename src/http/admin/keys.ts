/** `/admin/keys`: signing keys, and the forms that rotate and retire them. */
import { actorOf } from '../../accounts/sessions.ts'
import { KeysChanged, type SigningKeyAdministration } from '../../administration/signing-keys.ts'
import { dueChange, type RotationPolicy } from '../../oauth/token/key-rotation.ts'
import { keyAlgorithms, type StoredSigningKey } from '../../oauth/token/signing-key.ts'
import type { SigningKeys } from '../../oauth/token/signing-keys.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Encryption } from '../../shared/encryption.ts'
import type { Storage } from '../../storage/storage.ts'
import { AdminKeysPage, type KeyNotice, type KeyRow, keyNotices } from '../../views/pages/admin-keys.tsx'
import { type Endpoint, type HttpAnswer, PageError } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'
import { type PageKit, page } from '../page.ts'

const path = '/admin/keys'
/** Older ones are in the list of `authgate keys list --all`. */
const shownRetired = 20

export function createKeysEndpoints(dependencies: {
  kit: PageKit
  storage: Pick<Storage, 'read'>
  /** The acts, in the name of whoever asked. */
  administration: SigningKeyAdministration
  signingKeys: Pick<SigningKeys, 'accessTokenSigner' | 'reload'>
  rotation: RotationPolicy
  encryption: Encryption
  clock: Clock
}): Endpoint[] {
  const { kit, storage, administration, signingKeys, rotation, encryption, clock } = dependencies
  const returnTo = () => path
  const done = (notice: KeyNotice): HttpAnswer => kit.goTo(`${path}?notice=${notice}`)

  const rowOf = async (key: StoredSigningKey): Promise<KeyRow> => ({
    kid: key.kid,
    algorithm: key.algorithm,
    state: key.state,
    createdAt: key.createdAt,
    activatedAt: key.activatedAt,
    retiredAt: key.retiredAt,
    change: dueChange(key, rotation),
    // What the others signed says nothing about what may be done with them.
    livingTokens: key.state === 'previous' ? await administration.countLivingTokens(key) : undefined,
  })

  /** @returns what came of it; this server signs and publishes by it at once, the others within half a minute. */
  const acted = async (act: () => Promise<KeyNotice>): Promise<HttpAnswer> => {
    try {
      const notice = await act()
      await signingKeys.reload()
      return done(notice)
    } catch (error) {
      if (error instanceof KeysChanged) return done('changed')
      throw error
    }
  }

  return [
    kit.adminGet({
      path,
      async handle({ request, props }) {
        const [keys, retired] = await Promise.all([
          storage.read.signingKeys.list(),
          storage.read.signingKeys.listRetired(shownRetired),
        ])
        const { kid } = signingKeys.accessTokenSigner()
        return page(200, AdminKeysPage, {
          ...props,
          now: clock.now(),
          keys: await Promise.all(keys.map(rowOf)),
          retired: await Promise.all(retired.map(rowOf)),
          foreign: !keys.some((key) => key.kid === kid),
          notice: readListRequest(request).choice('notice', keyNotices) || null,
        })
      },
    }),
    kit.adminPost({
      path: `${path}/rotate`,
      returnTo,
      handle({ request, account }, form) {
        const immediately = form.get('immediately') === 'true'
        return acted(async () => {
          await administration.rotate(
            { algorithms: keyAlgorithms, immediately, encryption },
            actorOf(account),
            request.context,
          )
          return immediately ? 'replaced' : 'published'
        })
      },
    }),
    kit.adminPost({
      path: `${path}/:kid/retire`,
      returnTo,
      handle({ request, account }) {
        return acted(async () => {
          const { outcome } = await administration.retire(
            request.params.kid ?? '',
            { force: false },
            actorOf(account),
            request.context,
          )
          if (outcome === 'unknown') throw new PageError(404)
          if (outcome === 'retired' || outcome === 'in_use') return outcome
          return 'unavailable'
        })
      },
    }),
  ]
}
