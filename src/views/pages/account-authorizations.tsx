/** What a person allowed apps, remembered: see each, take each back. */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Id } from '../components/id.tsx'
import { Time } from '../components/time.tsx'
import { Form } from '../form.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps, type Site, type TimedProps } from '../props.ts'
import { describeScope } from '../scopes.ts'

export interface AllowedApp {
  /** Id of the consent, as the revoke route takes it. */
  id: string
  clientId: string
  clientName: string
  /** What it may, at each place; `null` is everywhere its tokens go without a resource. */
  permissions: readonly {
    resource: string | null
    /** What an operator calls it; `null` when it is not registered here. */
    resourceName: string | null
    scopes: readonly string[]
    /** What scopes mean there. */
    scopeWords: Readonly<Record<string, string>>
  }[]
  grantedAt: Instant
  updatedAt: Instant
}

export interface AccountAuthorizationsPageProps extends SignedInPageProps, TimedProps {
  apps: readonly AllowedApp[]
  /** Where the rest of a long list is. */
  nextHref: string | null
  notice: 'revoked' | null
}

function columns(site: Site, csrfToken: string, now: Instant): readonly Column<AllowedApp>[] {
  return [
    {
      header: 'App',
      kind: 'row-header',
      cell: ({ clientId, clientName }) => (
        <>
          <bdi>{clientName}</bdi>
          <span class="detail">
            {/* An address says whose app it is, a name only what it calls itself. */}
            <Id
              value={clientId}
              what={`client id of ${clientName}`}
              whole={clientId.startsWith('https://')}
            />
          </span>
        </>
      ),
    },
    {
      header: 'May',
      cell: ({ permissions, clientName }) =>
        permissions.map(({ resource, resourceName, scopes, scopeWords }) => (
          <div key={resource ?? ''}>
            {resource !== null && (
              <p class="muted">
                At {resourceName !== null && <bdi>{resourceName}, </bdi>}
                <bdi dir="ltr">{resource}</bdi>
              </p>
            )}
            <ul class="plain">
              {scopes.map((scope) => (
                <li key={scope}>
                  <bdi dir="ltr">{describeScope(scope, clientName, scopeWords)}</bdi>
                </li>
              ))}
            </ul>
          </div>
        )),
    },
    { header: 'Allowed', cell: ({ grantedAt }) => <Time at={grantedAt} now={now} /> },
    { header: 'Changed', cell: ({ updatedAt }) => <Time at={updatedAt} now={now} /> },
    {
      header: 'Actions',
      kind: 'action',
      cell: ({ id, clientName }) => (
        <Form
          site={site}
          action={`/account/authorizations/${encodeURIComponent(id)}/revoke`}
          csrfToken={csrfToken}
        >
          <Button kind="secondary" about={clientName}>
            Revoke
          </Button>
        </Form>
      ),
    },
  ]
}

export function AccountAuthorizationsPage(props: AccountAuthorizationsPageProps) {
  const { site, csrfToken, account, apps, now, notice, nextHref } = props
  return (
    <InsidePage
      site={site}
      title="Allowed apps"
      csrfToken={csrfToken}
      account={account}
      current="/account/authorizations"
    >
      <h1>Allowed apps</h1>
      {notice === 'revoked' && (
        <Alert tone="good" title="The app is allowed no more">
          <p>It was signed out everywhere, and has to ask you again.</p>
        </Alert>
      )}
      <p class="muted">
        What you allowed apps to do without asking you each time. Taking it back also signs the app out.
      </p>
      {apps.length === 0 ? (
        <EmptyState icon="check" title="No app is allowed">
          <p>An app that signs you in asks here first. What you allow is then listed here.</p>
          <LinkButton href={localHref(site, '/account/sessions')}>See your sessions and apps</LinkButton>
        </EmptyState>
      ) : (
        <DataTable
          caption="Allowed apps"
          columns={columns(site, csrfToken, now)}
          rows={apps}
          rowKey={({ id }) => id}
        />
      )}
      {nextHref !== null && (
        <LinkButton href={nextHref} kind="quiet">
          Older
        </LinkButton>
      )}
    </InsidePage>
  )
}
