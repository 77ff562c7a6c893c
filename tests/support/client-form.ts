/** The form of a client, as a browser would send it: what the page holds, and what somebody changed. */
import assert from 'node:assert/strict'
import type { Fields, JsonResponse, TestBrowser } from './test-app.ts'

/** Every field of the client form in a page, with the values it would be sent with. */
export function fieldsOf(page: string): Record<string, string> {
  const form = /<form[^>]*class="client-form".*?<\/form>/s.exec(page)?.[0]
  assert.ok(form !== undefined, 'the page has no client form')
  const fields: Record<string, string> = {}
  for (const [, attributes = ''] of form.matchAll(/<input((?:[^>"]|"[^"]*")*)>/g)) {
    const name = attribute(attributes, 'name')
    const type = attribute(attributes, 'type')
    const ticked = type !== 'checkbox' && type !== 'radio' ? true : / checked(?:[ =/]|$)/.test(attributes)
    if (name !== undefined && ticked) fields[name] = attribute(attributes, 'value') ?? ''
  }
  for (const [, attributes = '', text = ''] of form.matchAll(/<textarea([^>]*)>(.*?)<\/textarea>/gs)) {
    fields[attribute(attributes, 'name')!] = decode(text)
  }
  for (const [, attributes = '', options = ''] of form.matchAll(/<select([^>]*)>(.*?)<\/select>/gs)) {
    const chosen = [...options.matchAll(/<option([^>]*)>/g)].find(([, option = '']) =>
      / selected/.test(option),
    )
    fields[attribute(attributes, 'name')!] = attribute(chosen?.[1] ?? '', 'value') ?? ''
  }
  return fields
}

/** Opens a page with the form, changes some fields and sends it; `undefined` takes a tick away. */
export async function fillIn(
  browser: TestBrowser,
  page: string,
  action: string,
  changes: Fields,
): Promise<JsonResponse> {
  const opened = await browser.get(page)
  assert.equal(opened.status, 200, opened.text)
  return browser.post(action, { ...fieldsOf(opened.text), ...changes })
}

/** Where a redirect leads. */
export function locationOf(answer: JsonResponse): string {
  assert.equal(answer.status, 303, answer.text)
  return String(answer.headers.location)
}

/** The secret on a page that shows one. */
export function secretOn(page: string): string | undefined {
  return />(ago_[\w-]+)</.exec(page)?.[1]
}

function attribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1]
  return value === undefined ? undefined : decode(value)
}

function decode(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
