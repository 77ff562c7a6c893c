/** English for the pages of people and tokens: those of administrators, and a person's own tokens. */
import type { ComponentChildren } from 'preact'
import type { ListTotal } from '../../../shared/listing.ts'

function counted({ count, atLeast }: ListTotal, one: string, many: string): string {
  const number = `${count.toLocaleString('en')}${atLeast ? '+' : ''}`
  return `${number} ${count === 1 && !atLeast ? one : many}`
}

const sessions = (total: ListTotal): string => counted(total, 'session', 'sessions')
const tokens = (total: ListTotal): string => counted(total, 'token', 'tokens')

type Factors = { totp: boolean; passkeys: number }

/** "an authenticator app and 2 passkeys"; empty when there is none. */
function factorWords({ totp, passkeys }: Factors): string {
  const words = [
    totp ? 'an authenticator app' : '',
    passkeys > 0 ? `${passkeys} ${passkeys === 1 ? 'passkey' : 'passkeys'}` : '',
  ]
  return words.filter((word) => word !== '').join(' and ')
}

export const peopleEn = {
  users: {
    title: 'Users',
    lead: 'Everybody who can sign in here.',
    create: 'New user',
    filters: {
      search: 'Username, email or name',
      searchHelp: 'How it begins, or a whole id',
      role: 'Role',
      status: 'Status',
      source: 'Signs in with',
    },
    empty: 'There are no users yet',
    emptyAdvice: 'Make one, and give them their password.',
    username: 'Username',
    email: 'Email',
    fullName: 'Full name',
    role: 'Role',
    roles: { admin: 'Administrator', user: 'User' },
    status: 'Status',
    statuses: { active: 'Active', disabled: 'Switched off' },
    source: 'Signs in with',
    sources: {
      local: 'Password kept here',
      http_api: 'Company sign-in',
      microsoft: 'Microsoft',
      github: 'GitHub',
      gitea: 'Gitea',
      gitlab: 'GitLab',
      oidc: 'OpenID Connect',
    },
    created: 'Created',
    changed: 'Changed',
    lastSeen: 'Last seen',
    notSignedIn: 'Not signed in now',
    id: 'Id',
    idOf: (username: string) => `id of ${username}`,
    verified: 'Verified',
    unverified: 'Not verified',
    you: 'You',
    notices: {
      updated: 'The user was changed',
      unchanged: 'Nothing was different',
      disabled: 'The user was switched off, and their sessions and tokens were ended',
      enabled: 'The user was switched on again',
      deleted: 'The user was deleted, with their sessions, tokens and consents',
      sessions_ended: 'Their sessions were ended',
      tokens_ended: 'Their tokens were revoked',
      email_verified: 'The email address is marked as verified',
      consent_withdrawn: 'The app is allowed no more',
      factors_removed: 'Their second factors were removed',
      disconnected: 'The account was disconnected',
    },
    refusals: {
      last_admin: 'This is the last active administrator',
      own_account: 'This is your own account',
      not_local: 'Their password is not kept here',
      gone: 'This user is no longer there',
    },
    refusalAdvice: {
      last_admin: 'Make somebody else an administrator first; nobody could look after this server otherwise.',
      own_account: 'Ask another administrator, who can also undo it.',
      not_local: 'It has to be changed where they sign in.',
      gone: 'Somebody deleted it meanwhile.',
    },
    has: 'What they have',
    browserSessions: 'Browser sessions',
    liveTokens: 'Tokens that work',
    accessAndRefresh: (access: string, refresh: string) => `${access} access, ${refresh} refresh`,
    allowedApps: 'Allowed apps',
    ownedClients: 'Clients they own',
    audit: 'What they did',
    auditLink: 'Audit log of this user',
    show: 'Show',
    noSessions: 'Not signed in anywhere',
    edit: 'Edit',
    verifyEmail: 'Mark email as verified',
    acts: 'Take away',
    resetPassword: 'Reset password…',
    resetPasswordConsequence: (name: ComponentChildren, session: ListTotal, token: ListTotal) => (
      <>
        {name} gets a new password, which is shown to you once. This ends {sessions(session)} and{' '}
        {tokens(token)}.
      </>
    ),
    resetPasswordConfirm: 'Reset the password',
    endSessions: 'End sessions…',
    endSessionsConsequence: (name: ComponentChildren, session: ListTotal) => (
      <>
        This ends {sessions(session)} of {name}. Apps and devices stay connected.
      </>
    ),
    endSessionsOwn: 'You are signed out here as well.',
    endSessionsConfirm: 'End the sessions',
    endTokens: 'Revoke tokens…',
    endTokensConsequence: (name: ComponentChildren, token: ListTotal) => (
      <>
        This revokes {tokens(token)} of {name}. Every app and device has to ask again.
      </>
    ),
    endTokensConfirm: 'Revoke the tokens',
    disable: 'Switch off…',
    disableConsequence: (name: ComponentChildren, session: ListTotal, token: ListTotal) => (
      <>
        {name} cannot sign in any more. This ends {sessions(session)} and {tokens(token)}.
      </>
    ),
    disableConfirm: 'Switch off the user',
    enable: 'Switch on',
    delete: 'Delete…',
    deleteConsequence: (
      name: ComponentChildren,
      session: ListTotal,
      token: ListTotal,
      consent: ListTotal,
    ) => (
      <>
        This deletes {name} for good, ends {sessions(session)} and {tokens(token)}, and forgets{' '}
        {counted(consent, 'allowed app', 'allowed apps')}.
      </>
    ),
    deleteClients: (count: number) =>
      `Their ${count === 1 ? 'client stays' : `${count.toLocaleString('en')} clients stay`}, without an owner.`,
    deleteConfirm: 'Delete the user',
    form: {
      createTitle: 'New user',
      editTitle: 'Edit user',
      usernameHelp: 'Small letters a–z, digits, “_” and “-”. It cannot be changed later.',
      emailHelp: 'Another address is no longer verified.',
      password: 'Password',
      passwordHelp: 'Leave it empty for one that is made up and shown to you once.',
      emailVerified: 'The address is known to be theirs',
      ownRole: 'You cannot change your own role.',
      problem: 'The user was not saved',
      problems: {
        username: 'Use 1 to 64 of a–z, 0–9, “_” and “-”',
        email: 'Enter an email address',
        password: 'This password cannot be used: it is too short, too long or too easy to guess',
      },
      taken: { username: 'This username is taken', email: 'This address belongs to somebody else' },
      save: 'Save',
      create: 'Create the user',
    },
    password: {
      title: 'New password',
      created: (name: ComponentChildren) => <>Password of {name}</>,
      label: 'Password',
      handOver: 'Hand it over in a way that only they can read.',
      gone: 'The password was shown before',
      goneAdvice: 'Nobody can show it again. If it is lost, reset it once more.',
      back: 'Go to the user',
    },
    factors: 'Second factors',
    factorsOf: (factors: Factors) => factorWords(factors) || 'None',
    removeFactors: 'Remove second factors…',
    removeFactorsConsequence: (name: ComponentChildren, factors: Factors) => (
      <>
        This removes {factorWords(factors)} of {name}, and their recovery codes. They sign in with the
        password alone, and can set up new ones. Only do it once you are sure who asks.
      </>
    ),
    removeFactorsConfirm: 'Remove the second factors',
    connections: {
      title: 'Connected accounts',
      lead: (name: ComponentChildren) => <>Accounts elsewhere that {name} can sign in with.</>,
      empty: 'No account is connected',
      emptyAdvice: 'People connect theirs under “Connected accounts”, or by signing in with them.',
      disconnect: 'Disconnect…',
      consequence: (provider: ComponentChildren, name: ComponentChildren) => (
        <>
          {name} cannot sign in with {provider} any more. If there is no other way in, nobody gets in until
          they have one.
        </>
      ),
      confirm: 'Disconnect',
    },
    authorizations: {
      title: 'Allowed apps',
      lead: (name: ComponentChildren) => <>What {name} allowed apps, remembered.</>,
      empty: 'They have allowed no app',
      emptyAdvice: 'Apps that sign people in ask them first; what they allow is listed here.',
      app: 'App',
      may: 'May',
      allowed: 'Allowed',
      revoke: 'Revoke…',
      consequence: (app: ComponentChildren) => (
        <>{app} is signed out everywhere, and has to ask this person again.</>
      ),
      confirm: 'Revoke',
    },
  },

  tokens: {
    title: 'Tokens',
    lead: 'Everything that apps, devices and services hold.',
    filters: {
      status: 'Status',
      client: 'Client',
      clientHelp: 'How its name begins, or its id',
      user: 'User',
      userHelp: 'Username, email address or id',
      id: 'Token id',
    },
    kinds: { access: 'Access tokens', refresh: 'Refresh tokens' },
    kind: { access: 'Access token', refresh: 'Refresh token' },
    statuses: {
      active: 'Active',
      disabled: 'Disabled',
      revoked: 'Revoked',
      superseded: 'Replaced',
      expired: 'Expired',
    },
    empty: 'There are no tokens yet',
    emptyAdvice: 'They come when an app, a device or a service signs in.',
    select: 'Select',
    selectToken: (id: string) => `Select token ${id}`,
    token: 'Token',
    client: 'Client',
    user: 'User',
    itself: 'Itself',
    status: 'Status',
    scopes: 'Scopes',
    noScopes: 'None',
    issued: 'Issued',
    expires: 'Expires',
    kindTerm: 'Kind',
    grant: 'Grant',
    idOf: 'token id',
    details: 'Details',
    moreClients: (count: number) => `More than ${count} clients match; these are the tokens of the newest.`,
    revokeSelected: 'Revoke selected…',
    notices: {
      revoked: 'The token was revoked',
      many_revoked: 'The tokens were revoked',
      disabled: 'The token was disabled',
      enabled: 'The token works again',
      unchanged: 'Nothing was changed: the token is in another state by now',
      none_selected: 'No token was selected',
    },
    disable: 'Disable',
    enable: 'Enable',
    revoke: 'Revoke…',
    revokeConfirm: 'Revoke',
    revokeAccess: (client: ComponentChildren, user: ComponentChildren | undefined) => (
      <>
        This ends one access token of {client}
        {user !== undefined && <> for {user}</>}. The app may get another one with its refresh token.
      </>
    ),
    revokeRefresh: (client: ComponentChildren, user: ComponentChildren | undefined) => (
      <>
        This ends everything {client} got with this sign-in{user !== undefined && <> of {user}</>}: the
        refresh token and its access tokens. The app has to ask again.
      </>
    ),
    confirmTitle: 'Revoke tokens?',
    confirmLead: (total: ListTotal) =>
      `This ends ${tokens(total)}. A refresh token takes the access tokens of its sign-in along.`,
    confirmButton: 'Revoke them',
    back: 'Back to the tokens',
    enableAdvice: 'A token whose app was disconnected meanwhile cannot be enabled again.',
  },

  grant: {
    title: 'Tokens of an app',
    heading: (app: ComponentChildren) => <>Tokens of {app}</>,
    lead: 'What this app or device holds to act for you.',
    connected: 'Connected',
    from: 'From',
    lastUsed: 'Last used',
    notYet: 'Not yet',
    kind: 'Kind',
    may: 'May',
    created: 'Created',
    expires: 'Expires',
    remaining: (percent: number) => `${percent}% left`,
    state: 'State',
    off: 'Paused',
    works: 'Works',
    pause: 'Pause',
    resume: 'Resume',
    end: 'End…',
    endAccess: 'The app may get another one by itself. To stop it, disconnect the app.',
    endRefresh: 'The app is signed out, and has to ask you again.',
    endConfirm: 'End the token',
    disconnect: 'Disconnect…',
    disconnectConsequence: (app: ComponentChildren, total: ListTotal) => (
      <>
        This ends {tokens(total)} of {app}. It has to ask you again.
      </>
    ),
    disconnectConfirm: 'Disconnect the app',
    empty: 'This app holds no token any more',
    emptyAdvice: 'It has to ask you again before it can act for you.',
    notices: {
      token_ended: 'The token was ended',
      token_paused: 'The token is paused',
      token_resumed: 'The token works again',
      token_unchanged: 'Nothing was changed: the token is in another state by now',
    },
    kinds: { access: 'Short-lived token', refresh: 'Long-lived token' },
    show: 'Show tokens',
  },
} as const
