/** Somebody has as many apps as one person may have. */
import { Alert } from '../components/alert.tsx'
import { LinkButton } from '../components/button.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

export function AppsFullPage(props: SignedInPageProps) {
  const { apps: text } = useText().clients
  return (
    <InsidePage {...props} title={text.create} current="/apps" parent={{ path: '/apps', label: text.title }}>
      <Alert tone="danger" title={text.tooMany} focused>
        <p>{text.tooManyAdvice}</p>
      </Alert>
      <LinkButton href={localHref(props.site, '/apps')}>{text.title}</LinkButton>
    </InsidePage>
  )
}
