/** The frame of the guides: inside for whoever is signed in, and a wide public page for everybody else. */
import type { ComponentChildren } from 'preact'
import { InsidePage, WidePublicPage } from '../layout.tsx'
import type { PageProps, SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

/** What the pages of whoever is signed in are told besides; `null` for everybody else. */
export type Visitor = Omit<SignedInPageProps, keyof PageProps> | null

export interface GuideFrameProps extends PageProps {
  visitor: Visitor
  title: string
  /** Beside the heading. */
  actions?: ComponentChildren
  /** The list of guides; `null` where the page is the list. */
  contents: ComponentChildren | null
  children: ComponentChildren
}

/**
 * On wide screens the list stands beside the guide, on narrow ones above it and closed. It is in the page twice, as the
 * navigation is: a closed list cannot be an open column without script.
 */
export function GuideFrame({ visitor, contents, children, ...props }: GuideFrameProps) {
  const { guides: text } = useText()
  const body =
    contents === null ? (
      children
    ) : (
      <div class="guides">
        <nav class="guides-wide" aria-label={text.guides}>
          {contents}
        </nav>
        <details class="guides-narrow">
          <summary class="button button-secondary button-wide">{text.guides}</summary>
          <nav aria-label={text.guides}>{contents}</nav>
        </details>
        <div class="guides-content">{children}</div>
      </div>
    )
  if (visitor === null) {
    return (
      <WidePublicPage {...props} stylesheet="guides.css">
        {body}
      </WidePublicPage>
    )
  }
  return (
    <InsidePage {...props} {...visitor} current="/docs" stylesheet="guides.css">
      {body}
    </InsidePage>
  )
}
