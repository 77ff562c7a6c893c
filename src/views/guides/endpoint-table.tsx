/** Where everything is: the addresses of the metadata, as they are on this server at this moment. */
import { useText } from '../reader.tsx'

export interface EndpointRow {
  /** As the metadata names it; what the language files have a line for. */
  member: string
  address: string
}

export function EndpointTable({ rows }: { rows: readonly EndpointRow[] }) {
  const { guides: text } = useText()
  const purposes: Readonly<Record<string, string>> = text.endpoints
  return (
    <dl class="endpoints">
      {rows.map(({ member, address }) => (
        <div key={member}>
          <dt>
            <code>{member}</code>
            <span class="detail">{purposes[member]}</span>
          </dt>
          <dd>
            <code>{address}</code>
          </dd>
        </div>
      ))}
    </dl>
  )
}
