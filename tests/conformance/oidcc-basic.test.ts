/** `oidcc-basic-certification-test-plan`, with both kinds of registration. */
import { basicModules } from './basic-modules.ts'

for (const client of ['static', 'dynamic'] as const) {
  basicModules('oidcc-basic-certification-test-plan', { client, mode: 'query' })
}
