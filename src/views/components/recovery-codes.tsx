/** Recovery codes, to be written down. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <ul class="recovery-codes">
      {codes.map((code) => (
        <li key={code}>
          <code>{code}</code>
        </li>
      ))}
    </ul>
  )
}
