/** `oidcc-formpost-basic-certification-test-plan`: the basic plan, its answers posted. */
import { basicModules } from './basic-modules.ts'

for (const client of ['static', 'dynamic'] as const) {
  basicModules('oidcc-formpost-basic-certification-test-plan', { client, mode: 'form_post' })
}
