/** `POST /oauth/register` (RFC 7591 §3) and `GET`, `PUT`, `DELETE /oauth/register/:client_id` (RFC 7592 §2). */
import type { Publisher } from '../../events/bus.ts'
import { addressKey } from '../../limits/address-key.ts'
import type { RegistrationManagement } from '../../oauth/registration/manage.ts'
import type { Registration } from '../../oauth/registration/register.ts'
import type { RequestLimit } from '../../oauth/request-limit.ts'
import type { Clock } from '../../shared/clock.ts'
import { type Endpoint, type HttpRequest, json } from '../endpoint.ts'

const path = '/oauth/register'
const maxBytes = 16 * 1024

export function registrationEndpoints(dependencies: {
  /** Whether clients may register themselves at the moment. Those that did manage what they registered at any time. */
  available(): Promise<boolean>
  registration: Registration
  management: RegistrationManagement
  /** Counts registrations per address. */
  limit: RequestLimit
  publisher: Publisher
  clock: Clock
}): Endpoint[] {
  const { available, registration, management, limit, publisher, clock } = dependencies
  const managed = {
    path: `${path}/:client_id`,
    kind: 'protocol',
    crossOrigin: true,
  } as const
  const clientIdOf = ({ params }: HttpRequest): string => params.client_id ?? ''
  return [
    {
      method: 'POST',
      path,
      kind: 'protocol',
      crossOrigin: true,
      async handle(request) {
        await limit.take(addressKey(request.context.ip), request.context)
        if (!(await available())) return json(404, { error: 'not_found' })
        const { authorization } = request.headers
        return json(201, await registration.register(authorization, readJson(request), request.context))
      },
      unreadable: (context) =>
        publisher.publish({
          type: 'client.registration_refused',
          at: clock.now(),
          actor: { type: 'anonymous' },
          request: context,
          error: 'invalid_request',
          reason: undefined,
        }),
    },
    {
      ...managed,
      method: 'GET',
      async handle(request) {
        const { authorization } = request.headers
        return json(200, await management.read(authorization, clientIdOf(request), request.context))
      },
    },
    {
      ...managed,
      method: 'PUT',
      async handle(request) {
        const { authorization } = request.headers
        const document = readJson(request)
        return json(
          200,
          await management.update(authorization, clientIdOf(request), document, request.context),
        )
      },
    },
    {
      ...managed,
      method: 'DELETE',
      async handle(request) {
        await management.delete(request.headers.authorization, clientIdOf(request), request.context)
        return { status: 204 }
      },
    },
  ]
}

/** The body, when it is one JSON object of the type RFC 7591 §3.1 asks for, and not too large. */
function readJson({ body, headers }: HttpRequest): object | undefined {
  const mediaType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json' || Buffer.byteLength(body) > maxBytes) return undefined
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
