/** Tokens of a device that somebody signed in at a browser allowed. */
import type { TestApp, TestBrowser } from './test-app.ts'

export async function deviceTokens(
  test: TestApp,
  browser: TestBrowser,
  scope = 'openid offline_access',
): Promise<{ access_token: string; refresh_token: string; id_token: string }> {
  const issued = await test.post('/oauth/device/code', { client_id: test.clientId, scope })
  await browser.decide(issued.body.user_code, 'approve')
  const answer = await test.post('/oauth/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: test.clientId,
    device_code: issued.body.device_code,
  })
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.text}`)
  return answer.body
}
