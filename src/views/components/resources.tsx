/** Where what is allowed will work (RFC 8707); nothing when it is bound to no place. */
export function Resources({ resources }: { resources: readonly string[] }) {
  if (resources.length === 0) return null
  return (
    <section aria-labelledby="resources">
      <h2 id="resources">Only at these services</h2>
      <ul class="resources">
        {resources.map((resource) => (
          <li key={resource}>
            <bdi>{resource}</bdi>
          </li>
        ))}
      </ul>
    </section>
  )
}
