/** One person, as administrators see them: who they are, what they have, and the acts that take it away. */
import type { Instant } from '../../shared/clock.ts'
import type { ListTotal } from '../../shared/listing.ts'
import { Alert } from '../components/alert.tsx'
import { Badge } from '../components/badge.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Confirm } from '../components/confirm.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { Id } from '../components/id.tsx'
import { ListFooter, type ListPaging } from '../components/list.tsx'
import { Time } from '../components/time.tsx'
import { describeDevice } from '../device-description.ts'
import { Form } from '../form.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps, type TimedProps } from '../props.ts'
import { useNumber, useText } from '../reader.tsx'
import type { BrowserSession } from './account-sessions.tsx'
import type { UserRefusal, UsersNotice } from './user-words.ts'
import { type ListedUser, UserStatus } from './users.tsx'

export interface UserPageProps extends SignedInPageProps, TimedProps {
  user: ListedUser & { updatedAt: Instant }
  /** Of the most recently used session that is live; `null` when they have none. */
  lastSeenAt: Instant | null
  sessions: readonly Omit<BrowserSession, 'current'>[]
  sessionPaging: ListPaging
  has: {
    accessTokens: ListTotal
    refreshTokens: ListTotal
    consents: ListTotal
    ownedClients: number
    /** Accounts elsewhere that they can sign in with. */
    connections: number
  }
  /** What stands beside their password. */
  factors: { totp: boolean; passkeys: number }
  /** Whether it is the administrator who looks. */
  own: boolean
  notice: UsersNotice | null
  refusal: UserRefusal | null
}

function sum(one: ListTotal, other: ListTotal): ListTotal {
  return { count: one.count + other.count, atLeast: one.atLeast || other.atLeast }
}

function useSessionColumns(now: Instant): readonly Column<Omit<BrowserSession, 'current'>>[] {
  const words = useText()
  const { common, sessions: text } = words
  return [
    {
      header: text.browser,
      kind: 'row-header',
      cell: ({ userAgent, address }) => (
        <>
          {describeDevice(userAgent, words)}
          <span class="detail">{address === null ? common.addressUnknown : <bdi>{address}</bdi>}</span>
        </>
      ),
    },
    { header: text.signedIn, cell: ({ startedAt }) => <Time at={startedAt} now={now} /> },
    { header: text.lastSeen, cell: ({ lastSeenAt }) => <Time at={lastSeenAt} now={now} /> },
  ]
}

function About({ user, lastSeenAt, now }: Pick<UserPageProps, 'user' | 'lastSeenAt' | 'now'>) {
  const text = useText().people.users
  return (
    <Facts>
      <Fact term={text.username}>
        <bdi>{user.username}</bdi>
      </Fact>
      <Fact term={text.fullName}>
        <bdi>{user.fullName === '' ? '–' : user.fullName}</bdi>
      </Fact>
      <Fact term={text.email}>
        <bdi class="breakable">{user.email}</bdi>{' '}
        <Badge tone={user.emailVerified ? 'good' : 'quiet'}>
          {user.emailVerified ? text.verified : text.unverified}
        </Badge>
      </Fact>
      <Fact term={text.role}>{text.roles[user.role]}</Fact>
      <Fact term={text.status}>
        <UserStatus status={user.status} />
      </Fact>
      <Fact term={text.source}>{text.sources[user.source]}</Fact>
      <Fact term={text.created}>
        <Time at={user.createdAt} now={now} />
      </Fact>
      <Fact term={text.changed}>
        <Time at={user.updatedAt} now={now} />
      </Fact>
      <Fact term={text.lastSeen}>
        {lastSeenAt === null ? text.notSignedIn : <Time at={lastSeenAt} now={now} />}
      </Fact>
      <Fact term={text.id}>
        <Id value={user.id} what={text.idOf(user.username)} whole />
      </Fact>
    </Facts>
  )
}

function Has(props: UserPageProps) {
  const { site, user, has, factors, sessionPaging } = props
  const text = useText().people.users
  const number = useNumber()
  const total = ({ count, atLeast }: ListTotal): string => `${number(count)}${atLeast ? '+' : ''}`
  const link = (path: string, about: string) => (
    <a href={localHref(site, path)}>
      {text.show}
      <span class="visually-hidden">: {about}</span>
    </a>
  )
  const tokens = new URLSearchParams({ user: user.id, status: 'active' })
  return (
    <section aria-labelledby="has">
      <div class="section-head">
        <h2 id="has">{text.has}</h2>
      </div>
      <Facts>
        <Fact term={text.browserSessions}>{total(sessionPaging.total)}</Fact>
        <Fact term={text.liveTokens}>
          {text.accessAndRefresh(total(has.accessTokens), total(has.refreshTokens))}{' '}
          {link(`/admin/tokens?${tokens}`, text.liveTokens)}
        </Fact>
        <Fact term={text.allowedApps}>
          {total(has.consents)}{' '}
          {link(`/admin/users/${encodeURIComponent(user.id)}/authorizations`, text.allowedApps)}
        </Fact>
        <Fact term={text.connections.title}>
          {number(has.connections)}{' '}
          {has.connections > 0 &&
            link(
              `/admin/users/${encodeURIComponent(user.id)}/connections`,
              `${text.show}: ${text.connections.title}`,
            )}
        </Fact>
        <Fact term={text.factors}>{text.factorsOf(factors)}</Fact>
        <Fact term={text.ownedClients}>
          {number(has.ownedClients)}{' '}
          {has.ownedClients > 0 &&
            site.places.has('/admin/clients') &&
            link(`/admin/clients?${new URLSearchParams({ owner: user.id })}`, text.ownedClients)}
        </Fact>
        {site.places.has('/admin/audit') && (
          <Fact term={text.audit}>
            {link(
              `/admin/audit?${new URLSearchParams({ actor_user_id: user.id })}`,
              `${text.show}: ${text.auditLink}`,
            )}
          </Fact>
        )}
      </Facts>
    </section>
  )
}

function Acts(props: UserPageProps) {
  const { site, csrfToken, user, has, factors, sessionPaging, own } = props
  const text = useText().people.users
  const path = `/admin/users/${encodeURIComponent(user.id)}`
  const name = <bdi>{user.username}</bdi>
  const sessions = sessionPaging.total
  const tokens = sum(has.accessTokens, has.refreshTokens)
  const ask = { site, csrfToken, about: user.username }
  return (
    <section aria-labelledby="acts">
      <div class="section-head">
        <h2 id="acts">{text.acts}</h2>
      </div>
      <div class="acts">
        {!own && user.source === 'local' && (
          <Confirm
            {...ask}
            action={`${path}/reset-password`}
            summary={text.resetPassword}
            consequence={<p>{text.resetPasswordConsequence(name, sessions, tokens)}</p>}
            button={text.resetPasswordConfirm}
          />
        )}
        {(factors.totp || factors.passkeys > 0) && (
          <Confirm
            {...ask}
            action={`${path}/reset-factors`}
            summary={text.removeFactors}
            consequence={<p>{text.removeFactorsConsequence(name, factors)}</p>}
            button={text.removeFactorsConfirm}
          />
        )}
        {sessions.count > 0 && (
          <Confirm
            {...ask}
            action={`${path}/end-sessions`}
            summary={text.endSessions}
            consequence={
              <p>
                {text.endSessionsConsequence(name, sessions)} {own && text.endSessionsOwn}
              </p>
            }
            button={text.endSessionsConfirm}
          />
        )}
        {tokens.count > 0 && (
          <Confirm
            {...ask}
            action={`${path}/end-tokens`}
            summary={text.endTokens}
            consequence={<p>{text.endTokensConsequence(name, tokens)}</p>}
            button={text.endTokensConfirm}
          />
        )}
        {!own && user.status === 'active' && (
          <Confirm
            {...ask}
            action={`${path}/disable`}
            summary={text.disable}
            consequence={<p>{text.disableConsequence(name, sessions, tokens)}</p>}
            button={text.disableConfirm}
          />
        )}
        {!own && (
          <Confirm
            {...ask}
            action={`${path}/delete`}
            summary={text.delete}
            consequence={
              <>
                <p>{text.deleteConsequence(name, sessions, tokens, has.consents)}</p>
                {has.ownedClients > 0 && <p>{text.deleteClients(has.ownedClients)}</p>}
              </>
            }
            button={text.deleteConfirm}
          />
        )}
      </div>
    </section>
  )
}

export function UserPage(props: UserPageProps) {
  const { site, csrfToken, user, sessions, sessionPaging, notice, refusal, own, now } = props
  const text = useText().people.users
  const columns = useSessionColumns(now)
  const path = `/admin/users/${encodeURIComponent(user.id)}`
  return (
    <InsidePage
      {...props}
      title={user.username}
      heading={
        <>
          <bdi>{user.username}</bdi> {own && <Badge>{text.you}</Badge>}
        </>
      }
      current="/admin/users"
      parent={{ path: '/admin/users', label: text.title }}
      actions={
        <>
          {!user.emailVerified && (
            <Form site={site} csrfToken={csrfToken} action={`${path}/verify-email`}>
              <Button kind="secondary">{text.verifyEmail}</Button>
            </Form>
          )}
          {user.status === 'disabled' && (
            <Form site={site} csrfToken={csrfToken} action={`${path}/enable`}>
              <Button kind="secondary">{text.enable}</Button>
            </Form>
          )}
          <LinkButton kind="primary" href={localHref(site, `${path}/edit`)}>
            {text.edit}
          </LinkButton>
        </>
      }
    >
      {notice !== null && <Alert tone="good" title={text.notices[notice]} />}
      {refusal !== null && (
        <Alert tone="danger" title={text.refusals[refusal]} focused>
          <p>{text.refusalAdvice[refusal]}</p>
        </Alert>
      )}
      <About {...props} />
      <Has {...props} />
      <section aria-labelledby="sessions">
        <div class="section-head">
          <h2 id="sessions">{text.browserSessions}</h2>
        </div>
        <DataTable
          caption={text.browserSessions}
          columns={columns}
          rows={sessions}
          rowKey={({ id }) => id}
          empty={<p class="muted">{text.noSessions}</p>}
        />
        {sessions.length > 0 && <ListFooter paging={sessionPaging} what={text.browserSessions} />}
      </section>
      <Acts {...props} />
    </InsidePage>
  )
}
