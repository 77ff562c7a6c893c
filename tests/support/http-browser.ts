/** A browser for servers that listen: keeps cookies, follows nothing, and submits the form of the page last seen. */
export interface HttpAnswer {
  status: number
  headers: Headers
  text: string
}

export interface HttpBrowser {
  cookies: Map<string, string>
  get(path: string): Promise<HttpAnswer>
  /** Submits a form with the CSRF token of the page last seen. */
  submit(path: string, fields?: Record<string, string>): Promise<HttpAnswer>
  /** @throws {Error} when it does not succeed. */
  signIn(username: string, password: string): Promise<void>
  /** Enters a user code and decides. */
  decide(userCode: string, action: 'approve' | 'deny'): Promise<HttpAnswer>
}

export function createHttpBrowser(url: string): HttpBrowser {
  const cookies = new Map<string, string>()
  let csrfToken = ''
  const send = async (path: string, init: RequestInit): Promise<HttpAnswer> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url + path, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)', cookie },
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const equals = pair.indexOf('=')
      cookies.set(pair.slice(0, equals), pair.slice(equals + 1))
    }
    const text = await response.text()
    csrfToken = /name="csrf_token"[^>]*value="([^"]*)"/.exec(text)?.[1] ?? csrfToken
    return { status: response.status, headers: response.headers, text }
  }
  const self: HttpBrowser = {
    cookies,
    get: (path) => send(path, {}),
    submit: (path, fields = {}) =>
      send(path, { method: 'POST', body: new URLSearchParams({ csrf_token: csrfToken, ...fields }) }),
    async signIn(username, password) {
      await self.get('/login')
      const { status } = await self.submit('/login', { username, password })
      if (status !== 303) throw new Error(`signing in answered ${status}`)
    },
    async decide(userCode, action) {
      await self.get(`/device?user_code=${userCode}`)
      return self.submit('/device/verify', { user_code: userCode, confirmed: 'true', action })
    },
  }
  return self
}

export interface FormAnswer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  body: any
}

/** `POST`s a form and reads the JSON that comes back, if any. */
export async function postForm(
  url: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<FormAnswer> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  }
}
