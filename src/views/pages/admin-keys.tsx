/** Signing keys: which there are, what becomes of each, and the acts that change that. */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Badge } from '../components/badge.tsx'
import { Confirm } from '../components/confirm.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { Id } from '../components/id.tsx'
import { Time } from '../components/time.tsx'
import { InsidePage } from '../layout.tsx'
import type { SignedInPageProps, TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'

export const keyNotices = ['published', 'replaced', 'retired', 'changed', 'in_use', 'unavailable'] as const
export type KeyNotice = (typeof keyNotices)[number]

/** Those that say that nothing was done. */
const refusals: ReadonlySet<KeyNotice> = new Set(['changed', 'in_use', 'unavailable'])

export interface KeyRow {
  kid: string
  algorithm: string
  state: 'next' | 'current' | 'previous' | 'retired'
  createdAt: Instant
  activatedAt: Instant | undefined
  retiredAt: Instant | undefined
  /** What time alone makes of it, and when. */
  change: { to: 'current' | 'previous' | 'retired'; at: Instant } | undefined
  /** Access tokens that it may have signed and that are still good; `undefined` where nobody has counted. */
  livingTokens: number | undefined
}

export interface AdminKeysPageProps extends SignedInPageProps, TimedProps {
  keys: readonly KeyRow[]
  retired: readonly KeyRow[]
  /** Whether access tokens are signed with a key that is not among these. */
  foreign: boolean
  notice: KeyNotice | null
}

export function AdminKeysPage(props: AdminKeysPageProps) {
  const { site, csrfToken, now, keys, retired, foreign, notice } = props
  const { keys: text } = useText().operations
  return (
    <InsidePage {...props} title={text.title} lead={text.lead} current="/admin/keys">
      {notice !== null && (
        <Alert tone={refusals.has(notice) ? 'warning' : 'good'} title={text.notices[notice]} focused>
          <p>{text.noticeAdvice[notice]}</p>
        </Alert>
      )}
      {foreign && (
        <Alert tone="info" title={text.foreign}>
          <p>{text.foreignAdvice}</p>
        </Alert>
      )}
      <div class="acts">
        <Confirm
          site={site}
          csrfToken={csrfToken}
          action="/admin/keys/rotate"
          summary={text.rotate}
          consequence={text.rotateQuestion}
          button={text.rotateConfirm}
          kind="primary"
        />
        <Confirm
          site={site}
          csrfToken={csrfToken}
          action="/admin/keys/rotate"
          summary={text.rotateNow}
          consequence={text.rotateNowQuestion}
          button={text.rotateNowConfirm}
        >
          <input type="hidden" name="immediately" value="true" />
        </Confirm>
      </div>
      <DataTable
        caption={text.caption}
        columns={[...describing(text, now), acting(text, site, csrfToken)]}
        rows={keys}
        rowKey={({ kid }) => kid}
      />
      <p class="muted">{text.tokensHelp}</p>
      {retired.length > 0 && (
        <section aria-labelledby="retired">
          <h2 id="retired">{text.retiredKeys}</h2>
          <DataTable
            caption={text.retiredKeys}
            columns={past(text, now)}
            rows={retired}
            rowKey={({ kid }) => kid}
          />
        </section>
      )}
    </InsidePage>
  )
}

type KeysText = ReturnType<typeof useText>['operations']['keys']

function key(text: KeysText): Column<KeyRow> {
  return {
    header: text.kid,
    kind: 'row-header',
    cell: ({ kid, algorithm }) => (
      <>
        <Id value={kid} what={text.kid} />
        <span class="detail">{algorithm}</span>
      </>
    ),
  }
}

function describing(text: KeysText, now: Instant): readonly Column<KeyRow>[] {
  return [
    key(text),
    { header: text.state, cell: ({ state }) => <Badge>{text.states[state]}</Badge> },
    { header: text.created, cell: ({ createdAt }) => <Time at={createdAt} now={now} /> },
    {
      header: text.activated,
      cell: ({ activatedAt }) =>
        activatedAt === undefined ? text.never : <Time at={activatedAt} now={now} />,
    },
    {
      header: text.afterwards,
      cell: ({ change }) =>
        change === undefined ? (
          text.byHand
        ) : (
          <>
            {text.changes[change.to]} <Time at={change.at} now={now} />
          </>
        ),
    },
    {
      header: text.tokens,
      kind: 'numeric',
      cell: ({ livingTokens }) => <Living count={livingTokens} />,
    },
  ]
}

function past(text: KeysText, now: Instant): readonly Column<KeyRow>[] {
  return [
    key(text),
    { header: text.created, cell: ({ createdAt }) => <Time at={createdAt} now={now} /> },
    {
      header: text.states.retired,
      cell: ({ retiredAt }) => (retiredAt === undefined ? '–' : <Time at={retiredAt} now={now} />),
    },
  ]
}

function Living({ count }: { count: number | undefined }) {
  const { number } = useText().operations
  return <>{count === undefined ? '–' : number(count)}</>
}

function acting(text: KeysText, site: SignedInPageProps['site'], csrfToken: string): Column<KeyRow> {
  return {
    header: text.actions,
    kind: 'action',
    cell: ({ kid, state }) =>
      state !== 'current' && (
        <Confirm
          site={site}
          csrfToken={csrfToken}
          action={`/admin/keys/${encodeURIComponent(kid)}/retire`}
          summary={text.retire}
          about={kid}
          consequence={text.retireQuestion(kid)}
          button={text.retireConfirm}
        />
      ),
  }
}
