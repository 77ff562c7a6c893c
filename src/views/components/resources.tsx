import { useText } from '../reader.tsx'

/** Where what is allowed will work (RFC 8707); nothing when it is bound to no place. */
export interface ShownResource {
  identifier: string
  /** What an operator calls it; `null` when it is not registered here. */
  name: string | null
}

export function Resources({ resources }: { resources: readonly ShownResource[] }) {
  const { resources: text } = useText()
  if (resources.length === 0) return null
  return (
    <section aria-labelledby="resources">
      <h2 id="resources">{text.title}</h2>
      <ul class="resources">
        {resources.map(({ identifier, name }) => (
          <li key={identifier}>
            {name !== null && (
              <>
                <strong>
                  <bdi>{name}</bdi>
                </strong>{' '}
              </>
            )}
            <bdi>{identifier}</bdi>
          </li>
        ))}
      </ul>
    </section>
  )
}
