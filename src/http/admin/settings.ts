/** `/admin/settings`: what this server runs with. */
import type { SettingGroup, SettingInForce } from '../../config/in-force.ts'
import { AdminSettingsPage, type SettingRow } from '../../views/pages/admin-settings.tsx'
import type { Endpoint } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'
import { type PageKit, page } from '../page.ts'
import { settingWords } from './setting-words.ts'

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
      const { tag } = props.reader.language
      const groups = new Map<SettingGroup, SettingRow[]>()
      for (const setting of settings) {
        const { name, group, defaultNote } = setting
        const words = settingWords(setting, tag)
        if (!`${name} ${words.description}`.toLowerCase().includes(wanted)) continue
        const row = {
          ...setting,
          description: words.description,
          // In force only while nothing else is.
          defaultNote: defaultNote === undefined ? undefined : words.defaultNote,
        }
        groups.set(group, [...(groups.get(group) ?? []), row])
      }
      return page(200, AdminSettingsPage, {
        ...props,
        search,
        groups: [...groups].map(([key, members]) => ({ key, settings: members })),
      })
    },
  })
}
