/**
 * The form of a client: what matters for its kind first, everything else behind "Advanced". Administrators and the
 * people who make apps fill in the same one; people see fewer fields.
 */
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import {
  Checkbox,
  Choices,
  ErrorSummary,
  Field,
  type FieldProblem,
  Form,
  problemWith,
  Select,
  TextArea,
} from '../form.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

/** Who fills the form in, and so where the client is found: `/admin/clients` or `/apps`. */
export type ClientAudience = 'admin' | 'owner'

/** What somebody wants to make; it decides what the form starts with. */
export const clientKinds = ['cli', 'web', 'spa', 'service', 'custom'] as const
export type ClientKind = (typeof clientKinds)[number]

/** Fields of the form that hold a text, by their names in it. */
export const clientTexts = [
  'client_name',
  'description',
  'client_type',
  'scopes',
  'redirect_uris',
  'post_logout_redirect_uris',
  'allowed_resources',
  'token_profile',
  'project',
  'service_account',
  'token_endpoint_auth_method',
  'jwks',
  'jwks_uri',
  'token_endpoint_auth_signing_alg',
  'security_profile',
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'introspection_signed_response_alg',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'initiate_login_uri',
  'backchannel_logout_uri',
  'token_exchange_subjects',
] as const
export type ClientText = (typeof clientTexts)[number]

/** Those of them that may have several lines. */
export const clientLines = [
  'description',
  'redirect_uris',
  'post_logout_redirect_uris',
  'allowed_resources',
  'jwks',
  'token_exchange_subjects',
] as const satisfies readonly ClientText[]

/** Boxes of the form, by their names in it; `true` when ticked. */
export const grantBoxes = {
  enable_device_flow: 'device_code',
  enable_auth_code_flow: 'authorization_code',
  enable_refresh_token: 'refresh_token',
  enable_client_credentials_flow: 'client_credentials',
  enable_token_exchange: 'token_exchange',
} as const
export const clientFlags = [
  'introspect_any',
  'extra_claims',
  'id_token_claims',
  'dpop_bound',
  'require_par',
  'backchannel_logout_session_required',
  'require_auth_time',
] as const
export type ClientFlag = (typeof clientFlags)[number]

export interface ClientFormValues {
  texts: Readonly<Record<ClientText, string>>
  boxes: ReadonlySet<string>
}

export interface ClientFormPageProps extends SignedInPageProps {
  audience: ClientAudience
  /** The client that is changed; `null` for a new one. */
  client: { id: string; name: string; version: number } | null
  kind: ClientKind
  values: ClientFormValues
  problems: readonly FieldProblem[]
  /** What is there now, where somebody else was faster; fields that differ alone. */
  conflict: readonly { field: ClientText | 'grants'; now: string }[] | null
  /** What an administrator's approval means here. */
  approval: 'first' | 'again' | null
  /** Whether the claims that services believe may be set: not by people whose apps nobody approves. */
  mayClaim: boolean
}

interface FieldsProps extends Pick<ClientFormPageProps, 'audience' | 'values' | 'problems'> {}

type TextProps = FieldsProps & { name: ClientText; help?: string; required?: boolean; rows?: number }

function Line({ name, values, problems, help, required = false }: TextProps) {
  const { clients: text } = useText()
  return (
    <Field
      name={name}
      label={text.fields[name]}
      value={values.texts[name]}
      error={problemWith(problems, name)}
      required={required}
      maxlength={1024}
      autocomplete="off"
      {...(help === undefined ? {} : { help })}
    />
  )
}

function Lines({ name, values, problems, help, rows = 3 }: TextProps) {
  const { clients: text } = useText()
  return (
    <TextArea
      name={name}
      label={text.fields[name]}
      value={values.texts[name]}
      error={problemWith(problems, name)}
      rows={rows}
      maxlength={16_384}
      code={name !== 'description'}
      {...(help === undefined ? {} : { help })}
    />
  )
}

function Choice(props: FieldsProps & { name: ClientText; options: readonly (readonly [string, string])[] }) {
  const { name, values, problems, options } = props
  const { clients: text } = useText()
  return (
    <Select
      name={name}
      label={text.fields[name]}
      value={values.texts[name]}
      error={problemWith(problems, name)}
      options={options.map(([value, label]) => ({ value, label }))}
    />
  )
}

function Type({ values, problems }: FieldsProps) {
  const { clients: text } = useText()
  return (
    <Choices
      name="client_type"
      label={text.fields.client_type}
      kind="radio"
      error={problemWith(problems, 'client_type')}
      options={(['public', 'confidential'] as const).map((type) => ({
        value: type,
        label: text.types[type],
        detail: text.typeDetails[type],
        checked: values.texts.client_type === type,
      }))}
    />
  )
}

function Grants({ values, problems, audience }: FieldsProps) {
  const { clients: text } = useText()
  const boxes = Object.entries(grantBoxes).filter(
    ([box]) => audience === 'admin' || box !== 'enable_token_exchange' || values.boxes.has(box),
  )
  return (
    <Choices
      name="grants"
      label={text.fields.grants}
      error={problemWith(problems, 'grants')}
      options={boxes.map(([box, grant]) => ({
        name: box,
        value: 'true',
        label: text.grants[grant],
        detail: text.grantDetails[grant],
        checked: values.boxes.has(box),
      }))}
    />
  )
}

function Flag({ name, values }: FieldsProps & { name: ClientFlag }) {
  const { clients: text } = useText()
  return <Checkbox name={name} value="true" label={text.flags[name]} checked={values.boxes.has(name)} />
}

function Links(props: FieldsProps) {
  const { clients: text } = useText()
  return (
    <>
      {(['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const).map((name) => (
        <Line key={name} {...props} name={name} help={text.help.link} />
      ))}
    </>
  )
}

/** What administrators alone decide. */
function Administrative(props: FieldsProps) {
  const { clients: text } = useText()
  const { options } = text
  const either = [['', options.default]] as const
  const algorithms = ['RS256', 'PS256', 'ES256'].map((name) => [name, name] as const)
  return (
    <>
      <Lines {...props} name="allowed_resources" help={text.help.allowed_resources} />
      <Choice
        {...props}
        name="token_profile"
        options={(['short', 'standard', 'long'] as const).map((name) => [name, text.profiles[name]])}
      />
      <Choice
        {...props}
        name="token_endpoint_auth_method"
        options={[
          ['', options.secret],
          ['client_secret_basic', options.client_secret_basic],
          ['client_secret_post', options.client_secret_post],
          ['private_key_jwt', options.private_key_jwt],
        ]}
      />
      <Lines {...props} name="jwks" help={text.help.jwks} rows={5} />
      <Line {...props} name="jwks_uri" />
      <Choice
        {...props}
        name="token_endpoint_auth_signing_alg"
        options={[...either, ...[...algorithms.map(([name]) => name), 'EdDSA', 'Ed25519'].map(same)]}
      />
      <Choice
        {...props}
        name="security_profile"
        options={[
          ['', options.noProfile],
          ['fapi2', options.fapi2],
        ]}
      />
      <Choice {...props} name="id_token_signed_response_alg" options={[...either, ...algorithms]} />
      <Choice {...props} name="userinfo_signed_response_alg" options={[...either, ...algorithms]} />
      <Choice {...props} name="introspection_signed_response_alg" options={[...either, ...algorithms]} />
      <Line {...props} name="initiate_login_uri" />
      <Line {...props} name="backchannel_logout_uri" help={text.help.backchannel_logout_uri} />
      <Lines {...props} name="token_exchange_subjects" help={text.help.token_exchange_subjects} />
      {(
        [
          'backchannel_logout_session_required',
          'dpop_bound',
          'require_par',
          'require_auth_time',
          'id_token_claims',
          'extra_claims',
          'introspect_any',
        ] as const
      ).map((name) => (
        <Flag key={name} {...props} name={name} />
      ))}
    </>
  )
}

function same(name: string): readonly [string, string] {
  return [name, name]
}

const usesRedirects = (kind: ClientKind): boolean => kind === 'web' || kind === 'spa' || kind === 'custom'

/** Fields that stand before "Advanced", so that the rest can be opened when a problem is among it. */
function isBasic(field: string, kind: ClientKind): boolean {
  if (field === 'client_name' || field === 'description' || field === 'scopes') return true
  if (field === 'redirect_uris') return usesRedirects(kind)
  return (field === 'client_type' || field === 'grants') && kind === 'custom'
}

function Advanced(props: ClientFormPageProps) {
  const { kind, problems, audience, values, mayClaim } = props
  const { clients: text } = useText()
  const open = problems.some(({ field }) => !isBasic(field, kind))
  const claims = (['project', 'service_account'] as const).filter(
    (name) => mayClaim || values.texts[name] !== '',
  )
  return (
    <details class="advanced" open={open}>
      <summary>{text.form.advanced}</summary>
      <div class="advanced-fields">
        {kind !== 'custom' && <Type {...props} />}
        {kind !== 'custom' && <Grants {...props} />}
        {!usesRedirects(kind) && <Lines {...props} name="redirect_uris" help={text.help.redirect_uris} />}
        <Lines {...props} name="post_logout_redirect_uris" help={text.help.post_logout_redirect_uris} />
        <Links {...props} />
        {claims.map((name) => (
          <Line key={name} {...props} name={name} help={text.help[name]} />
        ))}
        {audience === 'admin' && <Administrative {...props} />}
      </div>
    </details>
  )
}

function Conflict({ conflict }: Pick<ClientFormPageProps, 'conflict'>) {
  const { clients: text } = useText()
  if (conflict === null) return null
  return (
    <Alert tone="warning" title={text.form.conflict} focused>
      <p>{text.form.conflictAdvice}</p>
      <Facts>
        {conflict.map(({ field, now }) => (
          <Fact key={field} term={text.form.conflictField(text.fields[field])}>
            <bdi class="kept-lines">{now === '' ? text.form.nothing : now}</bdi>
          </Fact>
        ))}
      </Facts>
    </Alert>
  )
}

function Approval({ approval }: Pick<ClientFormPageProps, 'approval'>) {
  const { clients: text } = useText()
  if (approval === null) return null
  return approval === 'first' ? (
    <Alert tone="info" title={text.form.waitsFirst}>
      <p>{text.form.waitsFirstAdvice}</p>
    </Alert>
  ) : (
    <Alert tone="warning" title={text.form.waitsAgain}>
      <p>{text.form.waitsAgainAdvice}</p>
    </Alert>
  )
}

export function clientListPath(audience: ClientAudience): '/admin/clients' | '/apps' {
  return audience === 'admin' ? '/admin/clients' : '/apps'
}

export function ClientFormPage(props: ClientFormPageProps) {
  const { site, csrfToken, audience, client, kind, problems, conflict, approval } = props
  const words = useText()
  const { clients: text } = words
  const list = clientListPath(audience)
  const path = client === null ? list : `${list}/${encodeURIComponent(client.id)}`
  const title =
    client === null
      ? audience === 'admin'
        ? text.form.newTitle
        : text.apps.create
      : text.form.editTitle(client.name)
  const shownTitle = problems.length > 0 ? words.common.errorTitle(title) : title
  return (
    <InsidePage
      {...props}
      title={shownTitle}
      heading={<bdi>{title}</bdi>}
      current={list}
      parent={
        client === null ? { path: `${list}/new`, label: text.kinds.title } : { path, label: client.name }
      }
    >
      <Conflict conflict={conflict} />
      {problems.length > 0 && <ErrorSummary title={text.form.problems} problems={problems} />}
      <Approval approval={approval} />
      <Form site={site} action={path} csrfToken={csrfToken} className="client-form">
        <input type="hidden" name="kind" value={kind} />
        {client !== null && <input type="hidden" name="version" value={client.version} />}
        <Line {...props} name="client_name" help={text.help.client_name} required />
        <Lines {...props} name="description" help={text.help.description} rows={2} />
        {kind === 'custom' && <Type {...props} />}
        {kind === 'custom' && <Grants {...props} />}
        {usesRedirects(kind) && <Lines {...props} name="redirect_uris" help={text.help.redirect_uris} />}
        <Line
          {...props}
          name="scopes"
          help={audience === 'admin' ? text.help.scopes : `${text.help.scopes} ${text.ownScopes}`}
        />
        <Advanced {...props} />
        {client !== null && (
          <ul class="field-help">
            <li>{text.form.endsTokens}</li>
            <li>{text.form.endsConsents}</li>
          </ul>
        )}
        <div class="acts">
          <Button>
            {client !== null ? text.form.save : audience === 'admin' ? text.form.create : text.apps.submit}
          </Button>
          <LinkButton href={localHref(site, client === null ? list : path)} kind="quiet">
            {text.form.cancel}
          </LinkButton>
        </div>
      </Form>
    </InsidePage>
  )
}

export interface ClientKindPageProps extends SignedInPageProps {
  audience: ClientAudience
  approval: 'first' | null
}

/** The first question: what will use the client. The answer fills in the form. */
export function ClientKindPage(props: ClientKindPageProps) {
  const { site, audience } = props
  const { clients: text } = useText()
  const list = clientListPath(audience)
  return (
    <InsidePage
      {...props}
      title={text.kinds.title}
      lead={text.kinds.lead}
      current={list}
      parent={{ path: list, label: audience === 'admin' ? text.title : text.apps.title }}
    >
      <Approval approval={props.approval} />
      <ul class="kinds">
        {clientKinds.map((kind) => (
          <li key={kind}>
            <a href={localHref(site, `${list}/new?kind=${kind}`)}>
              <strong>{text.kinds[kind]}</strong>
              <span class="detail">{text.kinds[`${kind}Detail`]}</span>
            </a>
          </li>
        ))}
      </ul>
    </InsidePage>
  )
}
