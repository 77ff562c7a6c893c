/**
 * Every setting, once: name, kind, default, and one sentence. `docs/configuration.md` and `.env.example` are
 * generated from this list, and the loader reads nothing that is not on it.
 */
import { languageTags } from '../shared/language-tags.ts'
import { choice, duration, flag, integer, list, type Setting, secret, text } from './setting.ts'

/** What every identity provider has. */
function providerSettings(prefix: string, name: string, scopes: string) {
  return {
    enabled: flag({
      name: `${prefix}_OAUTH_ENABLED`,
      default: false,
      description: `Lets people sign in with ${name}; needs \`${prefix}_CLIENT_ID\` and \`${prefix}_CLIENT_SECRET\`.`,
      example: 'true',
    }),
    clientId: text({
      name: `${prefix}_CLIENT_ID`,
      description: `Id of the application registered at ${name}.`,
      example: 'the id shown there',
    }),
    clientSecret: secret({
      name: `${prefix}_CLIENT_SECRET`,
      description: 'Secret of that application.',
      example: 'the secret shown there',
    }),
    redirectUrl: text({
      name: `${prefix}_REDIRECT_URL`,
      description: `The callback address registered at ${name}. Need not be set, and if it is must be the default.`,
      defaultNote: `\`<BASE_URL>/auth/callback/${prefix.toLowerCase()}\``,
      example: `https://auth.example.com/auth/callback/${prefix.toLowerCase()}`,
    }),
    scopes: list({
      name: `${prefix}_SCOPES`,
      default: scopes,
      description: `Scopes that are asked for at ${name}.`,
    }),
  }
}

export const settings = {
  server: {
    address: text({
      name: 'SERVER_ADDR',
      default: ':8080',
      description: 'Address to listen on, `host:port`; an empty host means every interface.',
      example: '127.0.0.1:8080',
    }),
    baseUrl: text({
      name: 'BASE_URL',
      description:
        'Public address of this server and its issuer identifier. Routes are mounted under its path; an `https` address turns on HSTS and `__Host-` cookies.',
      defaultNote: '`http://localhost:<port of SERVER_ADDR>`',
      example: 'https://auth.example.com',
    }),
    environment: text({
      name: 'ENVIRONMENT',
      default: 'development',
      description: '`production` refuses a plain-http `BASE_URL` on anything but loopback.',
      example: 'production',
    }),
    allowInsecureIssuer: flag({
      name: 'ALLOW_INSECURE_ISSUER',
      default: false,
      description: 'Allows a plain-http `BASE_URL` on a public host in production.',
    }),
    dataDir: text({
      name: 'DATA_DIR',
      description:
        'Folder for what this server generates and must keep: `authgate.key`, first-run credentials.',
      defaultNote: "the SQLite file's folder, else the working folder",
      example: '/var/lib/authgate',
    }),
    tlsCertFile: text({
      name: 'TLS_CERT_FILE',
      description: 'PEM certificate chain; with `TLS_KEY_FILE` the server speaks HTTPS itself.',
      example: '/etc/authgate/tls.crt',
    }),
    tlsKeyFile: text({
      name: 'TLS_KEY_FILE',
      description: 'PEM private key of `TLS_CERT_FILE`.',
      example: '/etc/authgate/tls.key',
    }),
    trustedProxies: list({
      name: 'TRUSTED_PROXIES',
      default: '127.0.0.1/8,::1/128',
      description:
        'Addresses or CIDR ranges whose `X-Forwarded-For` is believed. From any other peer the header is ignored.',
      example: '10.0.0.0/8',
    }),
    shutdownTimeout: duration({
      name: 'SERVER_SHUTDOWN_TIMEOUT',
      default: '5s',
      min: 0,
      description: 'How long running requests may take to finish at shutdown.',
    }),
  },
  pages: {
    defaultLanguage: choice({
      name: 'DEFAULT_LANGUAGE',
      default: languageTags[0],
      choices: languageTags,
      description:
        'Language of the pages for people whose browser asks for none that is spoken here, and who have chosen none.',
      example: 'zh-TW',
    }),
  },
  brand: {
    name: text({
      name: 'BRAND_NAME',
      default: 'AuthGate',
      description: 'What this server is called on every page.',
      example: 'Example Identity',
    }),
    logoFile: text({
      name: 'BRAND_LOGO_FILE',
      description:
        'SVG or PNG of at most 128 KB, shown beside the name and as the icon of the pages. An SVG may hold no script and no address.',
      defaultNote: 'the mark of AuthGate',
      example: '/etc/authgate/logo.svg',
    }),
    accentColor: text({
      name: 'BRAND_ACCENT_COLOR',
      description:
        'Color of buttons and links, as `#rrggbb`. One that text cannot be read in stops the start, with its contrast.',
      defaultNote: 'a deep teal',
      example: '#4338ca',
    }),
    accentColorDark: text({
      name: 'BRAND_ACCENT_COLOR_DARK',
      description: 'The same on dark pages.',
      defaultNote: '`BRAND_ACCENT_COLOR`, as much lighter as it takes',
      example: '#a5b4fc',
    }),
    helpUrl: text({
      name: 'HELP_URL',
      description: 'Where people find help, `https:` or `mailto:`; linked from every page.',
      example: 'https://example.com/help',
    }),
    privacyUrl: text({
      name: 'PRIVACY_URL',
      description: 'Privacy policy, linked from every page.',
      example: 'https://example.com/privacy',
    }),
    termsUrl: text({
      name: 'TERMS_URL',
      description: 'Terms of service, linked from every page.',
      example: 'https://example.com/terms',
    }),
    signInText: text({
      name: 'SIGN_IN_TEXT',
      description: 'A sentence or two on the sign-in page, as plain text.',
      example: 'Use the account of your workplace.',
    }),
  },
  dpop: {
    nonceRequired: flag({
      name: 'DPOP_NONCE_REQUIRED',
      default: false,
      description:
        'Whether DPoP proofs must carry a nonce of this server, so that none can be made ahead (RFC 9449 §8). Clients get one with their first answer and send that request again.',
      example: 'true',
    }),
  },
  cors: {
    enabled: flag({
      name: 'CORS_ENABLED',
      description:
        "Whose scripts may call the protocol and discovery endpoints from a browser: `true` those of `CORS_ALLOWED_ORIGINS` only, `false` nobody's. Credentials are never allowed.",
      defaultNote: 'every origin, unless `CORS_ALLOWED_ORIGINS` lists some',
      example: 'true',
    }),
    allowedOrigins: list({
      name: 'CORS_ALLOWED_ORIGINS',
      description: 'Exact origins; `*` stands for every one.',
      example: 'https://app.example.com',
    }),
    allowedHeaders: list({
      name: 'CORS_ALLOWED_HEADERS',
      description: 'Request headers allowed beyond those the endpoints read.',
      example: 'X-Request-Id',
    }),
    maxAge: duration({
      name: 'CORS_MAX_AGE',
      default: '24h',
      min: 0,
      description: 'How long browsers may remember the answer to a preflight.',
    }),
  },
  log: {
    level: choice({
      name: 'LOG_LEVEL',
      choices: ['debug', 'info', 'warn', 'error'],
      default: 'info',
      description: 'Least severe log line that is written.',
    }),
    format: choice({
      name: 'LOG_FORMAT',
      choices: ['auto', 'json', 'text'],
      default: 'auto',
      description: '`auto` writes readable lines on a terminal and JSON elsewhere.',
    }),
  },
  encryption: {
    key: secret({
      name: 'ENCRYPTION_KEY',
      description:
        'Keys, 32 bytes in base64 each, that wrap what is stored encrypted; a comma list decrypts with any and encrypts with the first. `authgate server` requires it on PostgreSQL.',
      defaultNote: 'generated into `DATA_DIR/authgate.key` on SQLite',
      example: 'output of: openssl rand -base64 32',
    }),
    keyFile: text({
      name: 'ENCRYPTION_KEY_FILE',
      description: 'File that holds `ENCRYPTION_KEY`.',
      example: '/run/secrets/authgate-encryption-key',
    }),
  },
  database: {
    driver: choice({
      name: 'DATABASE_DRIVER',
      choices: ['sqlite', 'postgres'],
      default: 'sqlite',
      description: 'Where everything is kept.',
    }),
    dsn: text({
      name: 'DATABASE_DSN',
      description: 'SQLite file, or a PostgreSQL URL or keyword string (required for PostgreSQL).',
      defaultNote: '`DATABASE_PATH`, else `authgate.db`',
      example: 'postgres://authgate@localhost:5432/authgate',
    }),
    path: text({
      name: 'DATABASE_PATH',
      description: 'SQLite file; read only when `DATABASE_DSN` is not set.',
      example: '/var/lib/authgate/authgate.db',
    }),
    synchronous: choice({
      name: 'SQLITE_SYNCHRONOUS',
      choices: ['NORMAL', 'FULL'],
      default: 'NORMAL',
      description:
        '`NORMAL` survives a crash of the process; `FULL` also keeps the last commits through a power loss, for one disk flush per commit.',
    }),
    maxOpenConnections: integer({
      name: 'DB_MAX_OPEN_CONNS',
      default: 25,
      min: 1,
      max: 1000,
      description: 'Greatest number of PostgreSQL connections.',
    }),
    connectionMaxLifetime: duration({
      name: 'DB_CONN_MAX_LIFETIME',
      default: '5m',
      min: 0,
      description: 'A PostgreSQL connection older than this is replaced; `0` keeps it.',
    }),
    connectionMaxIdleTime: duration({
      name: 'DB_CONN_MAX_IDLE_TIME',
      default: '10m',
      min: 0,
      description: 'A PostgreSQL connection unused for longer than this is closed; `0` keeps it.',
    }),
    initTimeout: duration({
      name: 'DB_INIT_TIMEOUT',
      default: '30s',
      min: 1,
      description: 'Time to connect, migrate and seed at start.',
    }),
    closeTimeout: duration({
      name: 'DB_CLOSE_TIMEOUT',
      default: '5s',
      min: 0,
      description: 'Time to close the database at shutdown.',
    }),
  },
  firstRun: {
    adminPassword: secret({
      name: 'DEFAULT_ADMIN_PASSWORD',
      description:
        'Password of the first account, `admin`; used only while there is no account. At least 8 characters.',
      defaultNote: 'generated into `DATA_DIR/authgate-credentials.txt`',
      example: 'a long passphrase',
    }),
  },
  tokens: {
    signingAlgorithm: choice({
      name: 'JWT_SIGNING_ALGORITHM',
      choices: ['ES256', 'RS256', 'HS256'],
      default: 'ES256',
      description:
        'Signature of access tokens. `HS256` needs `JWT_SECRET`, and nobody but this server can verify them then.',
    }),
    secret: secret({
      name: 'JWT_SECRET',
      description: 'Key for `HS256`, at least 32 bytes. Ignored, with a warning, for other algorithms.',
      example: 'output of: openssl rand -base64 48',
    }),
    privateKeyPem: secret({
      name: 'JWT_PRIVATE_KEY_PEM',
      description:
        'Own signing key (PKCS#8, PKCS#1 or SEC1 PEM) for `JWT_SIGNING_ALGORITHM`, in place of the generated one; it is not rotated. Wins over the path.',
      defaultNote: 'a key generated on first run',
      example: '-----BEGIN PRIVATE KEY-----…',
    }),
    privateKeyPath: text({
      name: 'JWT_PRIVATE_KEY_PATH',
      description: 'File of an own signing key in PEM.',
      example: '/etc/authgate/jwt.pem',
    }),
    keyId: text({
      name: 'JWT_KEY_ID',
      description: 'Key id published for an own signing key.',
      defaultNote: 'RFC 7638 thumbprint',
      example: '2026-11',
    }),
    audience: list({
      name: 'JWT_AUDIENCE',
      description: 'Audience of access tokens that are bound to no resource.',
      defaultNote: 'the issuer',
      example: 'https://api.example.com',
    }),
    domain: text({
      name: 'JWT_DOMAIN',
      description: 'Value of the `<prefix>_domain` claim: 1 to 64 letters, digits, `_`, `.` or `-`.',
      example: 'example.com',
    }),
    privateClaimPrefix: text({
      name: 'JWT_PRIVATE_CLAIM_PREFIX',
      default: 'extra',
      description: 'Prefix of this server’s private claims, such as `extra_uid`.',
    }),
    accessTtl: duration({
      name: 'JWT_EXPIRATION',
      default: '1h',
      min: 1,
      description: 'Life of an access token.',
    }),
    accessJitter: duration({
      name: 'JWT_EXPIRATION_JITTER',
      min: 0,
      description:
        'Random extra life, so that tokens issued together do not expire together; never past the maximum.',
      defaultNote: '5 % of `JWT_EXPIRATION`',
      example: '3m',
    }),
    accessTtlMax: duration({
      name: 'JWT_EXPIRATION_MAX',
      default: '24h',
      min: 1,
      description: 'Longest life any profile may give an access token.',
    }),
    refreshTtl: duration({
      name: 'REFRESH_TOKEN_EXPIRATION',
      default: '720h',
      min: 1,
      description: 'Idle life of a refresh token: each use starts it anew.',
    }),
    refreshTtlMax: duration({
      name: 'REFRESH_TOKEN_EXPIRATION_MAX',
      default: '2160h',
      min: 1,
      description: 'Absolute life of a sign-in through refresh tokens, and the longest any profile may give.',
    }),
    refreshGracePeriod: duration({
      name: 'REFRESH_TOKEN_GRACE_PERIOD',
      default: '30s',
      min: 0,
      max: 300,
      description:
        'How long the immediate predecessor of a refresh token may be used once more, for parallel processes and lost answers; `0` is strict.',
    }),
    refreshEnabled: flag({
      name: 'ENABLE_REFRESH_TOKENS',
      default: true,
      description: 'Whether refresh tokens are issued and accepted at all.',
    }),
    rotationEnabled: flag({
      name: 'ENABLE_TOKEN_ROTATION',
      default: true,
      description: 'Replace a refresh token at each use and end its family when a used one comes back.',
    }),
    shortAccessTtl: duration({
      name: 'TOKEN_PROFILE_SHORT_ACCESS_TTL',
      default: '15m',
      min: 1,
      description: 'Access token life in profile `short`.',
    }),
    shortRefreshTtl: duration({
      name: 'TOKEN_PROFILE_SHORT_REFRESH_TTL',
      default: '24h',
      min: 1,
      description: 'Refresh token life in profile `short`.',
    }),
    standardAccessTtl: duration({
      name: 'TOKEN_PROFILE_STANDARD_ACCESS_TTL',
      min: 1,
      description: 'Access token life in profile `standard`.',
      defaultNote: '`JWT_EXPIRATION`',
      example: '1h',
    }),
    standardRefreshTtl: duration({
      name: 'TOKEN_PROFILE_STANDARD_REFRESH_TTL',
      min: 1,
      description: 'Refresh token life in profile `standard`.',
      defaultNote: '`REFRESH_TOKEN_EXPIRATION`',
      example: '720h',
    }),
    longAccessTtl: duration({
      name: 'TOKEN_PROFILE_LONG_ACCESS_TTL',
      default: '24h',
      min: 1,
      description: 'Access token life in profile `long`.',
    }),
    longRefreshTtl: duration({
      name: 'TOKEN_PROFILE_LONG_REFRESH_TTL',
      default: '2160h',
      min: 1,
      description: 'Refresh token life in profile `long`.',
    }),
    clientCredentialsTtl: duration({
      name: 'CLIENT_CREDENTIALS_TOKEN_EXPIRATION',
      default: '1h',
      min: 1,
      description: 'Life of an access token from the client credentials grant.',
    }),
  },
  extraClaims: {
    enabled: flag({
      name: 'EXTRA_CLAIMS_ENABLED',
      default: true,
      description:
        'Whether clients that are allowed to may send `extra_claims` with a token request. Each client needs the permission of its own.',
    }),
    maxRawBytes: integer({
      name: 'EXTRA_CLAIMS_MAX_RAW_SIZE',
      default: 4096,
      min: 0,
      description: 'Longest `extra_claims`, in bytes; 0 for no bound of its own.',
    }),
    maxKeys: integer({
      name: 'EXTRA_CLAIMS_MAX_KEYS',
      default: 16,
      min: 0,
      description: 'Most members of `extra_claims`; 0 for no bound.',
    }),
    maxValueBytes: integer({
      name: 'EXTRA_CLAIMS_MAX_VAL_SIZE',
      default: 512,
      min: 0,
      description: 'Longest value in `extra_claims`, encoded, in bytes; 0 for no bound.',
    }),
  },
  authorization: {
    codeTtl: duration({
      name: 'AUTH_CODE_EXPIRATION',
      default: '60s',
      min: 10,
      max: 600,
      description: 'How long an authorization code may be exchanged; FAPI 2.0 allows a minute.',
    }),
    pkceRequired: flag({
      name: 'PKCE_REQUIRED',
      default: false,
      description:
        'Demands PKCE (RFC 7636) of confidential clients too. Public clients always need it, and only `S256` is taken.',
    }),
    rememberConsent: flag({
      name: 'CONSENT_REMEMBER',
      default: true,
      description:
        'Does not ask a person again for what they allowed a client before. Public clients on loopback or private-use redirect URIs always ask (RFC 8252 §8.6).',
    }),
    defaultResource: text({
      name: 'DEFAULT_RESOURCE',
      description:
        'Identifier of the registered resource (`authgate resource`) that clients nobody vouches for get tokens for when their request names none; the person is shown it. Without it such a token works at this server only.',
      example: 'https://mcp.example.com/mcp',
    }),
    clientLogos: choice({
      name: 'CLIENT_LOGOS',
      choices: ['none', 'vouched', 'all'],
      default: 'vouched',
      description:
        'Whose registered logo the sign-in and consent pages show: `vouched` those of clients an operator made and of hosts in `CIMD_TRUSTED_HOSTS`, `all` also those of clients that registered themselves, which may take the logo of somebody else (RFC 7591 §5). This server fetches and serves them.',
    }),
    pushedTtl: duration({
      name: 'PUSHED_AUTHORIZATION_REQUEST_EXPIRATION',
      default: '90s',
      min: 5,
      max: 600,
      description:
        'How long a pushed authorization request (RFC 9126) waits for its browser; once it has come, its person has 30 minutes.',
    }),
  },
  signingKeys: {
    rotationInterval: duration({
      name: 'SIGNING_KEY_ROTATION_INTERVAL',
      default: '2160h',
      min: 0,
      description:
        'How long a generated signing key is used before the next one takes over; `0` rotates only when `authgate keys rotate` says so.',
    }),
    publishAhead: duration({
      name: 'SIGNING_KEY_PUBLISH_AHEAD',
      default: '24h',
      min: 0,
      description:
        'How long a new signing key is published before it signs, so that whoever verifies tokens knows it by then.',
    }),
  },
  device: {
    codeTtl: duration({
      name: 'DEVICE_CODE_EXPIRATION',
      default: '30m',
      min: 60,
      max: 86_400,
      description: 'How long a device code waits for its person.',
    }),
    pollInterval: duration({
      name: 'DEVICE_POLL_INTERVAL',
      default: '5s',
      min: 1,
      max: 300,
      description: 'Least time between two polls of a device.',
    }),
  },
  sessions: {
    maxAge: integer({
      name: 'SESSION_MAX_AGE',
      default: 43_200,
      min: 60,
      description: 'Absolute life of a browser session, in seconds.',
    }),
    idleTimeout: integer({
      name: 'SESSION_IDLE_TIMEOUT',
      default: 1800,
      min: 0,
      description: 'A browser session unused for this many seconds ends; `0` never.',
    }),
    fingerprint: flag({
      name: 'SESSION_FINGERPRINT',
      default: true,
      description:
        'End a session whose cookie comes back from another browser (User-Agent without version numbers).',
    }),
    fingerprintIp: flag({
      name: 'SESSION_FINGERPRINT_IP',
      default: false,
      description: 'Let the client address count as part of the fingerprint.',
    }),
    rememberMeEnabled: flag({
      name: 'SESSION_REMEMBER_ME_ENABLED',
      default: true,
      description: 'Offer “keep me signed in”.',
    }),
    rememberMeMaxAge: integer({
      name: 'SESSION_REMEMBER_ME_MAX_AGE',
      default: 2_592_000,
      min: 60,
      max: 2_592_000,
      description: 'Absolute life of a remembered session, in seconds; it has no idle limit.',
    }),
  },
  authentication: {
    mode: choice({
      name: 'AUTH_MODE',
      choices: ['local', 'http_api'],
      default: 'local',
      description:
        'Who is asked about user names without an account here: nobody (`local`), or the external API at `HTTP_API_URL`, which may bring the account with it (`http_api`). People who have an account are asked for where it came from.',
    }),
  },
  httpApi: {
    url: text({
      name: 'HTTP_API_URL',
      description: 'Address of the external API that user names and passwords are posted to.',
      example: 'https://directory.example.com/authenticate',
    }),
    timeout: duration({
      name: 'HTTP_API_TIMEOUT',
      default: '10s',
      min: 0.1,
      max: 60,
      description: 'Longest time a sign-in waits for the external API, retries included.',
    }),
    attemptTimeout: duration({
      name: 'HTTP_API_ATTEMPT_TIMEOUT',
      default: '3s',
      min: 0.1,
      max: 60,
      description: 'Longest time one request to the external API may take.',
    }),
    insecureSkipVerify: flag({
      name: 'HTTP_API_INSECURE_SKIP_VERIFY',
      default: false,
      description: 'Accepts any TLS certificate of the external API. Passwords go to whoever answers.',
    }),
    authMode: choice({
      name: 'HTTP_API_AUTH_MODE',
      choices: ['none', 'simple', 'hmac'],
      default: 'none',
      description:
        'How this server proves itself to the external API: not at all, by the secret in a header (`simple`), or by signing each request with it (`hmac`).',
    }),
    authSecret: secret({
      name: 'HTTP_API_AUTH_SECRET',
      description: 'The secret of `HTTP_API_AUTH_MODE`.',
      example: 'output of: openssl rand -hex 32',
    }),
    authHeader: text({
      name: 'HTTP_API_AUTH_HEADER',
      default: 'X-API-Secret',
      description: 'Header that carries the secret with `HTTP_API_AUTH_MODE=simple`.',
    }),
    maxRetries: integer({
      name: 'HTTP_API_MAX_RETRIES',
      default: 3,
      min: 0,
      max: 10,
      description: 'Requests after the first one that fails: without an answer, or with 429 or 5xx.',
    }),
    retryDelay: duration({
      name: 'HTTP_API_RETRY_DELAY',
      default: '1s',
      min: 0,
      max: 60,
      description:
        'Wait before the first retry, a quarter more or less; each further one waits twice as long.',
    }),
    maxRetryDelay: duration({
      name: 'HTTP_API_MAX_RETRY_DELAY',
      default: '10s',
      min: 0,
      max: 60,
      description: 'Longest wait before a retry, also when `Retry-After` asks for more.',
    }),
  },
  identityProviders: {
    autoRegister: flag({
      name: 'OAUTH_AUTO_REGISTER',
      default: true,
      description: 'Makes an account for whoever signs in through an identity provider for the first time.',
    }),
    timeout: duration({
      name: 'OAUTH_TIMEOUT',
      default: '15s',
      min: 0.1,
      max: 60,
      description: 'Longest time one request to an identity provider may take.',
    }),
    insecureSkipVerify: flag({
      name: 'OAUTH_INSECURE_SKIP_VERIFY',
      default: false,
      description:
        'Accepts any TLS certificate of an identity provider. Whoever answers can sign anybody in.',
    }),
  },
  github: {
    ...providerSettings('GITHUB', 'GitHub', 'user:email'),
    url: text({
      name: 'GITHUB_URL',
      default: 'https://github.com',
      description: 'Where people sign in to GitHub; another one for GitHub Enterprise Server.',
    }),
    apiUrl: text({
      name: 'GITHUB_API_URL',
      description: 'The API of `GITHUB_URL`.',
      defaultNote: '`https://api.github.com`, and `<GITHUB_URL>/api/v3` for GitHub Enterprise Server',
      example: 'https://github.example.com/api/v3',
    }),
  },
  gitlab: {
    ...providerSettings('GITLAB', 'GitLab', 'read_user'),
    url: text({
      name: 'GITLAB_URL',
      default: 'https://gitlab.com',
      description: 'Address of the GitLab to sign in with.',
    }),
  },
  gitea: {
    ...providerSettings('GITEA', 'Gitea', 'read:user'),
    url: text({
      name: 'GITEA_URL',
      description: 'Address of the Gitea (or Forgejo) to sign in with; needed with `GITEA_OAUTH_ENABLED`.',
      example: 'https://git.example.com',
    }),
  },
  microsoft: {
    ...providerSettings('MICROSOFT', 'Microsoft', 'openid,profile,email,User.Read'),
    tenant: text({
      name: 'MICROSOFT_TENANT_ID',
      default: 'common',
      description:
        'Whose accounts may sign in: those of one tenant (its id or domain), of every organization (`organizations`), personal ones (`consumers`), or all (`common`). Only the tenant of an id or domain is believed about e-mail addresses.',
      example: '00000000-0000-0000-0000-000000000000',
    }),
    authorityUrl: text({
      name: 'MICROSOFT_AUTHORITY_URL',
      default: 'https://login.microsoftonline.com',
      description: 'Where people sign in to Microsoft; another one for national clouds.',
    }),
    graphUrl: text({
      name: 'MICROSOFT_GRAPH_URL',
      default: 'https://graph.microsoft.com',
      description: 'The Microsoft Graph that profiles are read from.',
    }),
  },
  oidc: {
    ...providerSettings('OIDC', 'an OpenID provider', 'openid,profile,email'),
    issuer: text({
      name: 'OIDC_ISSUER_URL',
      description:
        'Issuer identifier of the OpenID provider, which publishes its metadata below it (OpenID Connect Discovery 1.0); needed with `OIDC_OAUTH_ENABLED`.',
      example: 'https://id.example.com',
    }),
    displayName: text({
      name: 'OIDC_DISPLAY_NAME',
      default: 'OpenID Connect',
      description: 'What people call the OpenID provider; on the button that leads there.',
      example: 'Example ID',
    }),
  },
  security: {
    passwordMinLength: integer({
      name: 'PASSWORD_MIN_LENGTH',
      default: 8,
      min: 8,
      max: 64,
      description:
        'Fewest characters of a new password. It must also be none of the common ones, no run or repetition, and not made of its owner’s name.',
    }),
    forcePasswordChange: choice({
      name: 'FORCE_PASSWORD_CHANGE',
      choices: ['none', 'administered', 'all'],
      default: 'administered',
      description:
        'Whose password must be replaced at the first sign-in with it: `administered` those that an administrator or the command line chose or had made, `all` also the one made for the first administrator.',
    }),
    requireSecondFactor: choice({
      name: 'REQUIRE_SECOND_FACTOR',
      choices: ['none', 'admins', 'everyone'],
      default: 'none',
      description:
        'Who must have a second factor (an authenticator app or a passkey); whoever has none sets one up at sign-in, before anything else. People who have one are asked for it after their password whatever this says; after an identity provider only if it concerns them.',
    }),
    stepUpMaxAge: duration({
      name: 'STEP_UP_MAX_AGE',
      default: '15m',
      min: 60,
      max: 86_400,
      description:
        'How long ago somebody may have proved who they are, to administer this server or to change how they sign in; after that they are asked once more.',
    }),
  },
  mail: {
    host: text({
      name: 'SMTP_HOST',
      description:
        'Mail server. With it people can choose a new password when they forgot theirs, verify their address, and hear of changes to their account.',
      example: 'smtp.example.com',
    }),
    port: integer({
      name: 'SMTP_PORT',
      default: 587,
      min: 1,
      max: 65_535,
      description: 'Port of the mail server.',
    }),
    tls: choice({
      name: 'SMTP_TLS',
      choices: ['starttls', 'tls', 'none'],
      default: 'starttls',
      description:
        'How the connection to the mail server is encrypted: `starttls` on a plain port, and not without; `tls` from the start, as port 465 has it; `none` for a server on this machine.',
    }),
    username: text({
      name: 'SMTP_USERNAME',
      description: 'Account at the mail server, when it wants one.',
      example: 'authgate',
    }),
    password: secret({ name: 'SMTP_PASSWORD', description: 'Its password.', example: '' }),
    from: text({
      name: 'SMTP_FROM',
      description: 'Sender of the mails. Needed with `SMTP_HOST`.',
      example: 'AuthGate <authgate@example.com>',
    }),
  },
  limits: {
    enabled: flag({
      name: 'ENABLE_RATE_LIMIT',
      default: true,
      description: 'Limits per client address. Delays per account stay on regardless.',
    }),
    store: choice({
      name: 'RATE_LIMIT_STORE',
      choices: ['memory', 'redis'],
      default: 'memory',
      description:
        'Where limits are counted: by each replica for itself (`memory`), or by all together (`redis`). While Redis does not answer each replica counts for itself, and `authgate_rate_limits_counted_alone_total` tells.',
    }),
    login: integer({
      name: 'LOGIN_RATE_LIMIT',
      default: 20,
      min: 1,
      description: 'Sign-in attempts per minute and address.',
    }),
    passwordRecovery: integer({
      name: 'PASSWORD_RECOVERY_RATE_LIMIT',
      default: 5,
      min: 1,
      description: 'Links to choose a new password that one address may ask for, per minute.',
    }),
    deviceCode: integer({
      name: 'DEVICE_CODE_RATE_LIMIT',
      default: 60,
      min: 1,
      description: 'Device authorization requests per minute and address.',
    }),
    token: integer({
      name: 'TOKEN_RATE_LIMIT',
      default: 600,
      min: 1,
      description: 'Token requests per minute and address; polls of a known device code do not count.',
    }),
    tokenFailures: integer({
      name: 'TOKEN_FAILURE_RATE_LIMIT',
      default: 60,
      min: 1,
      description:
        'Failed client authentications per minute and client; per address in the name of clients that do not exist.',
    }),
    authorization: integer({
      name: 'AUTHORIZATION_RATE_LIMIT',
      default: 600,
      min: 1,
      description: 'Authorization requests per minute and address, pushed ones included.',
    }),
    deviceVerify: integer({
      name: 'DEVICE_VERIFY_RATE_LIMIT',
      default: 10,
      min: 1,
      description: 'Wrong user codes per minute and address, and per account.',
    }),
    deviceVerifyTotal: integer({
      name: 'DEVICE_VERIFY_FAILURE_LIMIT',
      default: 300,
      min: 1,
      description: 'Wrong user codes per minute from everybody together.',
    }),
    registration: integer({
      name: 'DYNAMIC_CLIENT_REGISTRATION_RATE_LIMIT',
      default: 5,
      min: 1,
      description: 'Registrations of clients per minute and address.',
    }),
    introspect: integer({
      name: 'INTROSPECT_RATE_LIMIT',
      default: 6000,
      min: 1,
      description: 'Introspection requests per minute and client.',
    }),
    api: integer({
      name: 'API_RATE_LIMIT',
      default: 600,
      min: 1,
      description: 'Requests to the Admin API per minute and address.',
    }),
  },
  redis: {
    address: text({
      name: 'REDIS_ADDR',
      default: 'localhost:6379',
      description: 'Address of Redis, as `host:port`; read with `RATE_LIMIT_STORE=redis`.',
    }),
    username: text({
      name: 'REDIS_USERNAME',
      description: 'User name at Redis, where it has access control lists.',
      example: 'authgate',
    }),
    password: secret({ name: 'REDIS_PASSWORD', description: 'Password at Redis.', example: '' }),
    database: integer({
      name: 'REDIS_DB',
      default: 0,
      min: 0,
      description: 'Number of the database in Redis.',
    }),
    tls: flag({
      name: 'REDIS_TLS',
      default: false,
      description: 'Encrypts the connection to Redis, whose certificate must be good for its name.',
      example: 'true',
    }),
    connectTimeout: duration({
      name: 'REDIS_CONN_TIMEOUT',
      default: '5s',
      min: 0.1,
      max: 60,
      description: 'Longest wait for a connection to Redis. A start does not wait for it.',
    }),
  },
  api: {
    enabled: flag({
      name: 'API_ENABLED',
      default: true,
      description:
        'Serves the Admin API below `/api/v1`. Nobody has access until an operator gives a client the scope `authgate:read` or `authgate:admin`.',
      example: 'false',
    }),
  },
  apps: {
    enabled: flag({
      name: 'ENABLE_SELF_SERVICE_APPS',
      default: true,
      description: 'Lets every signed-in person make clients of their own under “My apps” (`/apps`).',
      example: 'false',
    }),
    needsApproval: flag({
      name: 'SELF_SERVICE_APPS_APPROVAL',
      default: true,
      description:
        'Whether such a client works only once an administrator has approved it, and again after anything but its description has changed. Administrators need nobody’s approval.',
      example: 'false',
    }),
    maxPerPerson: integer({
      name: 'SELF_SERVICE_APPS_PER_PERSON',
      default: 20,
      min: 1,
      description: 'Most clients one person may have.',
    }),
  },
  registration: {
    enabled: flag({
      name: 'ENABLE_DYNAMIC_CLIENT_REGISTRATION',
      description: 'Lets clients register themselves (RFC 7591) and manage what they registered (RFC 7592).',
      defaultNote:
        'once `authgate resource create --open` has opened a resource to clients nobody vouches for',
      example: 'true',
    }),
    policy: choice({
      name: 'DYNAMIC_CLIENT_REGISTRATION_POLICY',
      choices: ['auto', 'open', 'token', 'approval'],
      default: 'auto',
      description:
        'Who may: anybody (`open`), whoever presents `DYNAMIC_CLIENT_REGISTRATION_TOKEN` (`token`), or, after `authgate client approve`, anybody or the holder of a token that is set (`approval`). `auto` is `token` with a token and `open` without.',
    }),
    token: secret({
      name: 'DYNAMIC_CLIENT_REGISTRATION_TOKEN',
      description: 'Initial access token that a registration must present; at least 16 characters.',
      example: 'output of: openssl rand -base64 48',
    }),
    redirectUris: list({
      name: 'DYNAMIC_CLIENT_REGISTRATION_REDIRECT_URIS',
      description:
        'Redirect URIs with a scheme of an app’s own that clients may register, exactly so, beside those this release knows.',
      example: 'com.example.app:/callback',
    }),
    maxClients: integer({
      name: 'DYNAMIC_CLIENT_REGISTRATION_MAX_CLIENTS',
      default: 10_000,
      min: 1,
      max: 1_000_000,
      description: 'Most registered clients that are kept at a time.',
    }),
  },
  clientDocuments: {
    mode: choice({
      name: 'CIMD_MODE',
      choices: ['open', 'allowlist', 'off'],
      default: 'open',
      description:
        'Whose documents may describe clients, which then need no registration (OAuth Client ID Metadata Document): those of every host not denied, once a resource is open to such clients (`open`), of the hosts in `CIMD_ALLOWED_HOSTS` and `CIMD_TRUSTED_HOSTS` only (`allowlist`), or nobody’s (`off`).',
    }),
    allowedHosts: list({
      name: 'CIMD_ALLOWED_HOSTS',
      description:
        'Hosts whose documents are accepted with `CIMD_MODE=allowlist`; `*.` and a domain for all below it.',
      example: 'claude.ai,*.example.com',
    }),
    trustedHosts: list({
      name: 'CIMD_TRUSTED_HOSTS',
      description:
        'Hosts whose clients you vouch for; `*.` and a domain for all below it. The consent page says so and shows their logo, errors go back to them at once, and they need no approval. People are asked all the same. Trusted hosts need not be allowed as well.',
      example: 'claude.ai,*.example.com',
    }),
    newClients: choice({
      name: 'CIMD_NEW_CLIENTS',
      choices: ['open', 'approval'],
      default: 'open',
      description:
        'What becomes of a client never seen before: it can be used (`open`), or waits for `authgate client approve` while its person is told so (`approval`), also again when its document leads elsewhere, proves itself otherwise or takes another name. One of a trusted host never waits.',
    }),
    deniedHosts: list({
      name: 'CIMD_DENIED_HOSTS',
      description: 'Hosts whose documents are never accepted, whatever else is set.',
      example: '*.example.net',
    }),
    ports: list({
      name: 'CIMD_PORTS',
      description: 'Ports beside 443 that documents may be fetched from.',
      example: '8443',
    }),
    maxBytes: integer({
      name: 'CIMD_MAX_DOCUMENT_SIZE',
      default: 5120,
      min: 1024,
      max: 65_536,
      description: 'Longest document, in bytes.',
    }),
    stale: duration({
      name: 'CIMD_STALE_TTL',
      default: '168h',
      min: 0,
      max: 2_592_000,
      description:
        'How long a client goes on working from the copy of its document while its host does not answer. One that answers that there is none, or with one that is wrong, is believed at once.',
    }),
  },
  outbound: {
    allowedNetworks: list({
      name: 'OUTBOUND_ALLOWED_NETWORKS',
      description:
        'Addresses or CIDR ranges that are not public and that keys, logos and logout addresses of registered clients may still be in. Addresses an operator gave a client need no permission.',
      example: '10.20.0.0/16',
    }),
  },
  caches: {
    clientTtl: duration({
      name: 'CLIENT_CACHE_TTL',
      default: '2s',
      min: 0,
      max: 3600,
      description:
        'How long a client is remembered before it is read again; the longest another process’s change of it goes unnoticed. `0` reads it each time.',
    }),
  },
  audit: {
    enabled: flag({
      name: 'ENABLE_AUDIT_LOGGING',
      default: true,
      description: 'Record sensitive acts in the audit log.',
    }),
    retention: duration({
      name: 'AUDIT_LOG_RETENTION',
      default: '2160h',
      min: 0,
      description: 'Audit rows older than this are deleted; `0` keeps all.',
    }),
    bufferSize: integer({
      name: 'AUDIT_LOG_BUFFER_SIZE',
      default: 10_000,
      min: 100,
      max: 1_000_000,
      description: 'Audit records that may wait to be written; more are dropped and counted.',
    }),
    cleanupInterval: duration({
      name: 'AUDIT_LOG_CLEANUP_INTERVAL',
      default: '24h',
      min: 60,
      description: 'How often old audit rows are deleted.',
    }),
    shutdownTimeout: duration({
      name: 'AUDIT_SHUTDOWN_TIMEOUT',
      default: '10s',
      min: 0,
      description: 'Time to write waiting audit records at shutdown.',
    }),
  },
  cleanup: {
    enabled: flag({
      name: 'ENABLE_EXPIRED_TOKEN_CLEANUP',
      default: true,
      description: 'Delete what expired, in small batches.',
    }),
    interval: duration({
      name: 'EXPIRED_TOKEN_CLEANUP_INTERVAL',
      default: '1h',
      min: 1,
      description: 'How often expired rows are deleted.',
    }),
  },
  metrics: {
    enabled: flag({
      name: 'METRICS_ENABLED',
      default: false,
      description: 'Serve `GET /metrics` in Prometheus format.',
    }),
    token: secret({
      name: 'METRICS_TOKEN',
      description: 'Bearer token that a scraper must present; empty leaves `/metrics` open.',
      example: 'output of: openssl rand -base64 48',
    }),
    address: text({
      name: 'METRICS_ADDR',
      description: 'Serve `/metrics` on an address of its own, and no longer on the public one.',
      example: '127.0.0.1:9090',
    }),
    gaugeInterval: duration({
      name: 'METRICS_GAUGE_UPDATE_INTERVAL',
      default: '5s',
      min: 1,
      max: 3600,
      description: 'Greatest age of the counts behind the gauges.',
    }),
  },
} satisfies Record<string, Record<string, Setting<unknown>>>

export type Settings = typeof settings

type ValueOf<S> = S extends Setting<infer T> ? T : never

/** The values of every setting, before defaults that depend on other settings are filled in. */
export type SettingValues = {
  readonly [G in keyof Settings]: { readonly [K in keyof Settings[G]]: ValueOf<Settings[G][K]> }
}

/** Names the reference implementation reads and this server does not need, with what to do about them. */
export const retiredSettings: Readonly<Record<string, string>> = {
  CORS_ALLOWED_METHODS: 'each endpoint allows the methods it has',
  SESSION_SECRET: 'sessions are rows in the database and need no signing key',
  METRICS_GAUGE_UPDATE_ENABLED: 'gauges are counted when scraped, on every replica',
  RATE_LIMIT_CLEANUP_INTERVAL: 'counters clean up after themselves',
  REDIS_CLOSE_TIMEOUT: 'nothing is kept for Redis that a shutdown would wait for',
  DB_MAX_IDLE_CONNS: 'the pool closes idle connections after DB_CONN_MAX_IDLE_TIME',
}
