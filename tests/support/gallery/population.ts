/** The gallery: what is there already when a page is opened. */
import { setTimeout } from 'node:timers/promises'
import type { Grant } from '../../../src/oauth/token/token.ts'
import {
  latencyName,
  type RollupRow,
  type RollupSpan,
  rollupSpans,
} from '../../../src/observability/rollup-record.ts'
import { addSeconds, instant } from '../../../src/shared/clock.ts'
import { digestOf } from '../../../src/shared/digest.ts'
import { createIds, type GrantId, type SessionId } from '../../../src/shared/ids.ts'
import { createSystemRandom } from '../../../src/shared/random.ts'
import {
  newAccessToken,
  newAccount,
  newAuditRecord,
  newClient,
  newConsent,
  newIdentityConnection,
} from '../../../src/storage/conformance/fixtures.ts'
import type { MailServer } from '../mail-server.ts'
import { chrome, firefox } from '../pages.ts'
import type { Site } from '../site.ts'
import { longName, rightToLeft } from './scene.ts'

/** Other browsers of a person, and apps they allowed, each holding two tokens. */
export async function addSessionsAndGrants(site: Site, username: string, count: number): Promise<void> {
  const { administration } = site.test
  const { storage } = site.test.app
  const random = createSystemRandom()
  const ids = createIds(site.test.clock, random)
  const account = (await storage.read.accounts.findByUsername(username))!
  const now = site.test.clock.now()
  const system = { type: 'system' } as const
  const names = [longName, rightToLeft, 'Backup CLI']
  const clients = await Promise.all(
    names.map((name) => administration.clients.create({ name, type: 'public' }, system)),
  )
  await storage.transaction(async (tx) => {
    for (let index = 0; index < count; index++) {
      const { client } = clients[index % clients.length]!
      await tx.sessions.insert({
        id: ids.next<SessionId>(),
        digest: digestOf(random.base64url(32)),
        accountId: account.id,
        authSource: 'local',
        createdAt: addSeconds(now, -86_400 * index),
        authenticatedAt: addSeconds(now, -86_400 * index),
        methods: ['pwd'],
        lastSeenAt: addSeconds(now, -3600 * index),
        expiresAt: addSeconds(now, 86_400),
        idleTimeoutSeconds: 0,
        fingerprint: undefined,
        ip: index % 2 === 0 ? '203.0.113.7' : '2001:db8:85a3:8d3:1319:8a2e:370:7348',
        userAgent: index % 2 === 0 ? firefox : chrome,
        endedAt: undefined,
        endReason: undefined,
      })
      const grant: Grant = {
        id: ids.next<GrantId>(),
        clientId: client.id,
        accountId: account.id,
        grantType: 'device_code',
        scopes: client.scopes,
        resources: [],
        authentication: undefined,
        claimsRequest: undefined,
        dpopJkt: undefined,
        clientProved: false,
        createdAt: addSeconds(now, -7200 * index),
        expiresAt: addSeconds(now, 86_400),
        lastUsedAt: index % 2 === 0 ? now : addSeconds(now, -7200 * index),
        requestIp: '203.0.113.7',
        requestUserAgent: 'authgate-cli/0.1.0 (linux; x64)',
        endedAt: undefined,
      }
      await tx.grants.insert(grant)
      await tx.refreshTokens.insert({
        id: ids.next(),
        digest: digestOf(random.base64url(32)),
        grantId: grant.id,
        clientId: client.id,
        accountId: account.id,
        predecessorId: undefined,
        issuedAt: grant.createdAt,
        expiresAt: grant.expiresAt,
        state: 'active',
        supersededAt: undefined,
      })
    }
  })
}

/** What administrators look after: people, clients and tokens of each kind, a busy week, an audit log with hostile words. */
export interface Population {
  /** A person with sessions, apps, consents and clients of their own. */
  accountId: string
  /** Somebody to whom nothing has happened. */
  otherId: string
  /** A client of theirs that waits for approval, with everything that a client may have. */
  pendingId: string
  /** One that people allowed, with tokens. */
  allowedId: string
  accessTokenId: string
}

const hostile = `"><script>alert(1)</script>\u202Egnp.exe ${'a'.repeat(120)}`

/** @param username of the person in the middle of it. */
export async function populate(
  site: Site,
  username = 'ana-of-the-very-large-department-of-backups',
): Promise<Population> {
  const { test } = site
  const now = test.clock.now()
  await test.account(username)
  const { storage } = test.app
  const account = (await storage.read.accounts.findByUsername(username))!
  await addSessionsAndGrants(site, username, 3)
  const pending = newClient({
    name: longName,
    description: `${rightToLeft}\nBacks up <b>everything</b> each night.`,
    origin: 'self_service',
    status: 'pending',
    type: 'confidential',
    secretHash: 'sha256:x',
    grants: ['authorization_code', 'refresh_token'],
    redirectUris: ['https://app.example.com/callback', `https://app.example.com/${'long/'.repeat(20)}`],
    allowedResources: ['https://api.example.com/'],
    project: 'apollo',
    createdBy: account.id,
    createdAt: addSeconds(now, -7200),
    metadata: { clientUri: 'https://app.example.com/', dpopBoundAccessTokens: true },
  })
  const allowed = newClient({
    name: 'Photo album',
    grants: ['authorization_code', 'refresh_token'],
    createdAt: now,
  })
  const tokens = Array.from({ length: 24 }, (_, index) =>
    newAccessToken({
      clientId: allowed.id,
      accountId: index % 4 === 3 ? undefined : account.id,
      scopes:
        index % 5 === 0 ? ['openid', 'profile', 'email', 'offline_access', 'backup:everything'] : ['read'],
      issuedAt: addSeconds(now, -60 * index),
      expiresAt: addSeconds(now, 3600 - 60 * index),
      state: index % 6 === 5 ? 'disabled' : index % 6 === 4 ? 'revoked' : 'active',
    }),
  )
  const people = Array.from({ length: 24 }, (_, index) =>
    newAccount({
      fullName: index % 3 === 0 ? rightToLeft : index % 3 === 1 ? '' : `${longName} ${index}`,
      emailVerified: index % 2 === 0,
      role: index % 7 === 0 ? 'admin' : 'user',
      status: index % 5 === 4 ? 'disabled' : 'active',
      createdAt: addSeconds(now, -86_400 * index),
    }),
  )
  await storage.transaction(async (tx) => {
    await tx.clients.insert(pending)
    await tx.clients.insert(allowed)
    for (let index = 0; index < 24; index++) {
      await tx.clients.insert(
        newClient({ name: `Client ${index}`, createdAt: addSeconds(now, -3600 * index) }),
      )
    }
    for (const person of people) await tx.accounts.insert(person)
    for (const connection of [
      { source: 'github', username: rightToLeft, email: `${'octo'.repeat(12)}@example.com`, lastUsedAt: now },
      { source: 'gitlab', username: undefined, email: undefined },
    ] as const) {
      await tx.identityConnections.insert(
        newIdentityConnection(account.id, { ...connection, linkedAt: addSeconds(now, -86_400) }),
      )
    }
    for (const token of tokens) await tx.accessTokens.insert(token)
    for (const person of [account, ...people.slice(0, 4)]) {
      await tx.consents.remember(
        newConsent({
          accountId: person.id,
          clientId: allowed.id,
          permissions: [
            { resource: null, scopes: ['openid', 'profile', 'email'] },
            { resource: 'https://photos.example.com/albums', scopes: ['read', 'write'] },
          ],
          grantedAt: now,
          updatedAt: now,
        }),
      )
    }
    await tx.audit.insertMany([
      newAuditRecord({
        at: now,
        eventType: 'SUSPICIOUS_ACTIVITY',
        severity: 'CRITICAL',
        success: false,
        action: hostile,
        actorName: hostile,
        actorIp: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
        resourceType: 'TOKEN',
        resourceId: hostile,
        resourceName: hostile,
        errorMessage: hostile,
        userAgent: hostile,
        requestPath: hostile,
        requestMethod: 'POST',
        details: { [hostile]: hostile, scopes: ['read', hostile], nested: { deep: [hostile] } },
      }),
    ])
  })
  return {
    accountId: account.id,
    otherId: people.at(-1)!.id,
    pendingId: pending.id,
    allowedId: allowed.id,
    accessTokenId: tokens[0]!.id,
  }
}

/** A busy week of the rollup, which always looks the same. */
export async function addBusyWeek(site: Site): Promise<void> {
  const now = site.test.clock.now()
  const rows: RollupRow[] = []
  const lengths: Record<RollupSpan, number> = { 1: 60, 15: 96, 120: 84 }
  for (const span of rollupSpans) {
    for (let index = 0; index < lengths[span]; index++) {
      const start = Math.floor(addSeconds(now, -index * span * 60) / (span * 60_000)) * span * 60_000
      const wave = Math.round(20 + 15 * Math.sin(index / 7)) * span
      const amounts = {
        login_success: wave,
        login_failure: index % 9 === 0 ? Math.round(wave / 4) : 0,
        device_issued: 10 * span,
        device_approved: 7 * span,
        device_redeemed: 6 * span,
        device_denied: index % 5 === 0 ? 1 : 0,
        issued_device_code: wave,
        issued_refresh_token: 2 * wave,
        issued_client_credentials: wave,
        issued_authorization_code: index % 3 === 0 ? wave : 0,
        http_4xx: Math.round(wave / 3),
        http_5xx: index > 20 && index < 25 ? wave : 0,
        [latencyName(2)]: wave,
        [latencyName(index % 10 === 0 ? 8 : 5)]: Math.round(wave / 2),
      }
      for (const [name, amount] of Object.entries(amounts)) {
        if (amount > 0) rows.push({ span, startsAt: instant(start), name, amount })
      }
    }
  }
  await site.test.app.storage.transaction((tx) => tx.rollup.add(rows))
}

/** Sorts what a mail server gets by its readers, for whom it comes in any order. */
export function sortMail(mail: MailServer): (address: string) => Promise<string> {
  const letters = new Map<string, string[]>()
  const collect = async (): Promise<never> => {
    for (;;) {
      const { to, text } = await mail.next()
      letters.set(to, [...(letters.get(to) ?? []), text])
    }
  }
  void collect()
  return async (address) => {
    for (let tries = 0; tries < 500; tries++) {
      const letter = letters.get(address)?.shift()
      if (letter !== undefined) return letter
      await setTimeout(20)
    }
    throw new Error(`no letter came to ${address}`)
  }
}
