/**
 * Everything that can end a sign-in without a token, each in three lines: what happened, why, and what to try.
 */
import { printable } from './words.ts'

/** Exit codes of `authgate login`; also printed by its `--help`. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  denied: 3,
  expired: 4,
  interrupted: 130,
} as const

export interface Problem {
  /** The server's OAuth error code where it sent one (RFC 6749 §5.2, RFC 8628 §3.5), else one of our own. */
  code: string
  exitCode: number
  what: string
  why: string
  remedy: string
}

/** A problem on its way to the person. Thrown by the steps of a sign-in, shown once at its end. */
export class LoginFailure extends Error {
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.what, options)
    this.name = 'LoginFailure'
    this.problem = problem
  }
}

function usage(code: string, what: string, why: string, remedy: string): Problem {
  return { code, exitCode: exitCodes.usage, what, why, remedy }
}

function failure(code: string, what: string, why: string, remedy: string): Problem {
  return { code, exitCode: exitCodes.failure, what, why, remedy }
}

export const problems = {
  badServer: (text: string) =>
    usage(
      'invalid_server',
      `"${printable(text)}" is not a server address.`,
      'An address starts with https:// (or http:// on this machine) and has no query, fragment or password.',
      'Pass one such as --server https://auth.example.com.',
    ),

  missingClientId: (server: string) =>
    usage(
      'missing_client_id',
      `No client id is known for ${server}.`,
      'Neither --client-id nor AUTHGATE_CLIENT_ID is set, and no authgate-credentials.txt for it is here.',
      'Pass --client-id with the id the server gave this tool.',
    ),

  noHome: () =>
    usage(
      'no_home',
      'There is no folder to keep the token in.',
      'This user has no home, and XDG_CONFIG_HOME is not set.',
      'Set XDG_CONFIG_HOME to a folder that only you can read.',
    ),

  insecure: (url: string) =>
    usage(
      'insecure_server',
      `${printable(url)} is not encrypted.`,
      'Over plain http anyone on the way can read the token. It is allowed on this machine only.',
      'Use an https:// address, or pass --insecure if the network is yours alone.',
    ),

  unreachable: (url: string, detail: string) =>
    failure(
      'server_unreachable',
      `No answer from ${origin(url)}.`,
      printable(detail),
      'Check that the server runs and that the address is right (--server).',
    ),

  tooLarge: (url: string) =>
    failure(
      'invalid_response',
      `The answer of ${origin(url)} was refused.`,
      'It is larger than any honest answer of this kind.',
      'Check that --server names an authorization server.',
    ),

  notUnderstood: (url: string, detail: string) =>
    failure(
      'invalid_response',
      `The answer of ${printable(url)} could not be understood.`,
      printable(detail),
      'Check that --server names an authorization server that offers device sign-in (RFC 8628).',
    ),

  noDeviceFlow: (url: string) =>
    failure(
      'device_sign_in_not_offered',
      `${origin(url)} does not offer device sign-in.`,
      `There is nothing at ${printable(url)}.`,
      'Check the address (--server), with its path if it has one.',
    ),

  redirected: (url: string, target: string | null) =>
    failure(
      'server_moved',
      `${origin(url)} sends the request elsewhere.`,
      target === null ? 'It redirects without saying where.' : `It redirects to ${printable(target)}.`,
      'Pass the address of the server itself with --server.',
    ),

  issuerMismatch: (server: string, issuer: string) =>
    failure(
      'issuer_mismatch',
      `${server} calls itself by another name.`,
      `Its description says issuer ${printable(issuer)}; trusting it could hand your sign-in to someone else.`,
      'Pass exactly the issuer with --server if you trust it.',
    ),

  denied: () => ({
    code: 'access_denied',
    exitCode: exitCodes.denied,
    what: 'Sign-in was denied.',
    why: 'Someone chose Deny on the page, or the server does not let this account use this client.',
    remedy: 'Run the command again to ask once more.',
  }),

  expired: () => ({
    code: 'expired_token',
    exitCode: exitCodes.expired,
    what: 'The code expired.',
    why: 'Nobody allowed it in time.',
    remedy: 'Run the command again for a new code.',
  }),

  interrupted: () => ({
    code: 'interrupted',
    exitCode: exitCodes.interrupted,
    what: 'Stopped.',
    why: 'The sign-in was interrupted before it finished.',
    remedy: 'Run the command again when you are ready.',
  }),

  refused: (error: string, description: string | undefined) =>
    failure(
      printable(error),
      refusals[error]?.what ?? 'The server refused the sign-in.',
      description ? `${printable(description)} (${printable(error)})` : printable(error),
      refusals[error]?.remedy ?? 'Run the command again; if it keeps failing, ask whoever runs the server.',
    ),

  busy: (retryAfterSeconds: number | undefined) =>
    failure(
      'too_many_requests',
      'The server asks to slow down.',
      'Too many codes were requested from this address.',
      retryAfterSeconds === undefined
        ? 'Run the command again in a minute.'
        : `Run the command again in ${Math.ceil(retryAfterSeconds)} seconds.`,
    ),

  cannotRenew: (url: string, retryAfterSeconds: number | undefined) =>
    failure(
      'server_busy',
      `${origin(url)} renews no sign-in now.`,
      'It is busy, or out of order.',
      retryAfterSeconds === undefined
        ? 'Run the command again in a minute.'
        : `Run the command again in ${Math.ceil(retryAfterSeconds)} seconds.`,
    ),

  cannotKeepRenewed: (path: string, detail: string) =>
    failure(
      'token_not_stored',
      'The sign-in was to be renewed, and cannot be kept.',
      `${path}: ${printable(detail)}`,
      'Make the folder writable and sign in again with authgate login.',
    ),

  cannotKeepToken: (path: string, detail: string) =>
    failure(
      'token_not_stored',
      'You signed in, but the token could not be kept.',
      `${path}: ${printable(detail)}`,
      'Make the folder writable, or set XDG_CONFIG_HOME to one that is, and run the command again.',
    ),

  unexpected: (detail: string) =>
    failure(
      'unexpected',
      'Something went wrong that should not.',
      printable(detail),
      'Run the command again with --verbose and report what it prints.',
    ),
}

/** How an error is told: one that nobody foresaw as such. */
export function problemOf(error: unknown): Problem {
  if (error instanceof LoginFailure) return error.problem
  return problems.unexpected(error instanceof Error ? error.message : String(error))
}

/** What the error codes of RFC 6749 §5.2 mean to someone at a terminal. */
const refusals: Readonly<Record<string, { what: string; remedy: string }>> = {
  invalid_client: {
    what: 'The server does not know this client.',
    remedy: 'Check --client-id; this command signs in public clients, which have no secret.',
  },
  unauthorized_client: {
    what: 'This client may not use device sign-in.',
    remedy: 'Pass another --client-id, or have the grant device_code allowed for this one.',
  },
  invalid_scope: {
    what: 'The server does not grant what was asked.',
    remedy: 'Pass a --scope the client may have.',
  },
  invalid_grant: {
    what: 'The server no longer knows this code.',
    remedy: 'Run the command again for a new code.',
  },
}

function origin(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : printable(url)
}
