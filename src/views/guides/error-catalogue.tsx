/** Every error there is: what it means, what it comes from, what to do. Each has an anchor of its name. */
import { useText } from '../reader.tsx'

/** In one language; code stands between backticks. */
export interface ErrorExplanation {
  meaning: string
  causes: readonly string[]
  remedy: string
}

export interface ErrorEntry extends ErrorExplanation {
  code: string
  status: number
  /** The clause that defines it. */
  source: string
}

export function ErrorCatalogue({ entries }: { entries: readonly ErrorEntry[] }) {
  const { guides: text } = useText()
  return (
    <div class="prose">
      <ul class="error-index">
        {entries.map(({ code }) => (
          <li key={code}>
            <a href={`#${code}`}>
              <code>{code}</code>
            </a>
          </li>
        ))}
      </ul>
      {entries.map(({ code, status, source, meaning, causes, remedy }) => (
        <section key={code} aria-labelledby={code}>
          <h2 id={code}>
            <a class="anchor" href={`#${code}`}>
              <code>{code}</code>
            </a>
          </h2>
          <p class="detail">
            HTTP {status} · {source}
          </p>
          <p>
            <Words text={meaning} />
          </p>
          <p>{text.causes}</p>
          <ul>
            {causes.map((cause) => (
              <li key={cause}>
                <Words text={cause} />
              </li>
            ))}
          </ul>
          <p>
            <strong>{text.remedy}</strong> <Words text={remedy} />
          </p>
        </section>
      ))}
    </div>
  )
}

/** Text with code in it, between backticks. */
function Words({ text }: { text: string }) {
  return (
    <>{text.split('`').map((piece, index) => (index % 2 === 1 ? <code key={index}>{piece}</code> : piece))}</>
  )
}
