/**
 * English: every word of the pages, by page, in alphabetical order. The other languages have the same shape, which the
 * compiler holds them to. A message with something in it is a function; one that marks a part of itself returns markup.
 */
import type { ComponentChildren } from 'preact'
import { clientsEn } from './clients.tsx'
import { operationsEn } from './operations.tsx'
import { peopleEn } from './people.tsx'
import { enSecurity } from './security.tsx'
import { enSignInWith } from './sign-in-with.tsx'

/** "1 session", "2 sessions", "1,234 sessions". */
function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

export const en = {
  allowedApps: {
    title: 'Allowed apps',
    lead: 'What you allowed apps to do without asking you each time. Taking it back also signs the app out.',
    revoked: 'The app is allowed no more',
    revokedAdvice: 'It was signed out everywhere, and has to ask you again.',
    empty: 'No app is allowed',
    emptyAdvice: 'An app that signs you in asks here first. What you allow is then listed here.',
    app: 'App',
    idOf: (app: string) => `id of ${app}`,
    may: 'May',
    at: (place: ComponentChildren) => <>At {place}</>,
    allowed: 'Allowed',
    changed: 'Changed',
    revoke: 'Revoke',
  },

  authorization: {
    title: 'Back to the app',
    backTo: (app: ComponentChildren) => <>Back to {app}</>,
    formAdvice: 'You are being sent back. If nothing happens, press Continue.',
    continue: 'Continue',
    linkAdvice: 'The app opens by itself. If it does not, press the button. You may close this page.',
    open: 'Open the app',
    returnTo: (host: ComponentChildren) => <>Return to {host}</>,
    forDevelopersOf: (app: ComponentChildren) => <>For the people who make {app}:</>,
    forDevelopers: 'For the people who make the app:',
    problems: {
      redirect_uri_missing: {
        title: 'The redirect URI is missing',
        advice: 'The app did not say where to send you back to. Tell the people who make it.',
      },
      redirect_uri_unregistered: {
        title: 'The redirect URI is not registered',
        advice:
          'The app wants you sent to an address that was not registered for it, so you stay here. Tell the people who make it.',
      },
      unknown_client: {
        title: 'This app is not known here',
        advice:
          'The link is wrong, or the app was removed or switched off. Ask the people who run this server.',
      },
      client_expired: {
        title: 'This app has not been used for a long time',
        advice:
          'It signed itself up here, and what nobody uses for half a year is removed. Nothing of yours is lost: remove the connection in the app and add it again, or sign out of the app and in again, and it will sign itself up anew.',
      },
      client_pending: {
        title: 'This app waits for your administrator',
        advice:
          'The people who run this server look at every new app before it is used. They can see that this one waits; if you are in a hurry, tell them. Once they have allowed it, start again from the app.',
      },
      document_address: {
        title: 'The address of this app cannot be right',
        advice:
          'Apps are known here by an address where they describe themselves. Tell the people who make it.',
      },
      document_busy: {
        title: 'Too much is asked of the site of this app',
        advice: 'Nothing was changed. Wait a minute, then go back to the app and start again from there.',
      },
      document_policy: {
        title: 'Apps of this site are not accepted here',
        advice: 'The people who run this server have decided so. Ask them.',
      },
      document_unusable: {
        title: 'The app does not describe itself as it should',
        advice:
          'Its description could not be fetched or cannot be used. Try again later, or tell the people who make it.',
      },
      request_uri: {
        title: 'This request is too old or was answered before',
        advice: 'Nothing was changed. Go back to the app and start again from there.',
      },
      other: {
        title: 'The app asked for something it cannot have',
        advice: 'Nothing was changed. Tell the people who make it.',
      },
    },
  },

  clients: clientsEn,

  common: {
    actions: 'Actions',
    addressUnknown: 'Address not known',
    goToAccount: 'Go to your account',
    /** The title of a page whose form was refused. */
    errorTitle: (title: string) => `Error: ${title}`,
    older: 'Older',
    seeSessions: 'See your sessions and apps',
    signedInAs: 'Signed in as',
    staySignedIn: 'Stay signed in',
    youAre: (name: ComponentChildren) => <>You are signed in as {name}.</>,
    tooManyAttempts: 'Too many attempts',
    tryAgainAfter: (wait: string) => `Wait ${wait}, then try again.`,
  },

  confirm: {
    /** Leaves everything as it is. */
    cancel: 'Cancel',
  },

  consent: {
    title: 'Allow this app?',
    question: (app: ComponentChildren) => <>Allow {app} to sign you in?</>,
    questionOfHost: (host: ComponentChildren) => <>Allow an app of {host} to sign you in?</>,
    callsItself: (app: ComponentChildren, firstSeen: ComponentChildren) => (
      <>
        It calls itself “{app}”. First seen here {firstSeen}.
      </>
    ),
    goesToSite: (host: ComponentChildren) => (
      <>
        Your answer goes to the site <strong>{host}</strong>.
      </>
    ),
    goesToComputer: (
      <>
        Your answer goes to <strong>a program on this computer</strong>.
      </>
    ),
    goesToApp: (scheme: ComponentChildren) => <>Your answer goes to an app on this device ({scheme}).</>,
    onlyIfYou: 'Only continue if you started this yourself',
    onlyIfYouAdvice:
      'Any program on this device could use this name. If you did not just open it, choose Deny.',
    otherSite: 'Your answer goes to another site',
    otherSiteAdvice: (known: ComponentChildren, sentTo: ComponentChildren) => (
      <>
        The app is known by {known}, but you are sent to {sentTo}. Only continue if you know both.
      </>
    ),
    /** Follows the sentence before. */
    otherSiteUnchecked: ' Nobody here has checked this app.',
    trustedHost: (host: ComponentChildren) => <>{host} is trusted by your administrator.</>,
    unchecked: 'Nobody here has checked this app',
    uncheckedAdvice: 'It chose its name itself. Only continue if you know the site above.',
    decision: 'Your decision',
    abilities: 'It will be able to',
    allowedBefore: '(allowed before)',
    allow: 'Allow',
    deny: 'Deny',
  },

  copy: {
    copy: 'Copy',
    copied: 'Copied',
    /** Under a secret that is shown once. */
    once: 'Keep it somewhere safe now: it is not shown again.',
  },

  device: {
    title: 'Connect a device',
    lead: 'Enter the code that your device or terminal shows.',
    code: 'Code',
    codeHelp: 'Eight letters and digits. Small letters, spaces and dashes are fine.',
    goToCode: 'Go to the code',
    continue: 'Continue',
    /** What happened goes on top, what to do now beside the field. */
    problems: {
      empty: {
        happened: 'No code was entered',
        advice: 'Enter the code that your device shows.',
      },
      not_found: {
        happened: 'No device is waiting with this code',
        advice: 'Compare it with your device, letter by letter. Each code works only once.',
      },
      expired: {
        happened: 'This code is too old',
        advice: 'Ask your device for a new code and enter that one.',
      },
      already_used: {
        happened: 'This code was used before',
        advice: 'Ask your device for a new code and enter that one.',
      },
      client_inactive: {
        happened: 'The app behind this code is switched off',
        advice: 'Ask the people who run this server to switch it on.',
      },
    },
    confirmTitle: 'Allow this device?',
    question: (app: ComponentChildren) => <>Allow {app} to sign in as you?</>,
    mustShow: 'Your device must show this code',
    onlyIfYou: 'Only continue if you started this yourself',
    onlyIfYouAdvice: 'If someone sent you this code or a link to it, choose Deny.',
    device: 'Device',
    from: 'From',
    asked: 'Asked',
    approvedTitle: 'Device connected',
    approved: (app: ComponentChildren) => <>You allowed {app}</>,
    approvedAdvice:
      'Go back to your device: it signs in by itself within a few seconds. You may close this page.',
    deniedTitle: 'Device denied',
    denied: (app: ComponentChildren) => <>You denied {app}</>,
    deniedAdvice:
      'The device did not get into your account, and its code works no more. You may close this page.',
    another: 'Enter another code',
  },

  endSession: {
    title: 'Sign out',
    question: 'Sign out?',
    appAsks: (app: ComponentChildren, site: string) => (
      <>
        {app} asks to sign you out of {site}.
      </>
    ),
    someAppAsks: (site: string) => `An app asks to sign you out of ${site}.`,
    signOut: 'Sign out',
    signOutAndReturn: 'Sign out and go back',
    problems: {
      hint_missing: {
        title: 'Nobody can tell which app sent you here',
        advice: 'You can sign out, and will stay on this page.',
        detail: 'For its developers: post_logout_redirect_uri needs an id_token_hint.',
      },
      hint_invalid: {
        title: 'This request could not be verified',
        advice: 'Sign out only if you wanted to. You will stay on this page.',
        detail: 'For its developers: id_token_hint is not valid.',
      },
      redirect_not_registered: {
        title: 'The app wants to send you to an unknown address',
        advice: 'You can sign out, and will stay on this page.',
        detail: 'For its developers: post_logout_redirect_uri is not registered.',
      },
    },
    doneTitle: 'Signed out',
    done: 'You are signed out',
    doneAdvice: 'You may close this page.',
    stayHere: 'So you stay here.',
    again: 'Sign in again',
  },

  error: {
    kinds: {
      bad_request: {
        title: 'This request could not be understood',
        advice: 'The link or form may be incomplete. Go back and try again, or start over.',
      },
      page_expired: {
        title: 'This page was open too long',
        advice:
          'To keep you safe, nothing was changed. Go back, load the page again, and repeat what you did.',
      },
      page_expired_kept: {
        title: 'This page was open too long',
        advice:
          'To keep you safe, nothing was changed. What you typed is kept: go on, and send it once more.',
      },
      forbidden: {
        title: 'You may not open this page',
        advice:
          'Your account does not have the right to see it. If it should, ask the people who run this server.',
      },
      not_found: {
        title: 'There is no such page',
        advice: 'The address may be mistyped, or the thing it led to is gone.',
      },
      method_not_allowed: {
        title: 'This page cannot be used that way',
        advice: 'Open it from a link or button of this server instead.',
      },
      too_large: {
        title: 'That was too much at once',
        advice: 'The form you sent is larger than this server accepts. Shorten it and try again.',
      },
      too_many_requests: {
        title: 'Too many attempts',
        advice: 'This limit protects every account here.',
      },
      internal: {
        title: 'Something went wrong on our side',
        advice: 'It is not your fault, and it has been recorded. Try again in a minute.',
      },
      unavailable: {
        title: 'This server cannot answer right now',
        advice: 'It is starting, busy or being looked after. Try again in a minute.',
      },
    },
    goOn: 'Go on',
    requestId: 'request id',
    requestIdAdvice:
      'If you ask for help, give this request id. It lets the people who run this server find what happened.',
  },

  layout: {
    main: 'Main',
    menu: 'Menu',
    skip: 'Skip to content',
    help: 'Help',
    /** Where the operator names no place to ask. */
    questions: 'Questions? Ask the people who run this server.',
    privacy: 'Privacy',
    terms: 'Terms',
    language: 'Language',
    theme: 'Appearance',
    themes: { system: 'Automatic', light: 'Light', dark: 'Dark' },
    signOut: 'Sign out',
  },

  guides: {
    /** Names the list of them. */
    guides: 'Guides for developers',
    titles: {
      'getting-started': 'Getting started',
      'auth-code-flow': 'Sign in from an app',
      'device-flow': 'Sign in on a device or in a terminal',
      'client-credentials': 'Services without a person',
      oidc: 'Who signed in: OpenID Connect',
      'jwt-verification': 'Check access tokens in your API',
      tokens: 'Live with tokens',
      errors: 'Errors',
      mcp: 'MCP servers and clients',
      security: 'What a careful client does',
    },
    /** The reference of the Admin API: the words around what its document says. */
    api: {
      title: 'Admin API',
      lead: 'Everything administrators do here, for programs: clients, users, tokens, keys, resources and the audit log.',
      document: 'The OpenAPI 3.1 document',
      address: 'Address:',
      scopes: 'Scopes',
      refusals: 'What a refusal means',
      scope: 'Scope:',
      parameters: 'Parameters',
      body: 'Body',
      answers: 'Answers',
      answer: 'Answer',
      mayRefuse: 'May be refused with',
      required: 'required',
      groups: {
        overview: 'Overview',
        clients: 'Clients',
        users: 'Users',
        tokens: 'Tokens',
        audit: 'Audit log',
        keys: 'Signing keys',
        resources: 'Resources',
      } as Readonly<Record<string, string>>,
    },
    neighbors: 'Previous and next guide',
    previous: 'Before this',
    next: 'Next',
    signInForValues: (href: string) => (
      <>
        <a href={href}>Sign in</a> to see the examples with the values of one of your own apps.
      </>
    ),
    noOwnApps:
      'The examples have made-up values. When you have an app of your own here, you can choose it to see its values.',
    choose: 'Show the values of',
    madeUp: 'a made-up app',
    useValues: 'Show',
    causes: 'Usual causes:',
    remedy: 'What to do:',
    noGuide: 'There is no such guide',
    noGuideAdvice: 'The address may be old or mistyped. These are the guides there are:',
    /** What the members of the metadata are for. */
    endpoints: {
      issuer: 'Who this server is: the iss of every token and answer',
      authorization_endpoint: 'Where you send the browser to sign somebody in',
      token_endpoint: 'Where codes, refresh tokens and credentials become tokens',
      device_authorization_endpoint: 'Where a device gets its two codes',
      pushed_authorization_request_endpoint: 'Where you leave a request before you send the browser',
      userinfo_endpoint: 'What this server knows of the person',
      introspection_endpoint: 'Whether a token is good, for services with a secret',
      revocation_endpoint: 'Where you end a token',
      end_session_endpoint: 'Where you send the browser to sign somebody out',
      registration_endpoint: 'Where clients register themselves',
      jwks_uri: 'The keys that check signatures',
    },
  },

  list: {
    moreFilters: 'More filters',
    previous: 'Previous',
    next: 'Next',
    /** Names the links to the neighboring pages for screen readers. */
    pagesOf: (what: string) => `Pages of ${what}`,
    total: (count: number) => `${counted(count, 'entry', 'entries')} in all`,
    /** Counting stopped there. */
    totalAtLeast: (count: number) => `${count.toLocaleString('en')}+ entries`,
    noneFound: 'Nothing matches',
    noneFoundAdvice: 'Try fewer words or another filter.',
    search: 'Search',
    apply: 'Apply',
    reset: 'Clear',
    any: 'Any',
  },

  login: {
    title: 'Sign in',
    username: 'Username',
    password: 'Password',
    show: 'Show',
    showPassword: 'Show password',
    hide: 'Hide',
    hidePassword: 'Hide password',
    rememberMe: (days: number) => `Stay signed in for ${counted(days, 'day', 'days')}`,
    signIn: 'Sign in',
    toDevice: 'to connect a device',
    toApp: (app: ComponentChildren) => <>to continue to {app}</>,
    continueWith: (provider: string) => `Continue with ${provider}`,
    or: 'or',
    privacyPolicy: 'Privacy policy',
    terms: 'Terms of service',
    missing: 'Something is missing',
    missingFields: { username: 'Enter your username', password: 'Enter your password' },
    mismatch: 'That username and password do not match',
    mismatchAdvice: (username: ComponentChildren, password: ComponentChildren) => (
      <>
        Check your {username} and {password}, then try again.
      </>
    ),
    usernameLink: 'username',
    passwordLink: 'password',
    timeout: 'You were away for a while',
    timeoutAdvice: 'We signed you out to keep your account safe. Sign in again to go on.',
    untrusted: 'Your session could not be trusted any more',
    untrustedAdvice: 'It looked different from the one you started, so we ended it. Sign in again to go on.',
    ended: 'You were signed out',
    endedAdvice:
      'Your session was ended from another browser, or by the people who run this server. Sign in again to go on.',
    disabled: 'This account is switched off',
    disabledAdvice: 'Ask the people who run this server to switch it on again.',
    notSetUp: 'There is no account for you here yet',
    notSetUpAdvice:
      'Your password is right, but your account could not be set up: its email address is missing, or the name or address belongs to somebody else here. Ask the people who run this server.',
    unavailable: 'Signing in does not work right now',
    unavailableAdvice: 'Nothing is wrong with what you typed. Try again in a minute.',
    signedOut: 'You are signed out',
    signedOutAdvice: 'You may close this page.',
    again: 'Sign in once more',
    againAdvice: 'You are signed in already. The app asks you to show that it is still you.',
  },

  logout: {
    title: 'Sign out',
    question: 'Sign out?',
    lead: (name: ComponentChildren) => (
      <>You are signed in as {name}. Apps and devices you connected stay connected.</>
    ),
    signOut: 'Sign out',
  },

  navigation: {
    account: 'Account',
    admin: 'Admin',
    apps: 'Apps',
    places: {
      sessions: 'Sessions and apps',
      authorizations: 'Allowed apps',
      connections: 'Connected accounts',
      security: 'Security',
      profile: 'Profile',
      myApps: 'My apps',
      device: 'Connect a device',
      docs: 'Developer docs',
      dashboard: 'Dashboard',
      clients: 'Clients',
      users: 'Users',
      tokens: 'Tokens',
      audit: 'Audit log',
      keys: 'Signing keys',
      settings: 'Settings',
    },
    /** Of clients that wait for approval; beside their number. */
    waiting: (count: number) => `${counted(count, 'waits', 'wait')} for approval`,
  },

  operations: operationsEn,
  people: peopleEn,

  resources: {
    title: 'Only at these services',
  },

  resume: {
    title: 'Go on where you were',
    lead: 'You had to sign in before this could be done. Nothing was changed yet, and nothing is lost.',
    entered: 'What you entered',
    withoutSecrets: 'Passwords are not kept: you will be asked for them again.',
    send: 'Go on',
    leave: 'Go back without sending it',
  },

  scopes: {
    known: {
      openid: 'Confirm who you are',
      profile: 'See your name and picture',
      email: 'See your email address',
      offline_access: 'Stay signed in while you are away',
      read: 'Read data in your name',
      write: 'Change data in your name',
      'authgate:read':
        'See everything on this server that administrators see: users, apps, tokens and the audit log',
      'authgate:admin':
        'Administer this server in your name: create, change and delete users, apps, tokens and keys',
    },
    unknown: (scope: string, app: string) => `"${scope}" (defined by ${app})`,
  },

  security: enSecurity,

  sessions: {
    title: 'Sessions and apps',
    notices: {
      session_ended: 'The session was ended',
      sessions_ended: 'All other sessions were ended',
      grant_revoked: 'The app was disconnected',
      grants_revoked: 'All apps and devices were disconnected',
    },
    browsers: 'Browser sessions',
    browsersLead: 'Where you are signed in. End any that you do not recognize.',
    browser: 'Browser',
    thisOne: 'This one',
    signedIn: 'Signed in',
    withPassword: 'with password',
    withProvider: (provider: string) => `with ${provider}`,
    lastSeen: 'Last seen',
    end: 'End session',
    endOthers: 'End all others…',
    endOthersConsequence: (count: number, atLeast: boolean, name: string) =>
      `This ends ${atLeast ? 'more than ' : ''}${counted(count, 'other session', 'other sessions')} of ${name}. You stay signed in here.`,
    endOthersConfirm: 'End all other sessions',
    apps: 'Apps and devices',
    appsLead: 'What you allowed to act for you.',
    app: 'App',
    abilities: 'What it may do',
    appId: (id: ComponentChildren) => <>App id {id}</>,
    idOf: (app: string) => `id of ${app}`,
    lastUsed: 'Last used',
    notYet: 'Not yet',
    ends: 'Ends',
    tokens: 'Tokens',
    revoke: 'Revoke',
    revokeAll: 'Revoke all…',
    revokeAllConsequence: (tokens: number, apps: number, atLeast: boolean) =>
      `This ends ${atLeast ? 'more than ' : ''}${counted(tokens, 'token', 'tokens')} of ${counted(apps, 'app', 'apps')}. Each has to ask you again.`,
    revokeAllConfirm: 'Revoke all',
    empty: 'No app or device is connected',
    emptyAdvice: 'Start signing in on a device or in a terminal, then enter the code it shows.',
    enterCode: 'Enter a code',
  },

  signInWith: enSignInWith,

  switchAccount: {
    label: 'Signed-in account',
    switch: 'Switch account',
  },

  time: {
    justNow: 'just now',
    inAMoment: 'in a moment',
    seconds: (count: number) => counted(count, 'second', 'seconds'),
    minutes: (count: number) => counted(count, 'minute', 'minutes'),
  },

  /** What kind of program sent a request. */
  userAgent: {
    unknown: 'Unknown device',
    unknownProgram: 'Unknown program',
    /** Known only by what it is written in. */
    writtenIn: (language: string) => `A ${language} program`,
    on: (program: string, system: string) => `${program} on ${system}`,
  },
} as const
