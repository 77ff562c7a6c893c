/** Accounts of the configured database. */
import type { Account } from '../../../accounts/account.ts'
import { passwordHasher } from '../../../accounts/password.ts'
import { normalizeUsername } from '../../../accounts/username.ts'
import { createAccountAdministration, passwordRulesOf } from '../../../administration/accounts.ts'
import { ActRefused } from '../../../administration/invalid-input.ts'
import type { AuthSource } from '../../../events/catalogue.ts'
import type { AccountId } from '../../../shared/ids.ts'
import type { AdministrationTools } from '../../database.ts'
import type { ShownUser, Users } from '../port.ts'

const pageSize = 200

export function localUsers(tools: AdministrationTools): Users {
  const { storage, actor, config } = tools
  const { accounts } = storage.read
  const administration = createAccountAdministration({
    ...tools,
    hashPassword: passwordHasher.hash,
    passwordRules: passwordRulesOf(config),
  })

  const get = async ({ id }: ShownUser): Promise<Account> => {
    const account = await accounts.find(id as AccountId)
    if (account === undefined) throw new ActRefused('gone')
    return account
  }

  return {
    async list({ search, role, status, source }) {
      const filter = { search, role, status, authSource: source as AuthSource | undefined }
      const found: Account[] = []
      for (let after: string | undefined; ; ) {
        const page = await accounts.page(filter, { limit: pageSize, after })
        found.push(...page.entries)
        if (page.next === null) return found
        after = page.next
      }
    },

    async find(username) {
      const name = normalizeUsername(username)
      return name === undefined ? undefined : await accounts.findByUsername(name)
    },

    async create(input) {
      const { account, password } = await administration.create(input, actor)
      return { user: account, password }
    },

    disable: async (user) => administration.disable(await get(user), actor),
    enable: async (user) => administration.enable(await get(user), actor),
    delete: async (user) => administration.delete(await get(user), actor),

    async resetPassword(user, given) {
      const password = await administration.resetPassword(await get(user), actor, given)
      return given === undefined ? password : undefined
    },

    removeFactors: async (user) => administration.removeFactors(await get(user), actor),
  }
}
