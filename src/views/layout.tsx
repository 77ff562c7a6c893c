/** The two frames: one quiet column for people who pass through, and a rail with content for those who stay. */
import type { ComponentChildren } from 'preact'
import { type AssetName, asset } from './assets.ts'
import { Badge } from './components/badge.tsx'
import { Button } from './components/button.tsx'
import { Icon, Logo } from './components/icons.tsx'
import { LanguageLinks, ThemeLinks } from './components/preferences.tsx'
import { Form } from './form.tsx'
import { type NavigationSection, navigation, type Place } from './navigation.ts'
import { localHref, type SignedInPageProps, type Site } from './props.ts'
import { useNumber, useReader, useText } from './reader.tsx'

function Document(props: {
  site: Site
  title: string
  className: string
  /** What the page has besides the stylesheet of all pages. */
  stylesheet?: AssetName | undefined
  children: ComponentChildren
}) {
  const { site, title, className, stylesheet, children } = props
  const { language, theme } = useReader()
  const { time } = language.text
  return (
    // The page script keeps relative times fresh, and finds here the words that `Intl` does not have.
    <html
      lang={language.tag}
      data-theme={theme === 'system' ? undefined : theme}
      data-just-now={time.justNow}
      data-in-a-moment={time.inAMoment}
    >
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme === 'system' ? 'light dark' : theme} />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${site.name}`}</title>
        <link rel="icon" href={localHref(site, site.brand?.logo ?? asset('favicon.svg'))} />
        <link rel="stylesheet" href={localHref(site, asset('app.css'))} />
        {stylesheet !== undefined && <link rel="stylesheet" href={localHref(site, asset(stylesheet))} />}
        {site.brand?.stylesheet != null && (
          <link rel="stylesheet" href={localHref(site, site.brand.stylesheet)} />
        )}
        <script type="module" src={localHref(site, asset('app.js'))} />
      </head>
      <body class={className}>{children}</body>
    </html>
  )
}

function Brand({ site }: { site: Site }) {
  return (
    <a class="brand" href={localHref(site, '/')}>
      {site.brand?.logo == null ? (
        <Logo />
      ) : (
        // Says nothing the name does not say.
        <img class="brand-logo" src={localHref(site, site.brand.logo)} alt="" />
      )}
      <span>{site.name}</span>
    </a>
  )
}

function Footer({ site }: { site: Site }) {
  const { layout: text } = useText()
  return (
    <footer class="footer">
      <p>{site.helpUrl === null ? text.questions : <a href={site.helpUrl}>{text.help}</a>}</p>
      {site.brand?.privacyUrl != null && <a href={site.brand.privacyUrl}>{text.privacy}</a>}
      {site.brand?.termsUrl != null && <a href={site.brand.termsUrl}>{text.terms}</a>}
      <LanguageLinks site={site} />
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

function Section(
  props: Pick<SignedInPageProps, 'site' | 'pendingApprovals'> & {
    section: NavigationSection
    current: Place
  },
) {
  const { site, section, current, pendingApprovals = 0 } = props
  const { navigation: text } = useText()
  const number = useNumber()
  const entries = section.entries.filter(({ path }) => site.places.has(path))
  if (entries.length === 0) return null
  return (
    <>
      <p class="places-title" aria-hidden="true">
        {text[section.title]}
      </p>
      <ul class="places" aria-label={text[section.title]}>
        {entries.map(({ path, word, icon }) => (
          <li key={path}>
            <a href={localHref(site, path)} aria-current={path === current ? 'page' : undefined}>
              <Icon name={icon} />
              {text.places[word]}
              {path === '/admin/clients' && pendingApprovals > 0 && (
                <Badge tone="warning">
                  <span aria-hidden="true">{number(pendingApprovals)}</span>
                  <span class="visually-hidden">{text.waiting(pendingApprovals)}</span>
                </Badge>
              )}
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

function Navigation(props: SignedInPageProps & { current: Place }) {
  const { site, csrfToken, account, current, pendingApprovals } = props
  const { common, layout: text } = useText()
  const sections: readonly NavigationSection[] = navigation
  return (
    <>
      <nav aria-label={text.main}>
        {sections
          .filter(({ admin }) => admin !== true || account.role === 'admin')
          .map((section) => (
            <Section
              key={section.title}
              site={site}
              section={section}
              current={current}
              pendingApprovals={pendingApprovals ?? 0}
            />
          ))}
      </nav>
      <div class="signed-in">
        <p>
          <span class="muted">{common.signedInAs}</span>
          <bdi class="signed-in-name">{account.displayName}</bdi>
        </p>
        <Form site={site} action="/logout" csrfToken={csrfToken}>
          <Button kind="quiet" icon="leave" wide>
            {text.signOut}
          </Button>
        </Form>
        <ThemeLinks site={site} />
      </div>
    </>
  )
}

interface PageHeadProps {
  site: Site
  /** Of the window; also the heading, unless that says more. */
  title: string
  /** Stands in the place of the title: with a name in `<bdi>`, or a badge. */
  heading?: ComponentChildren
  /** What the page is for, in a sentence. */
  lead?: ComponentChildren
  /** Beside the heading: buttons of the whole page. */
  actions?: ComponentChildren
  /** The page above this one. */
  parent?: { path: string; label: string }
}

function PageHead({ site, title, heading, lead, actions, parent }: PageHeadProps) {
  return (
    <div class="page-head">
      {parent !== undefined && (
        <a class="parent" href={localHref(site, parent.path)}>
          <Icon name="back" />
          {parent.label}
        </a>
      )}
      <div class="page-title">
        <h1>{heading ?? title}</h1>
        {actions !== undefined && <div class="acts">{actions}</div>}
      </div>
      {lead !== undefined && <p class="muted">{lead}</p>}
    </div>
  )
}

export interface WidePublicPageProps extends PageHeadProps {
  /** What the page has besides the stylesheet of all pages. */
  stylesheet?: AssetName
  children: ComponentChildren
}

/** For reading: as wide as the pages inside, without their navigation. */
export function WidePublicPage(props: WidePublicPageProps) {
  const { site, title, stylesheet, children } = props
  const { layout: text } = useText()
  return (
    <Document site={site} title={title} className="public-wide" stylesheet={stylesheet}>
      <a class="skip" href="#content">
        {text.skip}
      </a>
      <header>
        <Brand site={site} />
      </header>
      <div class="content">
        <main id="content" tabindex={-1}>
          <PageHead {...props} />
          {children}
        </main>
        <Footer site={site} />
      </div>
    </Document>
  )
}

export interface InsidePageProps extends SignedInPageProps, PageHeadProps {
  /** Where this page is in the navigation. */
  current: Place
  /** What the page has besides the stylesheet of all pages. */
  stylesheet?: AssetName
  children: ComponentChildren
}

/** Where clients, charts and long lists are. */
function isAdministration(place: Place): boolean {
  return place === '/apps' || place.startsWith('/admin')
}

/**
 * A rail on wide screens, a top bar with a menu on narrow ones: `<InsidePage {...props} title current>`. The
 * navigation is in the page twice, and the stylesheet takes one away altogether: a closed menu cannot be a rail
 * without script.
 */
export function InsidePage(props: InsidePageProps) {
  const { site, title, current, children } = props
  const { stylesheet = isAdministration(current) ? 'administration.css' : undefined } = props
  const { layout: text } = useText()
  return (
    <Document site={site} title={title} className="inside" stylesheet={stylesheet}>
      <a class="skip" href="#content">
        {text.skip}
      </a>
      <header class="rail">
        <Brand site={site} />
        <div class="rail-wide">
          <Navigation {...props} />
        </div>
        <details class="rail-narrow">
          <summary class="button button-quiet">
            <Icon name="menu" />
            {text.menu}
          </summary>
          <div class="sheet">
            <Navigation {...props} />
          </div>
        </details>
      </header>
      <div class="content">
        <main id="content" tabindex={-1}>
          <PageHead {...props} />
          {children}
        </main>
        <Footer site={site} />
      </div>
    </Document>
  )
}
