/** {@link SigningKeyStore} in SQL. The table has a handful of rows; nothing needs an index. */
import type { SigningKeyStore, StoredSigningKey } from '../../oauth/token/signing-key.ts'
import { fromSigningKey, type SigningKeyRow, signingKeyColumns, toSigningKey } from './rows.ts'
import { type Executor, insertStatement, type NoParams, statement } from './statement.ts'

const list = statement<NoParams, SigningKeyRow>(
  'signing_keys.list',
  `select ${signingKeyColumns} from signing_keys where state <> 'retired' order by created_at desc, kid`,
)

const insert = insertStatement<SigningKeyRow>('signing_keys', signingKeyColumns)

export class SqlSigningKeyStore implements SigningKeyStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async list(): Promise<StoredSigningKey[]> {
    return (await this.#sql.all(list, {})).map(toSigningKey)
  }

  async insert(key: StoredSigningKey): Promise<void> {
    await this.#sql.run(insert, fromSigningKey(key))
  }
}
