/** `/admin/settings`: what this server runs with. */
import type { SettingInForce } from '../../config/in-force.ts'
import { AdminSettingsPage, type SettingRow } from '../../views/pages/admin-settings.tsx'
import type { Endpoint } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'
import { type PageKit, page } from '../page.ts'

export function settingsEndpoint(dependencies: {
  kit: PageKit
  settings: readonly SettingInForce[]
}): Endpoint {
  const { kit, settings } = dependencies
  return kit.adminGet({
    path: '/admin/settings',
    handle({ request, props }) {
      const search = readListRequest(request).text('search')
      const wanted = search.toLowerCase()
      const groups = new Map<string, SettingRow[]>()
      for (const setting of settings) {
        const { name, description, group } = setting
        if (!`${name} ${description}`.toLowerCase().includes(wanted)) continue
        groups.set(group, [...(groups.get(group) ?? []), setting])
      }
      return page(200, AdminSettingsPage, {
        ...props,
        search,
        groups: [...groups].map(([key, members]) => ({ key, settings: members })),
      })
    },
  })
}
