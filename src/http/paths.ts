/** Paths that several endpoints lead to. */

export const authorizePath = '/oauth/authorize'
export const confirmPath = '/login/confirm'
export const afterLoginPath = '/account/sessions'
