/** What holds for every page in every state: it cannot be broken by what it shows, and everyone can use it. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { VNode } from 'preact'
import { instant } from '../../shared/clock.ts'
import { staticAssets } from '../assets.ts'
import { languages } from '../languages/languages.ts'
import { defaultReader, type Reader } from '../reader.tsx'
import { renderPage as renderFor } from '../render.ts'
import { ConfirmDevicePage } from './device.tsx'
import { type ErrorPageKind, errorPages } from './error.tsx'
import { clientStates } from './states/clients.fixture.tsx'
import {
  confirm,
  csrfToken,
  enterCode,
  error,
  everybodyStates,
  firstVisit,
  login,
  loginErrors,
  middleOfList,
  now,
  type State,
  sessions,
  site,
  wholeList,
} from './states/everybody.fixture.tsx'
import { peopleStates } from './states/people.fixture.tsx'
import { formPost, securityStates } from './states/security.fixture.tsx'
import { serverStates } from './states/server.fixture.tsx'

const renderPage = (page: VNode, reader = defaultReader): string => renderFor(page, reader)

const readers: readonly Reader[] = languages.map((language) => ({ ...defaultReader, language }))

/** `forPeople`: whoever reads it need not know a word of the protocol. */
const groups: readonly { states: ReadonlyMap<string, State>; forPeople: boolean }[] = [
  { states: everybodyStates, forPeople: true },
  { states: securityStates, forPeople: true },
  { states: peopleStates, forPeople: false },
  { states: clientStates, forPeople: false },
  { states: serverStates, forPeople: false },
]

interface Tag {
  name: string
  attributes: ReadonlyMap<string, string>
}

/** The tags of a document. Attribute values are always in double quotes, which the renderer escapes inside them. */
function tagsOf(html: string): Tag[] {
  return [...html.matchAll(/<([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/gi)].map(
    ([, name, attributes]) => ({
      name: name!,
      attributes: new Map(
        [...attributes!.matchAll(/([a-z-]+)(?:="([^"]*)")?/gi)].map(([, key, value]) => [key!, value ?? '']),
      ),
    }),
  )
}

/** Elements and attribute names without any value: what a page is built of. */
function skeleton(html: string): string {
  return tagsOf(html)
    .map(({ name, attributes }) => `${name} ${[...attributes.keys()].join(' ')}`)
    .join('\n')
}

function visibleText(html: string): string {
  return html.replace(/<[a-z/!](?:[^>"]|"[^"]*")*>/gi, ' ')
}

/** Attributes that screen readers speak, or that show on hover. */
function spokenAttributes(html: string): string[] {
  return tagsOf(html).flatMap(({ name, attributes }) =>
    [...attributes]
      .filter(([key]) =>
        /^(?:aria-label|title|alt|placeholder|data-(?!relative|enhance|copy$|copy-label|copy-code|language|theme|passkey|options|conditional).+)$/.test(
          key,
        ),
      )
      .map(([key, value]) => (name === 'code' && key === 'title' ? '' : value)),
  )
}

function plain(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

const hostile = [
  '"><script>alert(1)</script>',
  "' onmouseover='alert(1)",
  '</title><img src=x onerror=alert(1)>',
  '<!-- ]]> --> <svg/onload=alert(1)>',
  '&lt;b&gt; &amp;amp; &#x3c;',
  'javascript:alert(1)',
  '{{constructor}} <%= 1 %>',
  'x'.repeat(5000),
  'שלום 👩‍💻 नमस्ते',
]

/** What is called the same in every language. */
const names =
  /AuthGate(?: 0\.1\.0)?|English|JavaScript|QR|UTC|\bIP\b|Google|Microsoft|Git(?:Hub|ea|Lab)|OpenID Connect|qwertyui|ana@example\.com|\ba–z\b|\b(?:id_token_hint|post_logout_redirect_uri)\b/g

/** What developers and administrators read in English wherever they are. */
const protocolTerms =
  /\b(?:ID|URI|API|MCP|HTTP|https?|RFC|scope|scheme|JSON(?: Lines)?|CSV|JWK Set|private_key_jwt|[REP]S256|EdDSA|Ed25519|FAPI|userinfo|Back-Channel Logout|DPoP|PKCE|Node\.js|openid-client|issuer|iss|openid|profile|email|offline_access|[45]xx|OpenAPI|Shell|ENABLE_AUDIT_LOGGING|false|CLIENT|CRITICAL)\b/g

const cases = groups.flatMap(({ states, forPeople }) =>
  [...states].flatMap(([name, state]) => readers.map((reader) => ({ name, state, reader, forPeople }))),
)

for (const { name, state, reader, forPeople } of cases) {
  describe(`page: ${name}, in ${reader.language.tag}`, () => {
    const render = (page: VNode): string => renderPage(page, reader)
    const html = render(state('Plain words', site))
    const tags = tagsOf(html)
    const named = (tag: string) => tags.filter((candidate) => candidate.name === tag)

    it('shows hostile text as text', () => {
      for (const text of hostile) {
        const page = render(state(text, site))
        assert.equal(skeleton(page), skeleton(html), `built differently by ${text}`)
      }
    })

    it('is built the same whatever text it shows', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
          assert.equal(skeleton(render(state(text, site))), skeleton(html))
        }),
        { numRuns: forPeople ? 25 : 5 },
      )
    })

    it('lets no control or reordering character through', () => {
      const page = render(state('invoice\u202Egnp.exe\u0000\u0007\u2066\u2028\u0085', site))
      assert.doesNotMatch(page, /[^\P{Cc}\t\n\r]|[\u2028-\u202E\u2066-\u2069]/u)
    })

    it('has a title, a language and one main heading', () => {
      assert.ok(html.startsWith(`<!doctype html><html lang="${reader.language.tag}" `))
      assert.match(html, /<title>[^<]+ · AuthGate<\/title>/)
      assert.equal(named('h1').length, 1)
      assert.equal(named('main').length, 1)
    })

    it('labels every field', () => {
      const labeled = new Set(named('label').map(({ attributes }) => attributes.get('for')))
      for (const { attributes } of ['input', 'select', 'textarea'].flatMap(named)) {
        const kind = attributes.get('type')
        // Names the account to password managers, and is seen by nobody.
        if (kind === 'hidden' || attributes.has('hidden') || attributes.has('aria-label')) continue
        const wrapped = plain(html).includes(
          `<label class="checkbox"><input type="${kind}" name="${plain(attributes.get('name')!)}"`,
        )
        assert.ok(wrapped || labeled.has(attributes.get('id')), `no label for ${attributes.get('name')}`)
      }
    })

    it('posts every form with the CSRF token', () => {
      for (const form of html.match(/<form[\s\S]*?<\/form>/g) ?? []) {
        // What only asks for a page changes nothing, and its address can be kept.
        if (/^<form method="get"/.test(form)) continue
        assert.match(form, /^<form method="post"/)
        assert.ok(form.includes(`<input type="hidden" name="csrf_token" value="${csrfToken}"/>`))
        assert.match(form, /<button type="submit"/)
      }
    })

    it('carries no inline script or style', () => {
      assert.equal(named('style').length, 0)
      assert.match(html, /<script type="module" src="[^"]+"><\/script>/)
      for (const { attributes } of named('script')) assert.match(attributes.get('src') ?? '', /^\/.*static\//)
      for (const { name, attributes } of tags) {
        for (const attribute of attributes.keys()) {
          assert.ok(attribute !== 'style' && !attribute.startsWith('on'), `${attribute} on ${name}`)
        }
      }
    })

    it('uses each id once, and points only to ids it has', () => {
      const ids = tags.flatMap(({ attributes }) => attributes.get('id') ?? [])
      assert.equal(new Set(ids).size, ids.length, `repeated among ${ids}`)
      for (const { attributes } of tags) {
        const targets = [
          ...(attributes.get('aria-describedby')?.split(' ') ?? []),
          ...(attributes.get('aria-labelledby')?.split(' ') ?? []),
          ...(attributes.get('href')?.startsWith('#') ? [attributes.get('href')!.slice(1)] : []),
        ]
        for (const target of targets) assert.ok(ids.includes(target), `nothing has the id ${target}`)
      }
    })

    it('asks for the focus at most once', () => {
      assert.ok(tags.filter(({ attributes }) => attributes.has('autofocus')).length <= 1)
    })

    it('says nothing in another language', () => {
      if (reader.language.tag === 'en') return
      const page = plain(render(state('某', site)))
      const said = [
        visibleText(page.replace(/<(code|head|bdi)\b.*?<\/\1>/gs, ' ')),
        ...spokenAttributes(page),
      ].join('\n')
      const foreign = said.replaceAll(names, '').replaceAll(forPeople ? /$^/g : protocolTerms, '')
      assert.doesNotMatch(foreign, /[A-Za-z]{2,}/)
    })

    it('speaks plainly, in American spelling, of signing in and out', () => {
      if (!forPeople) return
      assert.doesNotMatch(
        visibleText(html.replace(/<nav\b.*?<\/nav>/gs, '')),
        /\b(scopes?|grants?|clients?|log ?(in|on|out)|authori[sz]\w*|e-mail|colour|recognise|user agent)\b/i,
      )
    })

    it('stays under the base path, and asks only for files that exist', () => {
      const mounted = render(state('Plain words', { ...site, basePath: '/auth' }))
      for (const { name, attributes } of tagsOf(mounted)) {
        for (const key of ['href', 'src', 'action']) {
          const address = attributes.get(key)
          if (address === undefined || address.startsWith('#') || address.startsWith('/account/sessions?'))
            continue
          assert.ok(address.startsWith('/auth/'), `${key}="${address}" on ${name}`)
          if (name === 'link' || name === 'script') assert.ok(staticAssets.has(address.slice('/auth'.length)))
        }
      }
    })
  })
}

/** Every component of a page that a state is made of. */
const shown = new Set<unknown>(
  [...groups.flatMap(({ states }) => [...states.values()]), formPost].map((state) => state('x', site).type),
)

it('every page there is shows hostile text somewhere above', async () => {
  const missing: string[] = []
  for (const file of readdirSync(import.meta.dirname)) {
    if (!/^[a-z-]+\.js$/.test(file)) continue
    const exported: Readonly<Record<string, unknown>> = await import(`./${file}`)
    for (const [name, value] of Object.entries(exported)) {
      if (name.endsWith('Page') && !shown.has(value)) missing.push(`${name} in ${file}`)
    }
  }
  assert.ok(shown.size > 50)
  assert.deepEqual(missing, [])
})

it('the answer as a form, which leads elsewhere, shows hostile text as text', () => {
  const plainForm = skeleton(renderPage(formPost('Plain words', site)))
  for (const text of hostile) assert.equal(skeleton(renderPage(formPost(text, site))), plainForm)
})

describe('what the pages say', () => {
  const shownBy = (state: State, text = 'Backup CLI') => plain(renderPage(state(text, site)))

  it('keeps what the person typed', () => {
    assert.match(shownBy(login({ kind: 'invalid_credentials' }), 'ana'), /name="username"[^>]* value="ana"/)
    assert.match(
      shownBy(enterCode({ kind: 'not_found' }), 'WDJB-MJHX'),
      /name="user_code"[^>]* value="WDJB-MJHX"/,
    )
  })

  it('never refills a password', () => {
    for (const error of loginErrors) {
      const password = tagsOf(renderPage(login(error)('ana', site))).find(
        ({ attributes }) => attributes.get('type') === 'password',
      )
      assert.equal(password?.attributes.has('value'), false)
    }
  })

  it('names the asker, the place and the time before it asks to allow', () => {
    const page = renderPage(
      <ConfirmDevicePage
        site={site}
        reader={defaultReader}
        csrfToken={csrfToken}
        account={{ username: 'ana', displayName: 'Ana', role: 'user' }}
        now={now}
        userCode="WDJB-MJHT"
        clientName="Backup CLI"
        address="203.0.113.7"
        userAgent="curl/8.5.0"
        requestedAt={instant(now - 130_000)}
        scopes={['profile', 'backup:run']}
        resources={['https://backup.example']}
      />,
    )
    const text = plain(visibleText(page)).replace(/\s+/g, ' ')
    for (const words of [
      'Allow Backup CLI to sign in as you?',
      'WDJB-MJHT',
      'Only continue if you started this yourself',
      '203.0.113.7',
      'curl',
      '2 minutes ago',
      'See your name and picture',
      '"backup:run" (defined by Backup CLI)',
      'https://backup.example',
      'Signed in as Ana',
    ]) {
      assert.ok(text.includes(words), `${words} not in ${text}`)
    }
    assert.ok(text.indexOf('Only continue') < text.indexOf(' Deny '))
  })

  it('offers allowing and denying as equals', () => {
    const [allow, deny] = tagsOf(renderPage(confirm('Backup CLI', site))).filter(
      ({ attributes }) => attributes.get('name') === 'action',
    )
    assert.equal(allow?.attributes.get('value'), 'approve')
    assert.equal(deny?.attributes.get('value'), 'deny')
    assert.equal(allow?.attributes.get('class'), deny?.attributes.get('class'))
  })

  it('names what will end before everything is ended', () => {
    const text = shownBy(sessions(middleOfList, null), 'ana')
    assert.match(text, /ends 9,999 other sessions of ana/)
    assert.match(text, /ends 5 tokens of 10,000 apps/)
    assert.doesNotMatch(shownBy(sessions(wholeList, null)), /end-others/)
    assert.doesNotMatch(shownBy(firstVisit), /revoke-all/)
  })

  it('puts ids into addresses as one segment', () => {
    assert.match(
      renderPage(sessions(wholeList, null)('../../admin?x#y', site)),
      /action="\/account\/sessions\/\.\.%2F\.\.%2Fadmin%3Fx%23y\/end"/,
    )
  })

  it('gives the request id and a way on with every error', () => {
    for (const kind of Object.keys(errorPages) as ErrorPageKind[]) {
      const page = shownBy(error(kind), '0193b6f2-7c11-7a2e-9d53-8f0a4c21d0e5')
      assert.ok(visibleText(page).includes('0193b6f2-7c11-7a2e-9d53-8f0a4c21d0e5'))
      assert.match(page, /href="\/account\/sessions"/)
    }
    assert.match(shownBy(error('too_many_requests')), /Wait 30 seconds, then try again/)
  })
})
