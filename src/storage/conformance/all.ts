/** Every suite, for a backend's test file. */
import { accountStoreSuite, sessionStoreSuite } from './accounts.ts'
import { announcementStoreSuite } from './announcements.ts'
import { auditStoreSuite } from './audit.ts'
import {
  authorizationCodeStoreSuite,
  authorizationRequestStoreSuite,
  consentStoreSuite,
} from './authorization.ts'
import { clientDocumentStoreSuite } from './client-documents.ts'
import { clientRegistrationStoreSuite } from './client-registrations.ts'
import { clientStoreSuite } from './clients.ts'
import { countSuite, directorySuite } from './counts.ts'
import { deviceGrantStoreSuite } from './device-grants.ts'
import { factorStoreSuite } from './factors.ts'
import { identityConnectionStoreSuite } from './identity-connections.ts'
import { listingSuite } from './listing.ts'
import { logoutOutboxSuite } from './logout-outbox.ts'
import { mailedLinkStoreSuite, pendingSignInStoreSuite } from './pending-sign-ins.ts'
import { accountListSuite, tokenListSuite } from './people.ts'
import { raceSuite } from './races.ts'
import { resourceStoreSuite } from './resources.ts'
import { rollupStoreSuite } from './rollup.ts'
import { signingKeyStoreSuite } from './signing-keys.ts'
import type { OpenFresh } from './suite.ts'
import { accessTokenStoreSuite, grantStoreSuite, refreshTokenStoreSuite } from './tokens.ts'
import { transactionSuite } from './transactions.ts'
import { replayStoreSuite } from './used-values.ts'

export function storageSuites(open: OpenFresh): void {
  transactionSuite(open)
  accountStoreSuite(open)
  accountListSuite(open)
  sessionStoreSuite(open)
  identityConnectionStoreSuite(open)
  factorStoreSuite(open)
  pendingSignInStoreSuite(open)
  mailedLinkStoreSuite(open)
  clientStoreSuite(open)
  listingSuite(open)
  clientDocumentStoreSuite(open)
  clientRegistrationStoreSuite(open)
  authorizationRequestStoreSuite(open)
  authorizationCodeStoreSuite(open)
  consentStoreSuite(open)
  deviceGrantStoreSuite(open)
  accessTokenStoreSuite(open)
  refreshTokenStoreSuite(open)
  grantStoreSuite(open)
  tokenListSuite(open)
  replayStoreSuite(open)
  resourceStoreSuite(open)
  signingKeyStoreSuite(open)
  auditStoreSuite(open)
  rollupStoreSuite(open)
  announcementStoreSuite(open)
  logoutOutboxSuite(open)
  countSuite(open)
  directorySuite(open)
  raceSuite(open)
}
