/** One client: everything it is, what it holds, and the acts on it; the destructive ones say what will end. */
import type { ComponentChildren } from 'preact'
import type { Instant } from '../../shared/clock.ts'
import type { ListTotal } from '../../shared/listing.ts'
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Confirm } from '../components/confirm.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { Id } from '../components/id.tsx'
import { Time } from '../components/time.tsx'
import { Field, Form } from '../form.tsx'
import type { Text } from '../languages/languages.ts'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps, type TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'
import { type ClientAudience, type ClientFlag, type ClientText, clientListPath } from './client-form.tsx'
import {
  type ClientGrantWord,
  type ClientNotice,
  ClientNoticeAlert,
  type ClientStatusWord,
  StatusBadge,
} from './clients.tsx'

export interface ShownClient {
  id: string
  name: string
  description: string
  type: 'public' | 'confidential'
  status: ClientStatusWord
  origin: keyof Text['clients']['origins']
  grants: readonly ClientGrantWord[]
  scopes: readonly string[]
  redirectUris: readonly string[]
  postLogoutRedirectUris: readonly string[]
  allowedResources: readonly string[]
  tokenProfile: keyof Text['clients']['profiles']
  hasSecret: boolean
  /** How it proves itself, where that is decided. */
  method: keyof Text['clients']['options'] | null
  keyCount: number
  /** What else is set, by the field of the form. */
  texts: readonly { field: ClientText; value: string }[]
  flags: readonly ClientFlag[]
  /** Username of its owner; `null` for nobody, empty when the account is gone. */
  owner: string | null
  createdAt: Instant
  updatedAt: Instant
}

export interface ClientDetailPageProps extends SignedInPageProps, TimedProps {
  audience: ClientAudience
  client: ShownClient
  accessTokens: ListTotal
  refreshTokens: ListTotal
  people: ListTotal
  notice: ClientNotice | null
  /** What was typed as the name of an owner that there is not. */
  wrongOwner: string | null
}

function Values({ values }: { values: readonly string[] }) {
  const { clients: text } = useText()
  if (values.length === 0) return <span class="muted">{text.detail.none}</span>
  return (
    <ul class="plain">
      {values.map((value) => (
        <li key={value}>
          <bdi dir="ltr">
            <code>{value}</code>
          </bdi>
        </li>
      ))}
    </ul>
  )
}

function State(props: ClientDetailPageProps) {
  const { site, csrfToken, audience, client } = props
  const { clients: text } = useText()
  const { detail } = text
  const path = pathOf(props)
  if (client.status === 'active') return null
  if (client.status === 'inactive') {
    return (
      <Alert tone="warning" title={detail.inactive}>
        <p>{audience === 'admin' ? detail.inactiveAdvice : detail.inactiveOwnAdvice}</p>
      </Alert>
    )
  }
  return (
    <Alert tone="warning" title={detail.pending}>
      <p>{audience === 'admin' ? detail.pendingAdvice : detail.pendingOwnAdvice}</p>
      {audience === 'admin' && (
        <div class="acts">
          <Form site={site} action={`${path}/approve`} csrfToken={csrfToken}>
            <Button id="approve">{detail.approve}</Button>
          </Form>
          <Confirm
            site={site}
            csrfToken={csrfToken}
            action={`${path}/reject`}
            summary={detail.reject}
            consequence={<p>{detail.rejectConsequence}</p>}
            button={detail.rejectConfirm}
          />
        </div>
      )}
    </Alert>
  )
}

function pathOf({ audience, client }: Pick<ClientDetailPageProps, 'audience' | 'client'>): string {
  return `${clientListPath(audience)}/${encodeURIComponent(client.id)}`
}

function About({ client, now, audience }: ClientDetailPageProps) {
  const { clients: text } = useText()
  const { detail, fields } = text
  return (
    <section class="section" aria-labelledby="about">
      <h2 id="about">{detail.about}</h2>
      <Facts>
        <Fact term={detail.clientId}>
          <Id value={client.id} what={text.idOf(client.name)} whole />
        </Fact>
        {client.description !== '' && (
          <Fact term={fields.description}>
            <bdi class="kept-lines">{client.description}</bdi>
          </Fact>
        )}
        <Fact term={fields.client_type}>{text.types[client.type]}</Fact>
        <Fact term={detail.origin}>{text.origins[client.origin]}</Fact>
        {audience === 'admin' && (
          <Fact term={fields.owner}>
            {client.owner === null ? (
              text.nobody
            ) : client.owner === '' ? (
              text.somebodyGone
            ) : (
              <bdi>{client.owner}</bdi>
            )}
          </Fact>
        )}
        <Fact term={detail.created}>
          <Time at={client.createdAt} now={now} />
        </Fact>
        <Fact term={detail.updated}>
          <Time at={client.updatedAt} now={now} />
        </Fact>
      </Facts>
    </section>
  )
}

function Uses({ client, audience }: ClientDetailPageProps) {
  const { clients: text } = useText()
  const { detail, fields } = text
  const has = (grant: ClientGrantWord): string => (client.grants.includes(grant) ? detail.yes : detail.no)
  return (
    <section class="section" aria-labelledby="uses">
      <h2 id="uses">{detail.uses}</h2>
      <Facts>
        {(Object.keys(text.grants) as ClientGrantWord[])
          .filter((grant) => audience === 'admin' || grant !== 'token_exchange')
          .map((grant) => (
            <Fact key={grant} term={text.grants[grant]}>
              {has(grant)}
            </Fact>
          ))}
        <Fact term={fields.scopes}>
          <Values values={client.scopes} />
        </Fact>
        <Fact term={fields.redirect_uris}>
          <Values values={client.redirectUris} />
        </Fact>
        {client.postLogoutRedirectUris.length > 0 && (
          <Fact term={fields.post_logout_redirect_uris}>
            <Values values={client.postLogoutRedirectUris} />
          </Fact>
        )}
        <Fact term={fields.allowed_resources}>
          <Values values={client.allowedResources} />
        </Fact>
        <Fact term={fields.token_profile}>{text.profiles[client.tokenProfile]}</Fact>
        {client.type === 'confidential' && (
          <Fact term={fields.token_endpoint_auth_method}>{text.options[client.method ?? 'secret']}</Fact>
        )}
        {client.keyCount > 0 && <Fact term={fields.jwks}>{detail.keys(client.keyCount)}</Fact>}
        {client.texts.map(({ field, value }) => (
          <Fact key={field} term={fields[field]}>
            <bdi dir="ltr" class="kept-lines">
              {value}
            </bdi>
          </Fact>
        ))}
      </Facts>
      {client.flags.length > 0 && (
        <ul class="plain">
          {client.flags.map((flag) => (
            <li key={flag}>{text.flags[flag]}</li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Owner(props: ClientDetailPageProps) {
  const { site, csrfToken, client, wrongOwner } = props
  const { clients: text } = useText()
  return (
    <Form site={site} action={`${pathOf(props)}/owner`} csrfToken={csrfToken} className="inline-form">
      <Field
        name="owner"
        label={text.fields.owner}
        value={wrongOwner ?? client.owner ?? ''}
        help={text.help.owner}
        error={wrongOwner === null ? undefined : text.detail.noSuchPerson}
        required={false}
        autocomplete="off"
      />
      <Button kind="secondary">{text.detail.setOwner}</Button>
    </Form>
  )
}

function Secret(props: ClientDetailPageProps) {
  const { site, csrfToken } = props
  const { detail } = useText().clients
  return (
    <Confirm
      site={site}
      csrfToken={csrfToken}
      action={`${pathOf(props)}/regenerate-secret`}
      summary={detail.secret}
      consequence={<p>{detail.secretConsequence}</p>}
      button={detail.secretConfirm}
    />
  )
}

function Dangers(props: ClientDetailPageProps) {
  const { site, csrfToken, audience, client, accessTokens, refreshTokens, people } = props
  const { detail } = useText().clients
  const path = pathOf(props)
  const tokens = detail.tokens(accessTokens, refreshTokens)
  const allowed = detail.peopleAllowed(people)
  const ask = (act: string, summary: string, consequence: ComponentChildren, button: string) => (
    <Confirm
      site={site}
      csrfToken={csrfToken}
      action={`${path}/${act}`}
      summary={summary}
      consequence={<p>{consequence}</p>}
      button={button}
    />
  )
  return (
    <section class="section" aria-labelledby="dangers">
      <h2 id="dangers">{detail.dangers}</h2>
      <div class="acts">
        {audience === 'admin' &&
          client.status === 'active' &&
          ask(
            'deactivate',
            detail.deactivate,
            detail.deactivateConsequence(tokens),
            detail.deactivateConfirm,
          )}
        {audience === 'admin' && client.status === 'inactive' && (
          <Form site={site} action={`${path}/activate`} csrfToken={csrfToken}>
            <Button kind="secondary">{detail.activate}</Button>
          </Form>
        )}
        {audience === 'admin' &&
          ask(
            'revoke-all',
            detail.endAccess,
            detail.endAccessConsequence(tokens, allowed),
            detail.endAccessConfirm,
          )}
        {ask(
          'delete',
          detail.delete,
          <bdi>{detail.deleteConsequence(client.name, tokens, allowed)}</bdi>,
          detail.deleteConfirm,
        )}
      </div>
    </section>
  )
}

export function ClientDetailPage(props: ClientDetailPageProps) {
  const { site, audience, client, accessTokens, refreshTokens, people, notice } = props
  const words = useText()
  const { clients: text } = words
  const list = clientListPath(audience)
  const path = pathOf(props)
  const described = client.origin === 'metadata_document'
  return (
    <InsidePage
      {...props}
      title={client.name}
      heading={
        <>
          <bdi>{client.name}</bdi> <StatusBadge status={client.status} />
        </>
      }
      current={list}
      parent={{ path: list, label: audience === 'admin' ? text.title : text.apps.title }}
      actions={
        described ? undefined : <LinkButton href={localHref(site, `${path}/edit`)}>{text.edit}</LinkButton>
      }
    >
      <ClientNoticeAlert notice={notice} />
      <State {...props} />
      {described && (
        <Alert tone="info" title={text.detail.described}>
          <p>{text.detail.describedAdvice}</p>
        </Alert>
      )}
      <About {...props} />
      <section class="section" aria-labelledby="live">
        <h2 id="live">{text.detail.live}</h2>
        <p>{text.detail.liveTokens(accessTokens, refreshTokens)}</p>
        <p>{text.detail.livePeople(people)}</p>
        {audience === 'admin' && (
          <LinkButton href={localHref(site, `${path}/authorizations`)}>{text.detail.people}</LinkButton>
        )}
      </section>
      <Uses {...props} />
      {client.hasSecret && <Secret {...props} />}
      {audience === 'admin' && <Owner {...props} />}
      <Dangers {...props} />
    </InsidePage>
  )
}
