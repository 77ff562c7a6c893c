/** Setting up an authenticator app: a code to scan, the same to type, and the first number it shows. */
import { Field } from '../form.tsx'
import { useText } from '../reader.tsx'
import { QrCode } from './qr-code.tsx'

export interface TotpEnrolmentProps {
  sealed: string
  address: string
  typed: string
  /** The number that was sent was not the one the app shows. */
  wrong: boolean
}

export function TotpEnrolmentFields({ sealed, address, typed, wrong }: TotpEnrolmentProps) {
  const text = useText().security.totp
  return (
    <>
      <QrCode value={address} label={text.qrLabel} />
      <details>
        <summary>{text.cannotScan}</summary>
        <p>{text.typeThis}</p>
        <p>
          <code class="secret-text">{typed}</code>
        </p>
      </details>
      <input type="hidden" name="sealed" value={sealed} />
      <Field
        name="code"
        label={text.firstCode}
        autocomplete="one-time-code"
        numeric
        help={text.firstCodeHelp}
        error={wrong ? text.firstCodeWrong : undefined}
      />
    </>
  )
}
