/**
 * The passwords that everybody tries first: some fifty thousand from leaked collections, in lower case, out of
 * `@zxcvbn-ts/language-common`. No service is asked, so that no password and no part of one leaves this server.
 */

let loading: Promise<ReadonlySet<string>> | undefined

/** Loaded when the first new password is judged: signing in has no use for it. */
export function commonPasswords(): Promise<ReadonlySet<string>> {
  loading ??= load()
  return loading
}

async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'] as readonly string[])
}
