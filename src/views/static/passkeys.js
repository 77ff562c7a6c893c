/**
 * Passkeys: hands what the server asks for to the browser, and the browser's answer back in a form. The server decides
 * everything; a page without this script offers the other ways.
 */

const messageOf = (form) => form.querySelector('[data-passkey-problem]')

/** Runs the ceremony a form describes, and puts the answer into it. */
async function answer(form, extra = {}) {
  const options = JSON.parse(form.dataset.options)
  const credential =
    form.dataset.passkey === 'create'
      ? await navigator.credentials.create({
          publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
          ...extra,
        })
      : await navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
          ...extra,
        })
  form.elements.response.value = JSON.stringify(credential.toJSON())
  HTMLFormElement.prototype.submit.call(form)
}

/** The offer to fill in a passkey with the username, while the page waits. */
let waiting

function enhance(form) {
  form.hidden = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    waiting?.abort()
    messageOf(form).hidden = true
    try {
      await answer(form)
    } catch (error) {
      // Nobody chose one, or there is none: the page stays, with the other ways on it.
      messageOf(form).hidden = false
      messageOf(form).dataset.reason = error.name
      form.ariaBusy = null
    }
  })
}

async function offerWithUsername(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return
  waiting = new AbortController()
  try {
    await answer(form, { mediation: 'conditional', signal: waiting.signal })
  } catch {
    // Nothing was chosen; the button and the password are still there.
  }
}

if (typeof PublicKeyCredential !== 'undefined' && PublicKeyCredential.parseRequestOptionsFromJSON) {
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    enhance(form)
    if (form.dataset.conditional !== undefined) void offerWithUsername(form)
  }
} else {
  for (const note of document.querySelectorAll('[data-passkey-missing]')) note.hidden = false
}
