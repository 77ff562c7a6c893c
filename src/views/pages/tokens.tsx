/** Tokens of everybody, for administrators: a list to choose from, the question before several end, and one by itself. */
import type { Instant } from '../../shared/clock.ts'
import { Alert, type Tone } from '../components/alert.tsx'
import { Badge } from '../components/badge.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Confirm } from '../components/confirm.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { Id } from '../components/id.tsx'
import { type ListFilter, ListFilters, ListFooter, type ListPaging } from '../components/list.tsx'
import { Tabs } from '../components/tabs.tsx'
import { Time } from '../components/time.tsx'
import { Form } from '../form.tsx'
import type { Text } from '../languages/languages.ts'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps, type Site, type TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'

type Words = Text['people']['tokens']
export type TokenKind = keyof Words['kind']
export type TokenStatusWord = keyof Words['statuses']
export type TokensNotice = keyof Words['notices']

/** What just happened, by the code in the address. */
export const tokensNotices = [
  'revoked',
  'many_revoked',
  'disabled',
  'enabled',
  'unchanged',
  'none_selected',
] as const satisfies readonly TokensNotice[]

const nothingHappened: readonly TokensNotice[] = ['unchanged', 'none_selected']

export interface ShownToken {
  id: string
  kind: TokenKind
  clientId: string
  clientName: string
  /** `null` when it speaks for nobody, or its person is no longer there. */
  user: { id: string; username: string } | null
  grantId: string | null
  scopes: readonly string[]
  issuedAt: Instant
  expiresAt: Instant
  status: TokenStatusWord
}

/** Of a box in the list, which is named by its token: no field comes twice. */
export const tokenFieldPrefix = 'select_'
/** Carries the filters of the list through a form. */
export const returnField = 'return_query'

export interface TokensPageProps extends SignedInPageProps, TimedProps {
  kind: TokenKind
  tokens: readonly ShownToken[]
  paging: ListPaging
  filters: { status: string; client: string; user: string; id: string }
  statuses: readonly TokenStatusWord[]
  /** Set when a name of a client fits more than are listed. */
  onlyClients: number | null
  /** The query of this page, to come back to. */
  returnQuery: string
  notice: TokensNotice | null
}

const tones = {
  active: 'good',
  disabled: 'warning',
  revoked: 'danger',
  superseded: 'quiet',
  expired: 'quiet',
} as const satisfies Record<TokenStatusWord, Tone | 'quiet'>

export function TokenStatusBadge({ status }: Pick<ShownToken, 'status'>) {
  const { statuses } = useText().people.tokens
  return <Badge tone={tones[status]}>{statuses[status]}</Badge>
}

function tokenHref(site: Site, id: string, returnQuery: string): string {
  const query = returnQuery === '' ? '' : `?${new URLSearchParams({ [returnField]: returnQuery })}`
  return localHref(site, `/admin/tokens/${encodeURIComponent(id)}${query}`)
}

function mayEnd({ status }: ShownToken): boolean {
  return status === 'active' || status === 'disabled'
}

function useColumns({ site, now, returnQuery }: TokensPageProps): readonly Column<ShownToken>[] {
  const words = useText()
  const text = words.people.tokens
  return [
    {
      header: text.token,
      kind: 'row-header',
      cell: (token) => (
        <span class="selectable">
          {mayEnd(token) && (
            <input
              type="checkbox"
              name={`${tokenFieldPrefix}${token.id}`}
              value="1"
              aria-label={text.selectToken(token.id)}
            />
          )}
          <a href={tokenHref(site, token.id, returnQuery)}>
            <code title={token.id}>{`${token.id.slice(0, 8)}…${token.id.slice(-4)}`}</code>
          </a>
        </span>
      ),
    },
    {
      header: text.client,
      cell: ({ clientName, clientId }) => (
        <bdi class="name" title={clientId}>
          {clientName}
        </bdi>
      ),
    },
    {
      header: text.user,
      cell: ({ user }) =>
        user === null ? (
          <span class="muted">{text.itself}</span>
        ) : (
          <a href={localHref(site, `/admin/users/${encodeURIComponent(user.id)}`)}>
            <bdi>{user.username}</bdi>
          </a>
        ),
    },
    { header: text.status, cell: (token) => <TokenStatusBadge {...token} /> },
    {
      header: text.scopes,
      cell: ({ scopes }) => (
        <bdi dir="ltr" class="breakable">
          {scopes.length === 0 ? text.noScopes : scopes.join(' ')}
        </bdi>
      ),
    },
    { header: text.issued, cell: ({ issuedAt }) => <Time at={issuedAt} now={now} /> },
    { header: text.expires, cell: ({ expiresAt }) => <Time at={expiresAt} now={now} /> },
    {
      header: words.common.actions,
      kind: 'action',
      cell: ({ id, status }) => {
        if (status !== 'active' && status !== 'disabled') return null
        const act = status === 'active' ? 'disable' : 'enable'
        return (
          <button
            type="submit"
            class="button button-secondary"
            formaction={localHref(site, `/admin/tokens/${encodeURIComponent(id)}/${act}`)}
          >
            {text[act]}
            <span class="visually-hidden">: {id}</span>
          </button>
        )
      },
    },
  ]
}

export function TokensPage(props: TokensPageProps) {
  const { site, csrfToken, kind, tokens, paging, filters, statuses, onlyClients, returnQuery, notice } = props
  const words = useText()
  const text = words.people.tokens
  const columns = useColumns(props)
  const filtered = Object.values(filters).some((value) => value !== '')
  const tab = (other: TokenKind) => {
    const kept = Object.entries(filters).filter(
      ([name, value]) => value !== '' && !(name === 'status' && value === 'superseded'),
    )
    const query = new URLSearchParams({ category: other, ...Object.fromEntries(kept) })
    return {
      label: text.kinds[other],
      href: localHref(site, `/admin/tokens?${query}`),
      current: other === kind,
    }
  }
  const shownFilters: ListFilter[] = [
    {
      kind: 'choice',
      name: 'status',
      label: text.filters.status,
      value: filters.status,
      options: statuses.map((value) => ({ value, label: text.statuses[value] })),
    },
    {
      kind: 'search',
      name: 'client',
      label: text.filters.client,
      value: filters.client,
      help: text.filters.clientHelp,
    },
    {
      kind: 'search',
      name: 'user',
      label: text.filters.user,
      value: filters.user,
      help: text.filters.userHelp,
    },
    { kind: 'search', name: 'id', label: text.filters.id, value: filters.id },
  ]
  return (
    <InsidePage {...props} title={text.title} lead={text.lead} current="/admin/tokens">
      {notice !== null && (
        <Alert tone={nothingHappened.includes(notice) ? 'warning' : 'good'} title={text.notices[notice]} />
      )}
      <Tabs label={text.kindTerm} tabs={[tab('access'), tab('refresh')]} />
      <ListFilters site={site} path="/admin/tokens" filters={shownFilters} kept={{ category: kind }} />
      {onlyClients !== null && <Alert tone="info" title={text.moreClients(onlyClients)} />}
      {tokens.length === 0 ? (
        <EmptyState icon="coin" title={filtered ? words.list.noneFound : text.empty}>
          <p>{filtered ? words.list.noneFoundAdvice : text.emptyAdvice}</p>
        </EmptyState>
      ) : (
        <Form site={site} csrfToken={csrfToken} action="/admin/tokens/revoke" className="list-form">
          <input type="hidden" name={returnField} value={returnQuery} />
          <DataTable caption={text.kinds[kind]} columns={columns} rows={tokens} rowKey={({ id }) => id} />
          <p>
            <Button kind="secondary">{text.revokeSelected}</Button>
          </p>
        </Form>
      )}
      <ListFooter paging={paging} what={text.kinds[kind]} />
    </InsidePage>
  )
}

export interface RevokeTokensPageProps extends SignedInPageProps, TimedProps {
  tokens: readonly ShownToken[]
  returnQuery: string
}

/** Asks before several tokens end. */
export function RevokeTokensPage(props: RevokeTokensPageProps) {
  const { site, csrfToken, tokens, returnQuery, now } = props
  const words = useText()
  const text = words.people.tokens
  const back = `/admin/tokens${returnQuery === '' ? '' : `?${returnQuery}`}`
  return (
    <InsidePage
      {...props}
      title={text.confirmTitle}
      current="/admin/tokens"
      parent={{ path: back, label: text.back }}
    >
      <p>{text.confirmLead({ count: tokens.length, atLeast: false })}</p>
      <DataTable
        caption={text.title}
        columns={[
          {
            header: text.token,
            kind: 'row-header',
            cell: ({ id, kind }) => (
              <>
                <code title={id}>{`${id.slice(0, 8)}…${id.slice(-4)}`}</code>
                <span class="detail">{text.kind[kind]}</span>
              </>
            ),
          },
          { header: text.client, cell: ({ clientName }) => <bdi>{clientName}</bdi> },
          {
            header: text.user,
            cell: ({ user }) => <bdi>{user === null ? text.itself : user.username}</bdi>,
          },
          { header: text.expires, cell: ({ expiresAt }) => <Time at={expiresAt} now={now} /> },
        ]}
        rows={tokens}
        rowKey={({ id }) => id}
      />
      <Form site={site} csrfToken={csrfToken} action="/admin/tokens/revoke" className="acts">
        <input type="hidden" name={returnField} value={returnQuery} />
        <input type="hidden" name="confirmed" value="true" />
        {tokens.map(({ id }) => (
          <input key={id} type="hidden" name={`${tokenFieldPrefix}${id}`} value="1" />
        ))}
        <Button kind="danger">{text.confirmButton}</Button>
        <LinkButton kind="quiet" href={localHref(site, back)}>
          {words.confirm.cancel}
        </LinkButton>
      </Form>
    </InsidePage>
  )
}

export interface TokenPageProps extends SignedInPageProps, TimedProps {
  token: ShownToken
  returnQuery: string
  notice: TokensNotice | null
}

/** One token, with the acts that are possible. */
export function TokenPage(props: TokenPageProps) {
  const { site, csrfToken, token, returnQuery, notice, now } = props
  const words = useText()
  const text = words.people.tokens
  const path = `/admin/tokens/${encodeURIComponent(token.id)}`
  const client = <bdi>{token.clientName}</bdi>
  const user = token.user === null ? undefined : <bdi>{token.user.username}</bdi>
  const kept = <input type="hidden" name={returnField} value={returnQuery} />
  const act = token.status === 'active' ? 'disable' : 'enable'
  return (
    <InsidePage
      {...props}
      title={text.kind[token.kind]}
      current="/admin/tokens"
      parent={{ path: `/admin/tokens${returnQuery === '' ? '' : `?${returnQuery}`}`, label: text.title }}
    >
      {notice !== null && (
        <Alert tone={nothingHappened.includes(notice) ? 'warning' : 'good'} title={text.notices[notice]} />
      )}
      <Facts>
        <Fact term={text.token}>
          <Id value={token.id} what={text.idOf} whole />
        </Fact>
        <Fact term={text.status}>
          <TokenStatusBadge {...token} />
        </Fact>
        <Fact term={text.client}>
          {client}{' '}
          {token.clientName !== token.clientId && (
            <Id value={token.clientId} what={words.sessions.idOf(token.clientName)} />
          )}
        </Fact>
        <Fact term={text.user}>
          {token.user === null ? (
            text.itself
          ) : (
            <a href={localHref(site, `/admin/users/${encodeURIComponent(token.user.id)}`)}>{user}</a>
          )}
        </Fact>
        <Fact term={text.scopes}>
          <bdi dir="ltr" class="breakable">
            {token.scopes.length === 0 ? text.noScopes : token.scopes.join(' ')}
          </bdi>
        </Fact>
        <Fact term={text.issued}>
          <Time at={token.issuedAt} now={now} />
        </Fact>
        <Fact term={text.expires}>
          <Time at={token.expiresAt} now={now} />
        </Fact>
        {token.grantId !== null && (
          <Fact term={text.grant}>
            <Id value={token.grantId} what={text.grant} />
          </Fact>
        )}
      </Facts>
      {mayEnd(token) && (
        <div class="acts">
          <Form site={site} csrfToken={csrfToken} action={`${path}/${act}`}>
            {kept}
            <Button kind="secondary">{text[act]}</Button>
          </Form>
          <Confirm
            site={site}
            csrfToken={csrfToken}
            action={`${path}/revoke`}
            summary={text.revoke}
            about={token.id}
            consequence={
              <p>
                {token.kind === 'access' ? text.revokeAccess(client, user) : text.revokeRefresh(client, user)}
              </p>
            }
            button={text.revokeConfirm}
          >
            {kept}
          </Confirm>
          {token.status === 'disabled' && <p class="muted">{text.enableAdvice}</p>}
        </div>
      )}
    </InsidePage>
  )
}
