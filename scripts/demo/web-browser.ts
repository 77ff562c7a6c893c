/** As much of a browser as the pages need without their script: it keeps cookies, follows redirects, sends forms. */

export interface WebPage {
  status: number
  /** Path and query it ended at. */
  path: string
  html: string
}

export interface WebBrowser {
  open(path: string): Promise<WebPage>
  /**
   * Sends the form of the last page that leads to `action`, with its hidden fields (the CSRF token is one) and the
   * given ones.
   *
   * @throws {Error} when the last page has no such form.
   */
  submit(action: string, fields?: Readonly<Record<string, string>>): Promise<WebPage>
}

/** More would be a circle. */
const mostRedirects = 5

export function openWebBrowser(origin: string, signal: AbortSignal): WebBrowser {
  const cookies = new Map<string, string>()
  let last: WebPage = { status: 0, path: '', html: '' }

  const load = async (path: string, form?: URLSearchParams): Promise<WebPage> => {
    let next = { path, form }
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const response = await fetch(origin + next.path, {
        method: next.form === undefined ? 'GET' : 'POST',
        body: next.form ?? null,
        redirect: 'manual',
        signal,
        headers: {
          accept: 'text/html',
          'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
          cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
        },
      })
      for (const line of response.headers.getSetCookie()) keep(cookies, line)
      const html = await response.text()
      const location = response.headers.get('location')
      if (location === null) {
        last = { status: response.status, path: next.path, html }
        return last
      }
      const target = new URL(location, origin + next.path)
      next = { path: target.pathname + target.search, form: undefined }
    }
    throw new Error(`${path} redirects more than ${mostRedirects} times`)
  }

  return {
    open: (path) => load(path),
    submit: (action, fields = {}) =>
      load(action, new URLSearchParams({ ...hiddenFields(last, action), ...fields })),
  }
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  if (/;\s*max-age=0/i.test(line)) cookies.delete(name)
  else cookies.set(name, value)
}

function hiddenFields(page: WebPage, action: string): Record<string, string> {
  const form = page.html
    .match(/<form\b.*?<\/form>/gs)
    ?.find((markup) => attribute(markup.slice(0, markup.indexOf('>')), 'action') === action)
  if (form === undefined) throw new Error(`${page.path} answered ${page.status} without a form for ${action}`)
  const inputs = form.match(/<input\b[^>]*type="hidden"[^>]*>/g) ?? []
  return Object.fromEntries(inputs.map((input) => [attribute(input, 'name'), attribute(input, 'value')]))
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}
