export async function openPostgresStorage(_o: unknown): Promise<import('./storage.ts').Storage> {
  throw new Error('pending')
}
