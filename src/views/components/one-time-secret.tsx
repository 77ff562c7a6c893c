import { useText } from '../reader.tsx'
import { CopyButton } from './id.tsx'

export interface OneTimeSecretProps {
  value: string
  /** "Client secret". */
  label: string
}

/**
 * A secret that this page shows and no other ever will: plain text that can be selected, a button to copy it where the
 * page script runs, and the warning to keep it.
 */
export function OneTimeSecret({ value, label }: OneTimeSecretProps) {
  const { copy: text } = useText()
  return (
    <div class="secret">
      <p class="label">{label}</p>
      <p class="secret-value">
        <code>
          <bdi dir="ltr">{value}</bdi>
        </code>
        <CopyButton value={value} what={label} />
      </p>
      <p class="field-help">{text.once}</p>
    </div>
  )
}
