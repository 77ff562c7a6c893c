/** `/admin`: the overview. */
import type { ReadOverview } from '../../administration/overview.ts'
import type { Clock } from '../../shared/clock.ts'
import { AdminDashboardPage, activityWindowNames } from '../../views/pages/admin-dashboard.tsx'
import type { Endpoint } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'
import { type PageKit, page } from '../page.ts'
import { inWordsOf } from './audit-words.ts'

export function dashboardEndpoint(dependencies: {
  kit: PageKit
  readOverview: ReadOverview
  /** In words. */
  database: string
  clock: Clock
}): Endpoint {
  const { kit, readOverview, database, clock } = dependencies
  return kit.adminGet({
    path: '/admin',
    async handle({ request, props }) {
      const window = readListRequest(request).choice('window', activityWindowNames) || 'hour'
      const { counts, uptimeSeconds, recent, ...overview } = await readOverview(window)
      return page(200, AdminDashboardPage, {
        ...props,
        ...overview,
        recent: recent && inWordsOf(props.reader.language.tag, recent),
        window,
        now: clock.now(),
        store: counts && {
          accessTokens: counts.counts.accessTokensActive,
          refreshTokens: counts.counts.refreshTokensActive,
          sessions: counts.counts.sessionsActive,
          devicesPending: counts.counts.deviceCodesPending,
          ageSeconds: counts.ageSeconds,
        },
        server: { version: kit.site.version, database, uptimeSeconds },
      })
    },
  })
}
