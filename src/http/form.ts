/** What a page's form sends, read strictly: a browser never makes the mistakes refused here. */
import { OAuthError } from '../oauth/errors.ts'
import { type Parameters, parseForm, parseUrlEncoded } from '../oauth/parameters.ts'
import { type HttpRequest, PageError } from './endpoint.ts'

/** No form here comes near it. */
const maxBodyLength = 64 * 1024

/**
 * A field may appear once, an empty one counts as left out, and there are at most 100.
 * @param lines names of fields that may hold several lines, as a `TextArea` sends them; they come divided by `\n`.
 * @throws {PageError} 413 when the body is too large, 400 when it is not a well-formed form.
 */
export function readForm(request: HttpRequest, lines: readonly string[] = []): Parameters {
  if (request.body.length > maxBodyLength) throw new PageError(413)
  return readStrictly(() => parseForm(request.body, request.headers['content-type'], lines))
}

/**
 * The query of a page's address, by the same rules.
 * @throws {PageError} 400 when it is not well-formed.
 */
export function readQuery(request: HttpRequest): Parameters {
  return readStrictly(() => parseUrlEncoded(request.query))
}

function readStrictly(parse: () => Parameters): Parameters {
  try {
    return parse()
  } catch (error) {
    // The parser speaks the protocol's language; a person gets a page.
    if (error instanceof OAuthError) throw new PageError(400, { cause: error })
    throw error
  }
}
