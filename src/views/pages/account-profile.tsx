/** What this server knows about a person, and lets them change. */
import { Alert } from '../components/alert.tsx'
import { Button } from '../components/button.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { ErrorSummary, Field, Form } from '../form.tsx'
import type { Text } from '../languages/languages.ts'
import { InsidePage } from '../layout.tsx'
import type { SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

export type ProfileProblem = keyof Text['security']['profile']['problems']
export type ProfileNotice = keyof Text['security']['profile']['notices']

export interface AccountProfilePageProps extends SignedInPageProps {
  fullName: string
  email: string
  /** What is kept, which the field need not show. */
  emailVerified: boolean
  /** Whether the address is this person's to change. */
  emailOwn: boolean
  /** Whether a link can be mailed to it. */
  canVerify: boolean
  problem: ProfileProblem | null
  notice: ProfileNotice | null
}

export function AccountProfilePage(props: AccountProfilePageProps) {
  const { site, csrfToken, account, fullName, email, emailVerified, emailOwn, canVerify, problem, notice } =
    props
  const text = useText().security
  const { profile } = text
  const fieldOf = (name: ProfileProblem) => (name === 'full_name' ? 'full_name' : 'email')
  const errorOf = (field: string) =>
    problem !== null && fieldOf(problem) === field ? profile.problems[problem] : undefined
  const state = emailVerified ? profile.emailVerified : profile.emailUnverified
  return (
    <InsidePage
      {...props}
      title={problem === null ? profile.title : text.errorTitle(profile.title)}
      heading={profile.title}
      lead={profile.lead}
      current="/account/profile"
    >
      {problem !== null && (
        <ErrorSummary
          title={profile.title}
          problems={[{ field: fieldOf(problem), message: profile.problems[problem] }]}
        />
      )}
      {problem === null && notice !== null && <Alert tone="good" title={profile.notices[notice]} />}
      <Facts>
        <Fact term={profile.username}>
          <bdi>{account.username}</bdi>
        </Fact>
        {!emailOwn && (
          <Fact term={profile.email}>
            <bdi dir="ltr">{email}</bdi>
            <span class="detail">
              {state} {profile.emailManaged}
            </span>
          </Fact>
        )}
      </Facts>
      <Form site={site} action="/account/profile" csrfToken={csrfToken} className="stack narrow">
        <Field
          name="full_name"
          label={profile.fullName}
          autocomplete="name"
          value={fullName}
          error={errorOf('full_name')}
          required={false}
        />
        {emailOwn && (
          <Field
            name="email"
            label={profile.email}
            type="email"
            autocomplete="email"
            value={email}
            help={state}
            error={errorOf('email')}
          />
        )}
        <div>
          <Button>{profile.save}</Button>
        </div>
      </Form>
      {canVerify && (
        <Form site={site} action="/account/profile/verify" csrfToken={csrfToken}>
          <Button kind="secondary">{profile.sendVerification}</Button>
        </Form>
      )}
    </InsidePage>
  )
}
