/** What a taken unique value is called in {@link AlreadyExists}, by `table.column`. */
export const takenValues: Readonly<Record<string, string>> = {
  'accounts.id': 'account id',
  'accounts.username': 'username',
  'accounts.email_key': 'email',
  'clients.id': 'client id',
}
