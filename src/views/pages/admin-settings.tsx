/** Every setting as it is in force, without secrets. */
import { type Column, DataTable } from '../components/data-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { ListFilters } from '../components/list.tsx'
import type { Text } from '../languages/languages.ts'
import { InsidePage } from '../layout.tsx'
import type { SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

type SettingGroup = keyof Text['operations']['settings']['groups']

export interface SettingRow {
  name: string
  /** One sentence; code in it stands between backticks. */
  description: string
  secret: boolean
  isSet: boolean
  /** `undefined` for a secret, and where a default depends on something else. */
  value: string | undefined
  defaultNote: string | undefined
}

export interface AdminSettingsPageProps extends SignedInPageProps {
  /** Groups by their keys, in order; those without a setting that fits are left out. */
  groups: readonly { key: SettingGroup; settings: readonly SettingRow[] }[]
  search: string
}

export function AdminSettingsPage(props: AdminSettingsPageProps) {
  const { site, groups, search } = props
  const { list, operations } = useText()
  const { settings: text } = operations
  const found = groups.reduce((sum, { settings }) => sum + settings.length, 0)
  return (
    <InsidePage {...props} title={text.title} lead={text.lead} current="/admin/settings">
      <ListFilters
        site={site}
        path="/admin/settings"
        filters={[
          { kind: 'search', name: 'search', label: text.search, value: search, help: text.searchHelp },
        ]}
      />
      <p class="muted">{text.found(found)}</p>
      {groups.length === 0 && (
        <EmptyState icon="info" title={list.noneFound}>
          <p>{list.noneFoundAdvice}</p>
        </EmptyState>
      )}
      {groups.map(({ key, settings }) => (
        <section key={key} class="section" aria-labelledby={`group-${key}`}>
          <h2 id={`group-${key}`}>{text.groups[key]}</h2>
          <DataTable
            caption={text.groups[key]}
            columns={columns(text)}
            rows={settings}
            rowKey={({ name }) => name}
          />
        </section>
      ))}
    </InsidePage>
  )
}

type SettingsText = ReturnType<typeof useText>['operations']['settings']

function columns(text: SettingsText): readonly Column<SettingRow>[] {
  return [
    {
      header: text.name,
      kind: 'row-header',
      cell: ({ name, description }) => (
        <>
          <code class="name">{name}</code>
          <span class="detail">
            <WithCode text={description} />
          </span>
        </>
      ),
    },
    { header: text.value, cell: (setting) => <Value setting={setting} text={text} /> },
    {
      header: text.source,
      cell: ({ isSet }) => <span class="whole">{isSet ? text.environment : text.byDefault}</span>,
    },
  ]
}

function Value({ setting, text }: { setting: SettingRow; text: SettingsText }) {
  const { secret, isSet, value, defaultNote } = setting
  if (secret && isSet) return <>{text.secretSet}</>
  if (value !== undefined) {
    return (
      <code>
        <bdi>{value}</bdi>
      </code>
    )
  }
  if (defaultNote === undefined || secret) return <span class="muted">{text.notSet}</span>
  return (
    <span class="muted">
      <WithCode text={text.dependsOn(defaultNote)} />
    </span>
  )
}

/** Text in which what stands between backticks is code. */
function WithCode({ text }: { text: string }) {
  return (
    <>
      {text
        .split('`')
        .map((part, index) => (index % 2 === 1 ? <code key={`${index} ${part}`}>{part}</code> : part))}
    </>
  )
}
