/** English words of the pages around sign-in through an identity provider. */
import type { ComponentChildren } from 'preact'
import type { ProviderFailure } from '../../pages/provider-failure.tsx'

/** What can go wrong on the way back from a provider: what happened, and what to do now. */
const failures: Readonly<Record<ProviderFailure, Record<'title' | 'advice', (provider: string) => string>>> =
  {
    state_missing: {
      title: () => 'This sign-in was not started here',
      advice: () =>
        'It was begun in another browser, or too long ago, or this browser keeps no cookies. Nothing was changed. Start again from this server.',
    },
    state_mismatch: {
      title: () => 'This sign-in was not started here',
      advice: () =>
        'You may have begun twice, for example in two tabs. Nothing was changed. Start again, and finish in the same tab.',
    },
    state_expired: {
      title: () => 'That took too long',
      advice: () =>
        'A sign-in is good for ten minutes and can be finished once. Nothing was changed. Start again.',
    },
    cancelled: {
      title: (provider) => `You canceled at ${provider}`,
      advice: () => 'Nothing was changed, and nobody was signed in.',
    },
    provider_error: {
      title: (provider) => `${provider} could not sign you in`,
      advice: () =>
        'It reported a problem with the request. Try again; if it stays, ask the people who run this server.',
    },
    exchange_failed: {
      title: (provider) => `The answer of ${provider} could not be trusted`,
      advice: () =>
        'It did not fit what was asked, so nobody was signed in. Try again; if it stays, ask the people who run this server.',
    },
    unavailable: {
      title: (provider) => `${provider} does not answer right now`,
      advice: () => 'Nothing is wrong with your account. Try again in a minute, or sign in another way.',
    },
    no_email: {
      title: (provider) => `${provider} did not tell your email address`,
      advice: (provider) =>
        `An account here needs one. Add an address to your account at ${provider}, confirm it there, allow this server to see it, and try again.`,
    },
    email_taken: {
      title: () => 'Your email address has an account here already',
      advice: (provider) =>
        `To keep that account safe, ${provider} alone does not open it. Sign in the way you usually do first, then connect ${provider} under Connected accounts. From then on both work.`,
    },
    registration_off: {
      title: () => 'There is no account for you here',
      advice: (provider) =>
        `New accounts are not made by signing in on this server. If you have one, sign in the way you usually do and connect ${provider} there; else ask the people who run this server for one.`,
    },
    account_disabled: {
      title: () => 'This account is switched off',
      advice: () => 'Ask the people who run this server to switch it on again.',
    },
    session_changed: {
      title: () => 'You are no longer signed in as you were',
      advice: () => 'The account was not connected. Sign in again, and connect it once more.',
    },
    identity_taken: {
      title: (provider) => `That ${provider} account is connected to somebody else here`,
      advice: (provider) =>
        `It can lead to one account only. Sign in with it to see which, and disconnect it there, or use another account at ${provider}.`,
    },
    already_connected: {
      title: (provider) => `Another ${provider} account is connected to yours`,
      advice: () => 'There can be one of each provider. Disconnect that one first.',
    },
  }

export const enSignInWith = {
  failures,
  startAgain: 'Start again',
  backToSignIn: 'Back to sign-in',
  signInFirst: 'Sign in the usual way',
  toConnections: 'Connected accounts',

  title: 'Connected accounts',
  lead: 'Accounts elsewhere that you can sign in here with.',
  caption: 'Connected accounts',
  provider: 'Provider',
  account: 'Account there',
  linkedAt: 'Connected',
  lastUsedAt: 'Last used',
  actions: 'Actions',
  notConnected: 'Not connected',
  notYet: 'Not yet',
  notOffered: 'No longer offered by this server',
  connect: 'Connect',
  disconnect: 'Disconnect',
  disconnectAsk: 'Disconnect…',
  disconnectConsequence: (provider: ComponentChildren, account: ComponentChildren) => (
    <>
      You can no longer sign in with {provider} as {account}. Your account here stays as it is.
    </>
  ),
  yourAccount: 'your account there',
  onlyWayIn: 'Your only way to sign in',
  notices: {
    connected: 'The account was connected',
    disconnected: 'The account was disconnected',
    only_way_in: 'It is your only way to sign in, so it stays connected',
  },
} as const
