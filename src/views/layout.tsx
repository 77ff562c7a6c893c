/** The two frames: one quiet column for people who pass through, and a rail with content for those who stay. */
import type { ComponentChildren } from 'preact'
import { asset } from './assets.ts'
import { Button } from './components/button.tsx'
import { Icon, type IconName, Logo } from './components/icons.tsx'
import { Form } from './form.tsx'
import { type Account, localHref, type Site } from './props.ts'

function Document(props: { site: Site; title: string; className: string; children: ComponentChildren }) {
  const { site, title, className, children } = props
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${site.name}`}</title>
        <link rel="icon" type="image/svg+xml" href={localHref(site, asset('favicon.svg'))} />
        <link rel="stylesheet" href={localHref(site, asset('app.css'))} />
        <script type="module" src={localHref(site, asset('app.js'))} />
      </head>
      <body class={className}>{children}</body>
    </html>
  )
}

function Brand({ site }: { site: Site }) {
  return (
    <a class="brand" href={localHref(site, '/')}>
      <Logo />
      <span>{site.name}</span>
    </a>
  )
}

function Footer({ site }: { site: Site }) {
  return (
    <footer class="footer">
      {site.helpUrl === null ? (
        <p>Questions? Ask the people who run this server.</p>
      ) : (
        <p>
          <a href={site.helpUrl}>Help</a>
        </p>
      )}
      <p>
        {site.name} {site.version}
      </p>
    </footer>
  )
}

export interface PublicPageProps {
  site: Site
  title: string
  children: ComponentChildren
}

/** One centered column: sign-in, codes, errors. */
export function PublicPage({ site, title, children }: PublicPageProps) {
  return (
    <Document site={site} title={title} className="public">
      <header>
        <Brand site={site} />
      </header>
      <main class="card">{children}</main>
      <Footer site={site} />
    </Document>
  )
}

const places = [
  { path: '/account/sessions', label: 'Sessions and apps', icon: 'screen' },
  { path: '/account/authorizations', label: 'Allowed apps', icon: 'check' },
  { path: '/device', label: 'Connect a device', icon: 'terminal' },
] as const satisfies readonly { path: string; label: string; icon: IconName }[]

export type Place = (typeof places)[number]['path']

export interface InsidePageProps {
  site: Site
  title: string
  csrfToken: string
  account: Account
  /** Where this page is in the navigation. */
  current: Place
  children: ComponentChildren
}

function Navigation({ site, csrfToken, account, current }: Omit<InsidePageProps, 'title' | 'children'>) {
  return (
    <>
      <nav aria-label="Main">
        <ul class="places">
          {places.map(({ path, label, icon }) => (
            <li key={path}>
              <a href={localHref(site, path)} aria-current={path === current ? 'page' : undefined}>
                <Icon name={icon} />
                {label}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="signed-in">
        <p>
          <span class="muted">Signed in as</span>
          <bdi class="signed-in-name">{account.displayName}</bdi>
        </p>
        <Form site={site} action="/logout" csrfToken={csrfToken}>
          <Button kind="quiet" icon="leave" wide>
            Sign out
          </Button>
        </Form>
      </div>
    </>
  )
}

/**
 * A rail on wide screens, a top bar with a menu on narrow ones. The navigation is in the page twice, and the
 * stylesheet takes one away altogether: a closed menu cannot be a rail without script.
 */
export function InsidePage({ children, title, ...navigation }: InsidePageProps) {
  const { site } = navigation
  return (
    <Document site={site} title={title} className="inside">
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="rail">
        <Brand site={site} />
        <div class="rail-wide">
          <Navigation {...navigation} />
        </div>
        <details class="rail-narrow">
          <summary class="button button-quiet">
            <Icon name="menu" />
            Menu
          </summary>
          <div class="sheet">
            <Navigation {...navigation} />
          </div>
        </details>
      </header>
      <div class="content">
        <main id="content" tabindex={-1}>
          {children}
        </main>
        <Footer site={site} />
      </div>
    </Document>
  )
}
