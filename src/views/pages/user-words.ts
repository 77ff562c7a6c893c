/** Codes that addresses of the pages of people may carry: the only words an address can put on them. */
import type { Text } from '../languages/languages.ts'

type Words = Text['people']['users']
export type PeopleSource = keyof Words['sources']
export type UsersNotice = keyof Words['notices']
export type UserRefusal = keyof Words['refusals']

export const usersNotices = [
  'updated',
  'unchanged',
  'disabled',
  'enabled',
  'deleted',
  'sessions_ended',
  'tokens_ended',
  'email_verified',
  'consent_withdrawn',
  'factors_removed',
  'disconnected',
] as const satisfies readonly UsersNotice[]

export const userRefusals = [
  'last_admin',
  'own_account',
  'not_local',
  'gone',
] as const satisfies readonly UserRefusal[]
