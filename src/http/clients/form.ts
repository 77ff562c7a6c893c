/** The form of a client as it is filled in and as it is sent: between its fields and what administration understands. */
import type { ClientInput } from '../../administration/client-rules.ts'
import { type InputProblem, InvalidInput } from '../../administration/invalid-input.ts'
import { type OwnClientInput, ownMembers, ownScopes } from '../../administration/own-clients.ts'
import type { Client, ClientGrant, ClientType } from '../../oauth/client.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import { encodeMetadata } from '../../oauth/registration/encode.ts'
import { formatScope } from '../../oauth/scope.ts'
import type { FieldProblem } from '../../views/form.tsx'
import type { Text } from '../../views/languages/languages.ts'
import {
  type ClientFlag,
  type ClientFormValues,
  type ClientKind,
  type ClientText,
  clientFlags,
  clientTexts,
  grantBoxes,
} from '../../views/pages/client-form.tsx'

const noTexts = Object.fromEntries(clientTexts.map((name) => [name, ''])) as Record<ClientText, string>

/** Members of a registration that the form holds as text, and those it holds as boxes. */
const textMembers = [
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'jwks_uri',
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'introspection_signed_response_alg',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'initiate_login_uri',
  'backchannel_logout_uri',
] as const satisfies readonly ClientText[]
const flagMembers = {
  dpop_bound: 'dpop_bound_access_tokens',
  require_par: 'require_pushed_authorization_requests',
  backchannel_logout_session_required: 'backchannel_logout_session_required',
  require_auth_time: 'require_auth_time',
} as const satisfies Partial<Record<ClientFlag, string>>

const presets: Readonly<
  Record<ClientKind, { type: ClientType; grants: readonly ClientGrant[]; scope?: string }>
> = {
  cli: { type: 'public', grants: ['device_code', 'refresh_token'] },
  web: { type: 'confidential', grants: ['authorization_code', 'refresh_token'] },
  spa: { type: 'public', grants: ['authorization_code', 'refresh_token'] },
  service: { type: 'confidential', grants: ['client_credentials'], scope: '' },
  custom: { type: 'public', grants: [] },
}

/** What the form of a new client starts with. */
export function presetValues(kind: ClientKind): ClientFormValues {
  const { type, grants, scope } = presets[kind]
  return {
    texts: {
      ...noTexts,
      client_type: type,
      scopes: scope ?? formatScope(ownScopes),
      token_profile: 'standard',
    },
    boxes: new Set(boxesOf(grants)),
  }
}

/** What the form of a client holds. */
export function valuesOf(client: Client): ClientFormValues {
  const { metadata } = client
  const members = encodeMetadata(metadata)
  const flags = clientFlags.filter((flag) =>
    flag in flagMembers
      ? members[flagMembers[flag as keyof typeof flagMembers]] === true
      : {
          introspect_any: client.introspectAny,
          extra_claims: metadata.extraClaims,
          id_token_claims: metadata.idTokenClaims,
        }[flag as 'introspect_any' | 'extra_claims' | 'id_token_claims'] === true,
  )
  return {
    texts: {
      ...noTexts,
      ...Object.fromEntries(textMembers.map((name) => [name, String(members[name] ?? '')])),
      client_name: client.name,
      description: client.description,
      client_type: client.type,
      scopes: formatScope(client.scopes),
      redirect_uris: client.redirectUris.join('\n'),
      post_logout_redirect_uris: (metadata.postLogoutRedirectUris ?? []).join('\n'),
      allowed_resources: client.allowedResources.join('\n'),
      token_profile: client.tokenProfile,
      project: client.project ?? '',
      service_account: client.serviceAccount ?? '',
      jwks: metadata.jwks === undefined ? '' : JSON.stringify(metadata.jwks, null, 2),
      security_profile: metadata.securityProfile ?? '',
      token_exchange_subjects: (metadata.tokenExchangeSubjects ?? []).join('\n'),
    },
    boxes: new Set([...boxesOf(client.grants), ...flags]),
  }
}

/** What was typed, as it was typed. */
export function readValues(form: Parameters): ClientFormValues {
  const texts = Object.fromEntries(
    clientTexts.map((name) => [name, (form.get(name) ?? '').replaceAll('\r\n', '\n')]),
  ) as Record<ClientText, string>
  const boxes = [...Object.keys(grantBoxes), ...clientFlags].filter((name) => form.get(name) === 'true')
  return { texts, boxes: new Set(boxes) }
}

/**
 * What the values ask for.
 * @param before the client that is changed: what the form does not hold stays.
 * @throws {InvalidInput} for keys that are no JSON.
 */
export function inputOf({ texts, boxes }: ClientFormValues, before: Client | undefined): ClientInput {
  const text = (name: ClientText): string | undefined => texts[name].trim() || undefined
  const subjects = lines(texts.token_exchange_subjects)
  const type = texts.client_type === 'confidential' ? 'confidential' : 'public'
  return {
    name: texts.client_name,
    description: texts.description,
    type,
    grants: grantsOf(boxes),
    scope: texts.scopes.trim().replace(/\s+/g, ' '),
    redirectUris: uris(texts.redirect_uris),
    allowedResources: uris(texts.allowed_resources),
    tokenProfile: text('token_profile'),
    introspectAny: boxes.has('introspect_any'),
    project: text('project'),
    serviceAccount: text('service_account'),
    securityProfile: texts.security_profile === 'fapi2' ? 'fapi2' : undefined,
    idTokenClaims: boxes.has('id_token_claims') || undefined,
    extraClaims: boxes.has('extra_claims') || undefined,
    tokenExchangeSubjects: subjects.length === 0 ? undefined : subjects,
    metadata: {
      ...(before === undefined ? {} : encodeMetadata(before.metadata)),
      ...Object.fromEntries(textMembers.map((name) => [name, text(name)])),
      ...Object.fromEntries(
        Object.entries(flagMembers).map(([flag, member]) => [member, boxes.has(flag) || undefined]),
      ),
      ...(type === 'public' && text('token_endpoint_auth_method') === undefined
        ? methodOfPublic(before)
        : {}),
      post_logout_redirect_uris: uris(texts.post_logout_redirect_uris),
      jwks: keysIn(texts.jwks),
    },
  }
}

/** The same, of what people decide about their own; the rest they cannot say. */
export function ownInputOf(values: ClientFormValues, before: Client | undefined): OwnClientInput {
  const { metadata = {}, ...input } = inputOf(values, before)
  return {
    name: input.name,
    description: input.description,
    type: input.type,
    grants: input.grants,
    scope: input.scope,
    redirectUris: input.redirectUris,
    project: input.project,
    serviceAccount: input.serviceAccount,
    metadata: Object.fromEntries(ownMembers.map((member) => [member, metadata[member]])),
  }
}

/** What differs between what is there and what was typed, for whoever lost a race. */
export function differences(
  typed: ClientFormValues,
  now: ClientFormValues,
  text: Text,
): { field: ClientText | 'grants'; now: string }[] {
  const grants = grantsOf(now.boxes)
  const grantsDiffer = formatScope(grants) !== formatScope(grantsOf(typed.boxes))
  return [
    ...clientTexts
      .filter((name) => typed.texts[name].trim() !== now.texts[name].trim())
      .map((field) => ({ field, now: now.texts[field] })),
    ...(grantsDiffer
      ? [{ field: 'grants' as const, now: grants.map((grant) => text.clients.grants[grant]).join(', ') }]
      : []),
  ]
}

/** Fields of the form by the words administration has for them, where they are others. */
const fieldNames: Readonly<Record<string, string>> = {
  name: 'client_name',
  grant: 'grants',
  scope: 'scopes',
  resource: 'allowed_resources',
  profile: 'security_profile',
  'redirect-uri': 'redirect_uris',
  'post-logout-redirect-uri': 'post_logout_redirect_uris',
  'token-exchange-subject': 'token_exchange_subjects',
}

/** What was wrong, beside the fields it is about. */
export function fieldProblems(error: InvalidInput, { clients: text }: Text): FieldProblem[] {
  return error.problems.map(({ field: word, what }: InputProblem) => {
    const field = fieldNames[word] ?? word.replaceAll('-', '_')
    const label = (text.fields as Readonly<Record<string, string>>)[field] ?? field
    return { field, message: text.form.problem(label, what) }
  })
}

/** Values one a line; commas separate them too, as in the forms of the Go implementation, where a URI follows. */
function uris(text: string): string[] {
  return lines(text.replace(/,(?=\s*[A-Za-z][A-Za-z0-9+.-]*:)/g, '\n'))
}

function lines(text: string): string[] {
  return text.split(/\s+/).filter((line) => line !== '')
}

function boxesOf(grants: readonly ClientGrant[]): string[] {
  return Object.entries(grantBoxes).flatMap(([box, grant]) => (grants.includes(grant) ? [box] : []))
}

function grantsOf(boxes: ReadonlySet<string>): ClientGrant[] {
  return Object.entries(grantBoxes).flatMap(([box, grant]) => (boxes.has(box) ? [grant] : []))
}

/** A client that registered itself names its method; one that becomes public has none. */
function methodOfPublic(before: Client | undefined): { token_endpoint_auth_method: 'none' | undefined } {
  const named = before?.metadata.tokenEndpointAuthMethod !== undefined
  return { token_endpoint_auth_method: named ? 'none' : undefined }
}

function keysIn(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidInput('jwks', 'is no JSON', error)
  }
}
