/** Thirty-two clients at once, against a server that may go away: what they were answered is all they know. */
import { setTimeout as delay } from 'node:timers/promises'
import { createHttpBrowser, type FormAnswer, postForm } from '../support/http-browser.ts'
import { deviceCodeGrant } from '../support/oauth-client.ts'
import type { ServerProcess } from '../support/server-process.ts'

export interface MachineClient {
  id: string
  secret: string
}

/** Every answer that came back whole. */
export interface Answered {
  machineTokens: string[]
  deviceCodes: string[]
  /** Access tokens of refreshes. */
  refreshedTokens: string[]
  /** Per refreshing client the token it holds. */
  refreshTokens: string[]
  /** The status of every answer that was no success. */
  refusals: number[]
}

export interface Load {
  answered: Answered
  /** Resolves when every kind of request has been answered so many times. @throws when that takes too long. */
  atLeast(times: number): Promise<void>
  /** Resolves when every client has lost the server. */
  ended: Promise<void>
}

const patienceMs = 30_000

export async function createMachine(server: ServerProcess): Promise<MachineClient> {
  const grants = ['client_credentials', 'device_code', 'refresh_token'].flatMap((grant) => ['--grant', grant])
  const command = ['client', 'create', '--name', 'load', '--type', 'confidential', '--scope', 'read write']
  const { out, err, exitCode } = await server.run([...command, ...grants, '--introspect-any', '--json']).ended
  if (exitCode !== 0) throw new Error(err)
  const { client_id, client_secret } = JSON.parse(out) as { client_id: string; client_secret: string }
  return { id: client_id, secret: client_secret }
}

/** Signs devices in, each with a refresh token of its own. */
export async function signDevicesIn(
  server: ServerProcess,
  password: string,
  count: number,
): Promise<string[]> {
  const browser = createHttpBrowser(server.url)
  await browser.signIn('admin', password)
  const tokens: string[] = []
  for (let n = 0; n < count; n++) {
    const client = { client_id: server.clientId }
    const { body } = await postForm(`${server.url}/oauth/device/code`, client)
    await browser.decide(body.user_code, 'approve')
    const granted = await postForm(`${server.url}/oauth/token`, {
      ...client,
      grant_type: deviceCodeGrant,
      device_code: body.device_code,
    })
    tokens.push(granted.body.refresh_token)
  }
  return tokens
}

/**
 * Sixteen clients take tokens for themselves, eight ask for device codes, and each of the refresh tokens is refreshed
 * again and again, until the server is gone.
 */
export function startLoad(
  { url, clientId }: ServerProcess,
  machine: MachineClient,
  refreshTokens: string[],
): Load {
  const answered: Answered = {
    machineTokens: [],
    deviceCodes: [],
    refreshedTokens: [],
    refreshTokens,
    refusals: [],
  }
  const untilGone = async (request: () => Promise<FormAnswer>, took: (body: FormAnswer['body']) => void) => {
    for (;;) {
      let answer: FormAnswer
      try {
        answer = await request()
      } catch {
        // The connection was refused, or broke before the whole answer was there.
        return
      }
      if (answer.status === 200) took(answer.body)
      else answered.refusals.push(answer.status)
    }
  }
  const token = `${url}/oauth/token`
  const ofMachine = { client_id: machine.id, client_secret: machine.secret }
  const clients = [
    ...Array.from({ length: 16 }, () =>
      untilGone(
        () => postForm(token, { ...ofMachine, grant_type: 'client_credentials' }),
        ({ access_token }) => answered.machineTokens.push(access_token),
      ),
    ),
    ...Array.from({ length: 8 }, () =>
      untilGone(
        () => postForm(`${url}/oauth/device/code`, { client_id: clientId }),
        ({ device_code }) => answered.deviceCodes.push(device_code),
      ),
    ),
    ...refreshTokens.map((_, index) =>
      untilGone(
        () =>
          postForm(token, {
            client_id: clientId,
            grant_type: 'refresh_token',
            refresh_token: refreshTokens[index]!,
          }),
        ({ access_token, refresh_token }) => {
          refreshTokens[index] = refresh_token
          answered.refreshedTokens.push(access_token)
        },
      ),
    ),
  ]
  const { machineTokens, deviceCodes, refreshedTokens } = answered
  return {
    answered,
    async atLeast(times) {
      const deadline = performance.now() + patienceMs
      while ([machineTokens, deviceCodes, refreshedTokens].some(({ length }) => length < times)) {
        if (performance.now() > deadline) throw new Error(`fewer than ${times} answers in ${patienceMs} ms`)
        await delay(20)
      }
    },
    ended: Promise.all(clients).then(() => undefined),
  }
}

/** Does something with each item, a few at a time. */
export async function eachOf<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items]
  const work = async (): Promise<void> => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await act(item)
  }
  await Promise.all(Array.from({ length: 16 }, work))
}
