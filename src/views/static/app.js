/**
 * What pages do better with script; each works without. No dependency, nothing fetched, nothing stored.
 */

const steps = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** The words the server uses for a time so many seconds from now. */
export function relativeText(seconds, { relative, inAMoment, justNow }) {
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit)
  }
  return seconds > 0 ? inAMoment : justNow
}

/**
 * A user code as devices show it. Full-width letters become plain ones, as on the server, and what is no letter or digit
 * is dropped, so a pasted code may look any way.
 */
export function formatUserCode(typed) {
  const code = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
  return code.length > 4 ? `${code.slice(0, 4)}-${code.slice(4, 8)}` : code
}

/** Times in the language of the page, and on hover in the reader's own zone. */
function keepTimes({ lang, dataset }) {
  const words = { ...dataset, relative: new Intl.RelativeTimeFormat(lang) }
  const exact = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'long' })
  const times = document.querySelectorAll('time[data-relative]')
  for (const time of times) time.title = exact.format(Date.parse(time.dateTime))
  // Counts on from the moment the server rendered the page, so that a wrong clock here does not matter.
  const refresh = () => {
    for (const time of times) {
      const now = Number(time.dataset.relative) + performance.now()
      const text = relativeText((Date.parse(time.dateTime) - now) / 1000, words)
      if (time.textContent !== text) time.textContent = text
    }
  }
  refresh()
  setInterval(refresh, 30_000)
}

/** Groups the code while it is typed at its end; a change in its middle is left alone, so the cursor stays. */
function groupUserCode(input) {
  input.addEventListener('input', (event) => {
    const typingAtEnd = input.selectionStart === input.value.length
    const deleting = event.inputType?.startsWith('delete')
    if (typingAtEnd && !deleting) input.value = formatUserCode(input.value)
  })
}

function offerReveal(input) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'reveal'
  button.setAttribute('aria-controls', input.id)
  const show = (visible) => {
    input.type = visible ? 'text' : 'password'
    const { show, showLabel, hide, hideLabel } = input.dataset
    button.textContent = visible ? hide : show
    button.setAttribute('aria-label', visible ? hideLabel : showLabel)
  }
  button.addEventListener('click', () => show(input.type === 'password'))
  input.form.addEventListener('submit', () => show(false))
  show(false)
  // A box of their own: below the field there may be help.
  const hadFocus = document.activeElement === input
  const box = document.createElement('div')
  box.className = 'has-reveal'
  input.replaceWith(box)
  box.append(input, button)
  if (hadFocus) input.focus()
}

function offerCopy(button) {
  if (!navigator.clipboard) return
  const label = button.querySelector('[data-copy-label]')
  const word = label.textContent
  button.hidden = false
  button.addEventListener('click', async () => {
    // Without a value of its own, the code beside it.
    const text = button.dataset.copy ?? button.closest('.snippet').querySelector('code').textContent
    await navigator.clipboard.writeText(text)
    label.textContent = button.dataset.copied
    setTimeout(() => {
      label.textContent = word
    }, 2000)
  })
}

/**
 * A second press while the answer is on its way would send the form twice. The button stays enabled, since a
 * disabled one does not send its name, and the guard is lifted when the page comes back from history.
 */
function submitOnce(form) {
  form.addEventListener('submit', (event) => {
    if (form.ariaBusy === 'true') event.preventDefault()
    form.ariaBusy = 'true'
  })
  addEventListener('pageshow', () => {
    form.ariaBusy = null
  })
}

/** The answer to an app goes on by itself; the button is for browsers without script. */
function sendAtOnce(form) {
  form.requestSubmit()
}

/** Who ticks the box of the form beside means it for every way to sign in. */
function takeAlongRememberMe(link) {
  const box = document.querySelector('input[name="remember_me"]')
  const { href } = link
  const update = () => {
    const target = new URL(href)
    if (box.checked) target.searchParams.set('remember_me', '1')
    link.href = target.href
  }
  if (box === null) return
  box.addEventListener('change', update)
  update()
}

if (typeof document !== 'undefined') {
  document.querySelectorAll('[data-enhance="user-code"]').forEach(groupUserCode)
  document.querySelectorAll('[data-enhance="password"]').forEach(offerReveal)
  document.querySelectorAll('[data-enhance="remember-me"]').forEach(takeAlongRememberMe)
  document.querySelectorAll('[data-copy], [data-copy-code]').forEach(offerCopy)
  document.querySelectorAll('form').forEach(submitOnce)
  document.querySelectorAll('[data-enhance="send-at-once"]').forEach(sendAtOnce)
  keepTimes(document.documentElement)
}
