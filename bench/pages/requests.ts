/** What is asked of the pages: each page, and each way through a list that a database finds differently. */
import type { Filled } from './fill.ts'

export type Visitor = 'administrator' | 'person' | 'nobody'

export interface PageRequest {
  /** Names it in the report: the page, and what of it. */
  page: string
  what: string
  as: Visitor
  path: string
  /** The page after the first one is measured too. */
  next?: boolean
  /** An answer of any length: until its first byte. */
  firstByte?: boolean
}

/** @param now when the database was filled. */
export function pageRequests(filled: Filled, now: number): PageRequest[] {
  const requests: PageRequest[] = []
  const add =
    (as: Visitor, page: string) =>
    (what: string, query = '', more: Pick<PageRequest, 'next' | 'firstByte'> = {}) =>
      void requests.push({ page, what, as, path: query === '' ? page : `${page}?${query}`, ...more })
  const at = (as: Visitor, page: string, shown: string, what: string, query = ''): void =>
    void requests.push({ page: shown, what, as, path: query === '' ? page : `${page}?${query}` })
  const paged = { next: true }

  const dashboard = add('administrator', '/admin')
  for (const window of ['hour', 'day', 'week']) dashboard(window, `window=${window}`)

  const users = add('administrator', '/admin/users')
  users('everybody', '', paged)
  users('administrators', 'role=admin', paged)
  users('disabled', 'status=disabled', paged)
  users('of a source', 'auth_source=http_api', paged)
  users('of a rare source', 'auth_source=github', paged)
  users('disabled administrators (none)', 'role=admin&status=disabled')
  users('search: one', 'search=carla342')
  users('search: some', 'search=ana70')
  users('search: a fifth', 'search=ana', paged)
  users('search: nobody', 'search=nobody-of-that-name')
  users('search: an id', `search=${filled.person}`)
  users('search: a fifth, administrators', 'search=eve&role=admin')
  at('administrator', `/admin/users/${filled.person}`, '/admin/users/:id', 'somebody')

  const clients = add('administrator', '/admin/clients')
  clients('all', '', paged)
  clients('waiting for approval', 'status=pending')
  clients('inactive', 'status=inactive')
  clients('search: a third', 'search=backup', paged)
  clients('search: none', 'search=nothing-of-that-name')
  clients('search: an id', `search=${filled.middleClient}`)
  at('administrator', `/admin/clients/${filled.hugeClient}`, '/admin/clients/:id', 'half of all grants')
  at('administrator', `/admin/clients/${filled.machineClient}`, '/admin/clients/:id', 'a third of all tokens')
  at('administrator', `/admin/clients/${filled.smallClient}`, '/admin/clients/:id', 'few tokens')
  requests.push({
    page: '/admin/clients/:id/authorizations',
    what: 'given by half of everybody',
    as: 'administrator',
    path: `/admin/clients/${filled.hugeClient}/authorizations`,
    next: true,
  })

  const tokens = add('administrator', '/admin/tokens')
  for (const category of ['access', 'refresh'] as const) {
    const all = (what: string, query = '', more = {}) =>
      tokens(`${category}, ${what}`, `category=${category}${query}`, more)
    all('all', '', paged)
    for (const status of ['active', 'expired', 'revoked', 'disabled']) all(status, `&status=${status}`, paged)
    for (const [what, client] of [
      ['huge client', filled.hugeClient],
      ['client without people', filled.machineClient],
      ['usual client', filled.middleClient],
      ['small client', filled.smallClient],
    ] as const) {
      all(what, `&client=${client}`, paged)
      all(`${what}, active`, `&client=${client}&status=active`)
      all(`${what}, disabled`, `&client=${client}&status=disabled`)
    }
    all('clients by name', '&client=notes%2014')
    all('busy person', '&user=busy', paged)
    all('busy person, active', '&user=busy&status=active')
    all('busy person at the huge client', `&user=busy&client=${filled.hugeClient}`)
    all('busy person at a usual client', `&user=busy&client=${filled.middleClient}`)
    all('somebody', `&user=${filled.personName}`)
    all('nobody', '&user=nobody-of-that-name')
  }
  at('administrator', `/admin/tokens/${filled.token}`, '/admin/tokens/:id', 'one')

  const audit = add('administrator', '/admin/audit')
  const date = (daysAgo: number) => encodeURIComponent(new Date(now - daysAgo * 86_400_000).toISOString())
  const week = `start_time=${date(7)}`
  const oldDay = `start_time=${date(60)}&end_time=${date(59)}`
  audit('all', '', paged)
  audit('usual type', 'event_type=TOKEN_REFRESHED', paged)
  audit('rare type', 'event_type=CLIENT_DELETED', paged)
  audit('type nobody has', 'event_type=NOTHING')
  for (const severity of ['INFO', 'WARNING', 'CRITICAL', 'ERROR']) audit(severity, `severity=${severity}`)
  audit('success', 'success=true')
  audit('failure', 'success=false', paged)
  audit('actor', `actor=${filled.actorName}`, paged)
  audit('actor by id', `actor_user_id=${filled.actorId}`)
  audit('address', 'actor_ip=10.1.1.7')
  audit('resource', `resource_id=${filled.resource}`)
  audit('resource (none)', 'resource_id=nothing')
  audit('resource type', 'resource_type=KEY', paged)
  audit('resource type, usual', 'resource_type=TOKEN')
  audit('text, everywhere', 'search=token')
  audit('text, nowhere', 'search=nothing+of+the+kind')
  audit('week', week, paged)
  audit('old day', oldDay)
  audit('old day, failures', `${oldDay}&success=false`)
  audit('old day, text nowhere', `${oldDay}&search=nothing+of+the+kind`)
  audit('usual type and address', 'event_type=TOKEN_REFRESHED&actor_ip=10.1.1.7')
  audit('usual type, failure (never)', 'event_type=TOKEN_REFRESHED&success=false')
  audit('failures, text nowhere', 'success=false&search=nothing+of+the+kind')
  audit('warnings of a rare resource type', 'severity=WARNING&resource_type=KEY')
  audit(
    'everything',
    `${week}&event_type=TOKEN_REFRESHED&severity=INFO&success=true&actor=${filled.actorName}&actor_ip=10.1.1.7&resource_type=TOKEN&search=refresh`,
  )
  const exported = add('administrator', '/admin/audit/export')
  exported('all', '', { firstByte: true })
  exported('failures', 'success=false', { firstByte: true })

  add('administrator', '/admin/keys')('all')
  add('administrator', '/admin/settings')('all')

  const person = (page: string) => add('person', page)
  person('/account/sessions')('busy person', '', paged)
  person('/account/authorizations')('busy person', '', paged)
  for (const page of ['/account/profile', '/account/security', '/device']) person(page)('busy person')
  person('/apps')('a hundred apps', '', paged)
  person('/docs/en/getting-started')('with a hundred apps')
  const authorize = new URLSearchParams({
    response_type: 'code',
    client_id: filled.middleClient,
    redirect_uri: 'https://app.example/callback',
    scope: 'openid profile read',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  person('/oauth/authorize')('consent', String(authorize))

  add('nobody', '/login')('signing in')
  add('nobody', '/docs/en/getting-started')('without an account')
  return requests
}
