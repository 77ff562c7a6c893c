import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError, loadConfig } from './load.ts'

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems
  }
  return []
}

describe('settings', () => {
  it('need none to be set', () => {
    const { config, warnings } = loadConfig({})
    assert.deepEqual(warnings, [])
    assert.equal(config.server.issuer, 'http://localhost:8080')
    assert.equal(config.server.listen.port, 8080)
    assert.equal(config.database.dsn, 'authgate.db')
    assert.equal(config.tokens.accessTtlSeconds, 3600)
    assert.equal(config.tokens.accessJitterSeconds, 180)
    assert.equal(config.tokens.signingAlgorithm, 'ES256')
    assert.equal(config.metrics.enabled, false)
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.tokens.profiles.short))
  })

  for (const entry of [
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/1e1',
    '10.0.0.0/33',
    '::1/129',
    '/8',
    'proxy',
  ]) {
    it(`refuse ${entry} as a trusted proxy`, () => {
      assert.match(String(problemsOf({ TRUSTED_PROXIES: entry })), /^TRUSTED_PROXIES holds/)
    })
  }

  it('treat an empty variable as unset', () => {
    assert.equal(loadConfig({ SERVER_ADDR: '', METRICS_TOKEN: '' }).config.metrics.token, undefined)
  })

  it('report every problem at once, each with its name and what to write', () => {
    const problems = problemsOf({
      SERVER_ADDR: 'nowhere',
      JWT_EXPIRATION: '10',
      ENABLE_RATE_LIMIT: 'yes',
      LOGIN_RATE_LIMIT: '0',
      DATABASE_DRIVER: 'mysql',
      TRUSTED_PROXIES: '10.0.0.0/33,proxy',
      JWT_DOMAIN: '-bad-',
      JWT_PRIVATE_CLAIM_PREFIX: 'x_',
      TLS_CERT_FILE: 'a.pem',
    })
    for (const name of [
      'SERVER_ADDR',
      'JWT_EXPIRATION',
      'ENABLE_RATE_LIMIT',
      'LOGIN_RATE_LIMIT',
      'DATABASE_DRIVER',
      'TRUSTED_PROXIES',
      'JWT_DOMAIN',
      'JWT_PRIVATE_CLAIM_PREFIX',
      'TLS_CERT_FILE',
    ]) {
      assert.ok(
        problems.some((problem) => problem.startsWith(name)),
        `${name} is reported`,
      )
    }
    assert.match(problems.find((problem) => problem.startsWith('SERVER_ADDR'))!, /SERVER_ADDR=:8080/)
  })

  const base: [string, Record<string, string>, string, string, boolean][] = [
    ['follows the port', { SERVER_ADDR: '127.0.0.1:9000' }, 'http://localhost:9000', '', false],
    ['loses a final slash', { BASE_URL: 'https://a.example/' }, 'https://a.example', '', true],
    ['keeps its path', { BASE_URL: 'https://a.example/auth/' }, 'https://a.example/auth', '/auth', true],
    [
      'follows TLS',
      { TLS_CERT_FILE: 'c', TLS_KEY_FILE: 'k', SERVER_ADDR: ':8443' },
      'https://localhost:8443',
      '',
      true,
    ],
  ]
  for (const [what, environment, issuer, basePath, secure] of base) {
    it(`BASE_URL ${what}`, () => {
      const { server } = loadConfig(environment).config
      assert.deepEqual([server.issuer, server.basePath, server.secure], [issuer, basePath, secure])
    })
  }

  for (const url of [
    'ftp://a',
    'a.example',
    'https://a.example/?q',
    'https://u:p@a.example',
    'https://a.example/#f',
  ]) {
    it(`BASE_URL refuses ${url}`, () => {
      assert.match(problemsOf({ BASE_URL: url })[0]!, /^BASE_URL/)
    })
  }

  it('refuse plain http in production, except on loopback or when it is asked for', () => {
    const production = { ENVIRONMENT: 'production' }
    assert.match(
      problemsOf({ ...production, BASE_URL: 'http://auth.example.com' })[0]!,
      /ALLOW_INSECURE_ISSUER/,
    )
    assert.deepEqual(problemsOf({ ...production, BASE_URL: 'http://localhost:8080' }), [])
    assert.deepEqual(
      problemsOf({ ...production, BASE_URL: 'http://auth.example.com', ALLOW_INSECURE_ISSUER: 'true' }),
      [],
    )
  })

  it('need a database address and an encryption key on PostgreSQL, and say how to make one', () => {
    const problems = problemsOf({ DATABASE_DRIVER: 'postgres' })
    assert.equal(problems.length, 2)
    assert.ok(problems.some((problem) => problem.startsWith('DATABASE_DSN')))
    assert.ok(problems.some((problem) => /openssl rand -base64 32/.test(problem)))
  })

  it('refuse short and published secrets for HS256', () => {
    const hs256 = { JWT_SIGNING_ALGORITHM: 'HS256' }
    assert.match(problemsOf(hs256)[0]!, /^JWT_SECRET/)
    assert.match(problemsOf({ ...hs256, JWT_SECRET: 'short' })[0]!, /32 bytes/)
    assert.match(
      problemsOf({ ...hs256, JWT_SECRET: 'your-256-bit-secret-change-in-production' })[0]!,
      /placeholder/,
    )
    assert.deepEqual(problemsOf({ ...hs256, JWT_SECRET: 'k9Wv2mQx7Lr4Zt8Np1Bc6Yd3Hf5Gj0Sa' }), [])
  })

  it('start with a warning where the founding line of METRICS_TOKEN must work', () => {
    const { config, warnings } = loadConfig({
      METRICS_ENABLED: 'true',
      METRICS_TOKEN: 'your-secret-bearer-token',
    })
    assert.equal(config.metrics.token?.reveal(), 'your-secret-bearer-token')
    assert.match(warnings[0]!, /METRICS_TOKEN/)
  })

  it('warn about JWT_SECRET alone and about settings that have no effect', () => {
    const { warnings } = loadConfig({ JWT_SECRET: 'k9Wv2mQx7Lr4Zt8Np1Bc6Yd3Hf5Gj0Sa', SESSION_SECRET: 'x' })
    assert.ok(warnings.some((warning) => warning.includes('JWT_SIGNING_ALGORITHM=HS256')))
    assert.ok(warnings.some((warning) => warning.startsWith('SESSION_SECRET')))
  })

  it('say whose scripts may call from a browser', () => {
    const originsOf = (environment: Record<string, string>) => loadConfig(environment).config.cors.origins
    const listed = 'https://App.example.com:443, http://localhost:3000, capacitor://Localhost'
    const asSent = ['https://app.example.com', 'http://localhost:3000', 'capacitor://localhost']
    assert.equal(originsOf({}), 'any')
    assert.deepEqual(originsOf({ CORS_ALLOWED_ORIGINS: listed }), asSent)
    assert.deepEqual(originsOf({ CORS_ENABLED: 'true', CORS_ALLOWED_ORIGINS: listed }), asSent)
    assert.deepEqual(originsOf({ CORS_ENABLED: 'false', CORS_ALLOWED_ORIGINS: listed }), [])
    assert.equal(originsOf({ CORS_ENABLED: 'true', CORS_ALLOWED_ORIGINS: '*' }), 'any')
    assert.match(loadConfig({ CORS_ENABLED: 'true' }).warnings[0]!, /^CORS_ENABLED=true without/)
    for (const wrong of [
      'app.example.com',
      'https://app.example.com/',
      'https://a b',
      'https://*.example.com/x',
    ]) {
      assert.match(problemsOf({ CORS_ALLOWED_ORIGINS: wrong })[0]!, /^CORS_ALLOWED_ORIGINS/, wrong)
    }
    assert.match(problemsOf({ CORS_ALLOWED_HEADERS: 'X Y' })[0]!, /^CORS_ALLOWED_HEADERS/)
  })

  it('refuse a first password that anybody would try', () => {
    for (const password of ['short', 'password123', 'Admin1234', 'changeme!']) {
      assert.match(problemsOf({ DEFAULT_ADMIN_PASSWORD: password })[0]!, /^DEFAULT_ADMIN_PASSWORD/)
    }
    assert.deepEqual(problemsOf({ DEFAULT_ADMIN_PASSWORD: 'correct horse battery' }), [])
  })

  it('name the setting behind a lifetime past its maximum', () => {
    assert.match(
      problemsOf({ JWT_EXPIRATION: '48h' })[0]!,
      /^JWT_EXPIRATION is 48h, more than JWT_EXPIRATION_MAX/,
    )
    assert.match(
      problemsOf({ TOKEN_PROFILE_LONG_REFRESH_TTL: '5000h' })[0]!,
      /^TOKEN_PROFILE_LONG_REFRESH_TTL .*REFRESH_TOKEN_EXPIRATION_MAX/,
    )
    assert.match(problemsOf({ JWT_EXPIRATION_JITTER: '2h' })[0]!, /^JWT_EXPIRATION_JITTER/)
  })

  it('let registered clients point to an intranet, and to loopback only from loopback', () => {
    const { outbound } = loadConfig({ OUTBOUND_ALLOWED_NETWORKS: '10.20.0.0/16, fd12::/16' }).config
    assert.deepEqual(
      ['10.20.255.1', '10.21.0.1'].map((address) => outbound.allowedNetworks.check(address)),
      [true, false],
    )
    assert.equal(outbound.allowedNetworks.check('fd12::1', 'ipv6'), true)
    assert.match(
      problemsOf({ OUTBOUND_ALLOWED_NETWORKS: 'intranet' })[0]!,
      /^OUTBOUND_ALLOWED_NETWORKS holds/,
    )
    const loopbackAllowed = (environment: Record<string, string>) =>
      loadConfig(environment).config.outbound.loopbackAllowed
    assert.equal(loopbackAllowed({}), true)
    assert.equal(loopbackAllowed({ BASE_URL: 'http://[::1]:9000' }), true)
    assert.equal(loopbackAllowed({ ENVIRONMENT: 'production' }), false)
    assert.equal(loopbackAllowed({ BASE_URL: 'https://auth.example.com' }), false)
    assert.equal(loopbackAllowed({ BASE_URL: 'https://localhost.example.com' }), false)
  })

  const rotations: [interval: string, ahead: string, problem: RegExp | undefined][] = [
    ['0', '24h', undefined],
    ['24h1s', '24h', undefined],
    ['1h', '6m30s', undefined],
    ['0', '6m29s', /^SIGNING_KEY_PUBLISH_AHEAD must be at least 6m30s: .* cached for 5m, .* every 30s/],
    ['2160h', '0', /^SIGNING_KEY_PUBLISH_AHEAD must be at least 6m30s/],
    [
      '24h',
      '24h',
      /^SIGNING_KEY_ROTATION_INTERVAL must be longer than SIGNING_KEY_PUBLISH_AHEAD \(24h\), or 0/,
    ],
    ['-1s', '24h', /^SIGNING_KEY_ROTATION_INTERVAL must be at least 0s/],
  ]
  for (const [interval, ahead, problem] of rotations) {
    it(`${problem === undefined ? 'allow' : 'refuse'} signing keys every ${interval}, published ${ahead} ahead`, () => {
      const problems = problemsOf({
        SIGNING_KEY_ROTATION_INTERVAL: interval,
        SIGNING_KEY_PUBLISH_AHEAD: ahead,
      })
      if (problem === undefined) assert.deepEqual(problems, [])
      else assert.match(problems.join('\n'), problem)
    })
  }
  it('let clients register themselves only as somebody decided', () => {
    const token = 'k9Wv2mQx7Lr4Zt8Np1Bc6Yd3'
    const of = (environment: Record<string, string>) => loadConfig(environment).config.registration
    assert.deepEqual(
      [of({}).enabled, of({}).initialAccessToken, of({}).needsApproval],
      [undefined, undefined, false],
    )
    assert.equal(of({ DYNAMIC_CLIENT_REGISTRATION_TOKEN: token }).initialAccessToken?.reveal(), token)
    assert.equal(of({ DYNAMIC_CLIENT_REGISTRATION_POLICY: 'approval' }).needsApproval, true)
    assert.match(
      problemsOf({ DYNAMIC_CLIENT_REGISTRATION_POLICY: 'token' })[0]!,
      /^DYNAMIC_CLIENT_REGISTRATION_TOKEN is needed/,
    )
    assert.match(
      problemsOf({
        DYNAMIC_CLIENT_REGISTRATION_POLICY: 'open',
        DYNAMIC_CLIENT_REGISTRATION_TOKEN: token,
      })[0]!,
      /^DYNAMIC_CLIENT_REGISTRATION_POLICY is open although/,
    )
    for (const weak of ['tiny', 'your-registration-token-here']) {
      const [problem] = problemsOf({ DYNAMIC_CLIENT_REGISTRATION_TOKEN: weak })
      assert.match(problem!, /^DYNAMIC_CLIENT_REGISTRATION_TOKEN is short or taken from an example/)
      assert.ok(!problem!.includes(weak))
    }
    const uris = 'com.example.app:/callback,myapp://cb'
    assert.deepEqual(of({ DYNAMIC_CLIENT_REGISTRATION_REDIRECT_URIS: uris }).redirectUris, uris.split(','))
    for (const uri of ['javascript:alert(1)', 'https://app.example.com/', 'data:x', 'callback', 'my:/#x']) {
      assert.match(
        problemsOf({ DYNAMIC_CLIENT_REGISTRATION_REDIRECT_URIS: uri })[0]!,
        /^DYNAMIC_CLIENT_REGISTRATION_REDIRECT_URIS holds/,
      )
    }
  })

  it('never show a secret', () => {
    const secret = 'k9Wv2mQx7Lr4Zt8Np1Bc6Yd3Hf5Gj0Sa'
    const { config, warnings } = loadConfig({
      JWT_SECRET: secret,
      METRICS_TOKEN: secret,
      ENCRYPTION_KEY: secret,
    })
    assert.ok(!inspect(config, { depth: 10 }).includes(secret))
    assert.ok(!JSON.stringify({ config, warnings }).includes(secret))
    const problems = problemsOf({ JWT_SIGNING_ALGORITHM: 'HS256', JWT_SECRET: 'tiny-secret-of-mine' })
    assert.ok(!problems.join().includes('tiny-secret-of-mine'))
  })
})

describe('settings of sign-in sources', () => {
  const github = { GITHUB_OAUTH_ENABLED: 'true', GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'secret' }
  const api = { AUTH_MODE: 'http_api', HTTP_API_URL: 'https://directory.example.com/authenticate' }

  it('need none to be set', () => {
    const { httpApi, identityProviders } = loadConfig({}).config
    assert.equal(httpApi, undefined)
    const { github, gitlab, gitea, microsoft, oidc } = identityProviders
    assert.deepEqual([github, gitlab, gitea, microsoft, oidc], Array(5).fill(undefined))
  })

  it('derive callback and API addresses', () => {
    const own = { BASE_URL: 'https://auth.example.com/auth/', GITHUB_URL: 'https://git.example.com/' }
    const { identityProviders } = loadConfig({ ...own, ...github }).config
    assert.equal(identityProviders.github!.redirectUri, 'https://auth.example.com/auth/auth/callback/github')
    assert.equal(identityProviders.github!.apiUrl, 'https://git.example.com/api/v3')
    assert.equal(loadConfig(github).config.identityProviders.github!.apiUrl, 'https://api.github.com')
  })

  for (const [title, environment, pattern] of [
    ['an API without its address', { AUTH_MODE: 'http_api' }, /^HTTP_API_URL is needed/],
    ['an API at no address', { ...api, HTTP_API_URL: 'directory' }, /^HTTP_API_URL must be/],
    [
      'a signature without a secret',
      { ...api, HTTP_API_AUTH_MODE: 'hmac' },
      /^HTTP_API_AUTH_SECRET is needed/,
    ],
    ['a secret without a use', { ...api, HTTP_API_AUTH_SECRET: 'x' }, /^HTTP_API_AUTH_MODE must/],
    ['a header that is taken', { ...api, HTTP_API_AUTH_HEADER: 'Host' }, /^HTTP_API_AUTH_HEADER must/],
    [
      'a request longer than the sign-in',
      { ...api, HTTP_API_TIMEOUT: '1s' },
      /^HTTP_API_ATTEMPT_TIMEOUT must/,
    ],
    [
      'a provider without its secret',
      { GITHUB_OAUTH_ENABLED: 'true', GITHUB_CLIENT_ID: 'x' },
      /^GITHUB_CLIENT_SECRET is needed/,
    ],
    [
      'another callback',
      { ...github, GITHUB_REDIRECT_URL: 'https://x.example/cb' },
      /^GITHUB_REDIRECT_URL must be/,
    ],
    [
      'a Gitea nowhere',
      { GITEA_OAUTH_ENABLED: 'true', GITEA_CLIENT_ID: 'x', GITEA_CLIENT_SECRET: 'x' },
      /^GITEA_URL is needed/,
    ],
    [
      'an OpenID provider nowhere',
      { OIDC_OAUTH_ENABLED: 'true', OIDC_CLIENT_ID: 'x', OIDC_CLIENT_SECRET: 'x' },
      /^OIDC_ISSUER_URL is needed/,
    ],
    ['a tenant that is none', { MICROSOFT_TENANT_ID: '../common' }, /^MICROSOFT_TENANT_ID must be/],
  ] as const) {
    it(`refuse ${title}`, () => {
      const problems = problemsOf(environment)
      assert.ok(
        problems.some((problem) => pattern.test(problem)),
        String(problems),
      )
    })
  }

  it('warn of what anybody on the way can read, and of certificates that are not checked', () => {
    const { warnings } = loadConfig({
      ...api,
      ...github,
      HTTP_API_URL: 'http://directory.internal/',
      HTTP_API_INSECURE_SKIP_VERIFY: 'true',
      OAUTH_INSECURE_SKIP_VERIFY: 'true',
    })
    for (const name of ['HTTP_API_URL', 'HTTP_API_INSECURE_SKIP_VERIFY', 'OAUTH_INSECURE_SKIP_VERIFY']) {
      assert.ok(
        warnings.some((warning) => warning.startsWith(name)),
        name,
      )
    }
  })
})
