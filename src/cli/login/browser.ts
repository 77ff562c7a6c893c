/** Opening the person's browser, when this terminal has one beside it. */
import open from 'open'

/**
 * Whether a browser started here would appear before the person: a graphical session, not a remote one and not
 * an automated one.
 */
export function hasBrowser(env: Readonly<Record<string, string | undefined>>, platform: string): boolean {
  const remoteOrAutomated = ['CI', 'SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY'].some((name) => env[name])
  if (remoteOrAutomated) return false
  return platform === 'darwin' || platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
}

/** Asks the desktop to open an http(s) address. Whether it does is not our business: the address is on screen. */
export async function openBrowser(url: string): Promise<void> {
  try {
    const child = await open(url)
    child.on('error', () => {})
  } catch {
    // No opener installed; the person opens the address by hand.
  }
}
