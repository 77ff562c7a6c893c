/** The last attempts to sign in to an account, and what its owner can do about one that was not theirs. */
import type { Instant } from '../../shared/clock.ts'
import { Badge } from '../components/badge.tsx'
import { Confirm } from '../components/confirm.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { Time } from '../components/time.tsx'
import { describeDevice } from '../device-description.ts'
import type { Text } from '../languages/languages.ts'
import { localHref, type SignedInPageProps, type TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'

export type SignInOutcome = keyof Text['security']['activity']['outcomes']

export interface SignInAttempt {
  id: string
  at: Instant
  outcome: SignInOutcome
  signedInWith: 'password' | { provider: string }
  userAgent: string | null
  address: string | null
}

export interface SignInActivity {
  /** Whether sign-ins are recorded at present. */
  recorded: boolean
  /** The newest first. */
  attempts: readonly SignInAttempt[]
}

function columns(
  now: Instant,
  { common, security, sessions, ...text }: Text,
): readonly Column<SignInAttempt>[] {
  const { activity } = security
  return [
    {
      header: activity.from,
      kind: 'row-header',
      cell: ({ userAgent, address }) => (
        <>
          {describeDevice(userAgent, text)}
          <bdi class="detail">{address ?? common.addressUnknown}</bdi>
        </>
      ),
    },
    {
      header: activity.result,
      cell: ({ outcome, signedInWith }) => (
        <>
          <Badge tone={outcome === 'signed_in' ? 'good' : 'warning'}>{activity.outcomes[outcome]}</Badge>
          <bdi class="detail">
            {signedInWith === 'password'
              ? sessions.withPassword
              : sessions.withProvider(signedInWith.provider)}
          </bdi>
        </>
      ),
    },
    { header: activity.when, cell: ({ at }) => <Time at={at} now={now} /> },
  ]
}

export interface SignInActivitySectionProps extends SignedInPageProps, TimedProps {
  activity: SignInActivity
  /** Whether there is a password to change, on this page. */
  ownPassword: boolean
}

export function SignInActivitySection(props: SignInActivitySectionProps) {
  const { site, csrfToken, account, now, activity, ownPassword } = props
  const text = useText()
  const words = text.security.activity
  const { attempts, recorded } = activity
  return (
    <section class="section" aria-labelledby="activity-heading">
      <h2 id="activity-heading">{words.heading}</h2>
      <p class="muted">{recorded ? words.lead : words.off}</p>
      {attempts.length === 0 && recorded && <p>{words.none}</p>}
      {attempts.length > 0 && (
        <>
          <DataTable
            caption={words.heading}
            columns={columns(now, text)}
            rows={attempts}
            rowKey={({ id }) => id}
          />
          <div>
            <h3>{words.notYou}</h3>
            <p>
              {ownPassword && (
                <>
                  <a href="#password-heading">{words.changePassword}</a> {words.changePasswordWhat}{' '}
                </>
              )}
              <a href={localHref(site, '/account/sessions')}>{words.seeSessions}</a> {words.seeSessionsWhat}
            </p>
          </div>
          <Confirm
            site={site}
            csrfToken={csrfToken}
            action="/account/sessions/end-others"
            summary={text.sessions.endOthers}
            consequence={<p>{words.endOthersWhat(account.displayName)}</p>}
            button={text.sessions.endOthersConfirm}
          />
        </>
      )}
    </section>
  )
}
