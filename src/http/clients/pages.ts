/** What the pages of administrators and of the people who make apps have in common: forms, details, and what is next. */
import type { ClientUpdate } from '../../administration/clients.ts'
import { InvalidInput } from '../../administration/invalid-input.ts'
import type { Client } from '../../oauth/client.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import type { Clock, Instant } from '../../shared/clock.ts'
import type { ClientId } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import type { FieldProblem } from '../../views/form.tsx'
import { en } from '../../views/languages/en/en.tsx'
import { ClientDetailPage } from '../../views/pages/client-detail.tsx'
import {
  type ClientAudience,
  ClientFormPage,
  type ClientFormPageProps,
  type ClientFormValues,
  type ClientKind,
  ClientKindPage,
  clientKinds,
  clientListPath,
} from '../../views/pages/client-form.tsx'
import { ClientReadyPage } from '../../views/pages/client-ready.tsx'
import type { ClientNotice } from '../../views/pages/clients.tsx'
import { type HttpAnswer, PageError } from '../endpoint.ts'
import type { OneTimeSecrets } from '../one-time-secret.ts'
import { type PageKit, page, type Visit } from '../page.ts'
import { differences, fieldProblems, presetValues, valuesOf } from './form.ts'
import { ownersOf, readyClient, shownClient } from './shown.ts'

export interface ClientPagesDependencies {
  kit: PageKit
  storage: Storage
  secrets: OneTimeSecrets
  clock: Clock
  issuer: string
}

/** How a form is answered that could not be saved. */
export interface Refused {
  kind: ClientKind
  values: ClientFormValues
  problems?: readonly FieldProblem[]
  /** What there is now, where somebody else was faster. */
  conflict?: Client
}

export interface ClientPages {
  /** The list's path, that of a client, or of something about it. */
  pathOf(id?: string, rest?: string): string
  goTo(id: string, notice: ClientNotice): HttpAnswer
  /** The question what a client is for, or once that is answered the form. */
  fresh(visit: Visit): HttpAnswer
  form(visit: Visit, client: Client | undefined, refused?: Refused): HttpAnswer
  /** The answer to a form that changes a client. @throws {PageError} 404 when there is no such client any more. */
  change(
    visit: Visit,
    client: Client,
    typed: Pick<Refused, 'kind' | 'values'>,
    update: () => Promise<ClientUpdate>,
  ): Promise<HttpAnswer>
  detail(visit: Visit, client: Client, wrongOwner?: string): Promise<HttpAnswer>
  /** The page after a client was made, or got a secret; the secret is shown by it once. */
  ready(visit: Visit, client: Client, fresh: boolean): HttpAnswer
  /** Leads to that page. */
  goToReady(visit: Visit, client: Client, secret: string | undefined, fresh: boolean): HttpAnswer
}

export function createClientPages(
  dependencies: ClientPagesDependencies & {
    audience: ClientAudience
    /** What approval means for this person's clients. */
    approval(visit: Visit): boolean
    mayClaim(visit: Visit): boolean
  },
): ClientPages {
  const { kit, storage, secrets, clock, issuer, audience, approval, mayClaim } = dependencies
  const list = clientListPath(audience)
  const pathOf = (id?: string, rest = ''): string =>
    id === undefined ? list : `${list}/${encodeURIComponent(id)}${rest}`

  const form: ClientPages['form'] = (visit, client, refused) => {
    const { text } = visit.props.reader.language
    const stored = client === undefined ? undefined : valuesOf(client)
    const kind = refused?.kind ?? 'custom'
    const values = refused?.values ?? stored ?? presetValues(kind)
    const conflict = refused?.conflict
    const waits: ClientFormPageProps['approval'] = !approval(visit)
      ? null
      : client === undefined
        ? 'first'
        : client.status === 'active'
          ? 'again'
          : null
    return page(conflict !== undefined ? 409 : refused?.problems !== undefined ? 400 : 200, ClientFormPage, {
      ...visit.props,
      audience,
      client:
        client === undefined
          ? null
          : { id: client.id, name: client.name, version: (conflict ?? client).updatedAt },
      kind,
      values,
      problems: refused?.problems ?? [],
      conflict: conflict === undefined ? null : differences(values, valuesOf(conflict), text),
      approval: waits,
      mayClaim: mayClaim(visit),
    })
  }

  const goTo: ClientPages['goTo'] = (id, notice) => kit.goTo(`${pathOf(id)}?notice=${notice}`)

  const goToReady: ClientPages['goToReady'] = ({ session }, { id }, secret, fresh) => {
    const headers = secret === undefined ? {} : { 'set-cookie': [secrets.hand(session, id, secret)] }
    return kit.goTo(pathOf(id, fresh ? '/created' : '/secret'), headers)
  }

  return {
    pathOf,
    goTo,
    goToReady,
    form,

    change(visit, client, typed, update) {
      const answer = async (): Promise<HttpAnswer> => {
        const outcome = await update()
        switch (outcome.kind) {
          case 'updated':
            return outcome.secret === undefined
              ? goTo(client.id, 'updated')
              : goToReady(visit, outcome.client, outcome.secret, false)
          case 'changed_meanwhile':
            return form(visit, client, { ...typed, conflict: outcome.client })
          case 'described_elsewhere':
            return goTo(client.id, 'gone')
          case 'not_found':
            throw new PageError(404)
        }
      }
      return orRefuse(visit, answer, (problems) => form(visit, client, { ...typed, problems }))
    },

    fresh(visit) {
      const asked = new URLSearchParams(visit.request.query).get('kind')
      const kind = clientKinds.find((known) => known === asked)
      if (kind !== undefined) return form(visit, undefined, { kind, values: presetValues(kind) })
      return page(200, ClientKindPage, {
        ...visit.props,
        audience,
        approval: approval(visit) ? 'first' : null,
      })
    },

    async detail(visit, client, wrongOwner) {
      const now = clock.now()
      const [{ accessTokens, refreshTokens }, people, owners] = await Promise.all([
        storage.read.tokenLists.liveOf({ clientIds: [client.id] }, now),
        storage.read.consents.countOfClient(client.id),
        ownersOf(storage, [client]),
      ])
      return page(wrongOwner === undefined ? 200 : 400, ClientDetailPage, {
        ...visit.props,
        now,
        audience,
        client: shownClient(client, owners),
        accessTokens,
        refreshTokens,
        people,
        notice: readNotice(visit),
        wrongOwner: wrongOwner ?? null,
      })
    },

    ready(visit, client, fresh) {
      const { secret, forget } = secrets.take(visit.request, visit.session, client.id)
      return page(
        200,
        ClientReadyPage,
        {
          ...visit.props,
          audience,
          ...readyClient(client),
          fresh,
          secret:
            client.secretHash === undefined ? 'none' : secret === undefined ? 'shown' : { value: secret },
          issuer,
        },
        { 'set-cookie': [forget] },
      )
    },
  }
}

/** Runs what may find the form wrong, and answers with the form as it was typed. */
export async function orRefuse(
  visit: Visit,
  act: () => Promise<HttpAnswer>,
  refuse: (problems: readonly FieldProblem[]) => HttpAnswer,
): Promise<HttpAnswer> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    return refuse(fieldProblems(error, visit.props.reader.language.text))
  }
}

/** @throws {PageError} 404 when there is none. */
export function clientIdOf({ request }: Visit): ClientId {
  const { id } = request.params
  if (id === undefined || id === '') throw new PageError(404)
  return id as ClientId
}

/** The version of a client that a form was made from. */
export function versionOf(form: Parameters): Instant {
  return Number(form.get('version') ?? Number.NaN) as Instant
}

export function kindOf(form: Parameters): ClientKind {
  const sent = form.get('kind')
  return clientKinds.find((kind) => kind === sent) ?? 'custom'
}

/** What just happened, by the code in the address: the only words an address can put on a page. */
export function readNotice({ request }: Visit): ClientNotice | null {
  const code = new URLSearchParams(request.query).get('notice')
  return code !== null && Object.hasOwn(en.clients.notices, code) ? (code as ClientNotice) : null
}
