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
import { useText } from '../reader.tsx'
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

function useColumns(site: Site, csrfToken: string, now: Instant): readonly Column<AllowedApp>[] {
  const words = useText()
  const { common, allowedApps: text } = words
  return [
    {
      header: text.app,
      kind: 'row-header',
      cell: ({ clientId, clientName }) => (
        <>
          <bdi>{clientName}</bdi>
          <span class="detail">
            {/* An address says whose app it is, a name only what it calls itself. */}
            <Id value={clientId} what={text.idOf(clientName)} whole={clientId.startsWith('https://')} />
          </span>
        </>
      ),
    },
    {
      header: text.may,
      cell: ({ permissions, clientName }) =>
        permissions.map(({ resource, resourceName, scopes, scopeWords }) => (
          <div key={resource ?? ''}>
            {resource !== null && (
              <p class="muted">
                {text.at(
                  <>
                    {resourceName !== null && <bdi>{resourceName}, </bdi>}
                    <bdi dir="ltr">{resource}</bdi>
                  </>,
                )}
              </p>
            )}
            <ul class="plain">
              {scopes.map((scope) => (
                <li key={scope}>
                  <bdi dir="ltr">{describeScope(scope, clientName, words, scopeWords)}</bdi>
                </li>
              ))}
            </ul>
          </div>
        )),
    },
    { header: text.allowed, cell: ({ grantedAt }) => <Time at={grantedAt} now={now} /> },
    { header: text.changed, cell: ({ updatedAt }) => <Time at={updatedAt} now={now} /> },
    {
      header: common.actions,
      kind: 'action',
      cell: ({ id, clientName }) => (
        <Form
          site={site}
          action={`/account/authorizations/${encodeURIComponent(id)}/revoke`}
          csrfToken={csrfToken}
        >
          <Button kind="secondary" about={clientName}>
            {text.revoke}
          </Button>
        </Form>
      ),
    },
  ]
}

export function AccountAuthorizationsPage(props: AccountAuthorizationsPageProps) {
  const { site, csrfToken, apps, now, notice, nextHref } = props
  const { common, allowedApps: text } = useText()
  const columns = useColumns(site, csrfToken, now)
  return (
    <InsidePage {...props} title={text.title} lead={text.lead} current="/account/authorizations">
      {notice === 'revoked' && (
        <Alert tone="good" title={text.revoked}>
          <p>{text.revokedAdvice}</p>
        </Alert>
      )}
      <DataTable
        caption={text.title}
        columns={columns}
        rows={apps}
        rowKey={({ id }) => id}
        empty={
          <EmptyState icon="check" title={text.empty}>
            <p>{text.emptyAdvice}</p>
            <LinkButton href={localHref(site, '/account/sessions')}>{common.seeSessions}</LinkButton>
          </EmptyState>
        }
      />
      {nextHref !== null && (
        <LinkButton href={nextHref} kind="quiet">
          {common.older}
        </LinkButton>
      )}
    </InsidePage>
  )
}
