/** The ways to sign in beside the password form, as the sign-in page shows them. */
import type { IdentityProvider } from '../../identity-providers/provider.ts'
import type { LoginProvider } from '../../views/pages/login.tsx'
import { localHref, type Site } from '../../views/props.ts'

/** @param fresh whether somebody who is signed in is asked to show once more who they are. */
export function loginProviders(
  providers: readonly Pick<IdentityProvider, 'name' | 'displayName'>[],
  site: Site,
  { redirect: target, fresh }: { redirect: string | null; fresh: boolean },
): LoginProvider[] {
  const query = new URLSearchParams()
  if (target !== null) query.set('redirect', target)
  if (fresh) query.set('again', '1')
  const suffix = query.size === 0 ? '' : `?${query}`
  return providers.map(({ name, displayName }) => ({
    name,
    label: displayName,
    href: localHref(site, `/auth/login/${name}${suffix}`),
  }))
}
