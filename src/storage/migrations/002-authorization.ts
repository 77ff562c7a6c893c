/**
 * What the authorization code flow needs: stored authorization requests, codes, consents, and with each grant how its
 * person signed in. Clients get the rest of their registered metadata (RFC 7591 §2), as one JSON object: it is read
 * with its client and never searched for.
 */
import type { Migration } from './migration.ts'

export const authorization: Migration = {
  version: 2,
  name: 'authorization',
  sql: ({ id, bigint }) => `
alter table clients add column origin text not null default 'operator'
  check (origin in ('operator', 'registration', 'metadata_document'));
alter table clients add column metadata text not null default '{}';

-- The session and the instant of signing in, where a person decided.
alter table device_grants add column session_id ${id};
alter table device_grants add column authenticated_at ${bigint};

alter table grants add column session_id ${id};
alter table grants add column authenticated_at ${bigint};
alter table grants add column claims_request text;
alter table grants add column dpop_jkt ${id};
-- The grants a browser session gave, for its logout.
create index grants_session on grants (session_id) where session_id is not null and ended_at is null;

alter table access_tokens add column dpop_jkt ${id};

-- Requests that were pushed, or that wait for their person to sign in or to decide.
create table authorization_requests (
  id ${id} not null primary key,
  digest ${id} not null,
  client_id ${id} not null,
  origin text not null check (origin in ('pushed', 'browser')),
  parameters text not null,
  dpop_jkt ${id},
  created_at ${bigint} not null,
  expires_at ${bigint} not null,
  consumed_at ${bigint}
);
-- Clean-up.
create index authorization_requests_expiry on authorization_requests (expires_at);

create table authorization_codes (
  id ${id} not null primary key,
  digest ${id} not null,
  client_id ${id} not null,
  account_id ${id} not null,
  session_id ${id} not null,
  authenticated_at ${bigint} not null,
  -- As the request named it; null when it named none.
  redirect_uri text,
  scopes text not null,
  resources text not null,
  code_challenge text,
  nonce text,
  claims_request text,
  dpop_jkt ${id},
  issued_at ${bigint} not null,
  expires_at ${bigint} not null,
  request_ip text not null,
  request_user_agent text not null,
  redeemed_at ${bigint},
  -- What it was redeemed for: a code that comes back ends it.
  grant_id ${id}
);
-- Clean-up.
create index authorization_codes_expiry on authorization_codes (expires_at);
-- Unredeemed codes of one person; a code stays in it for a minute.
create index authorization_codes_account on authorization_codes (account_id) where redeemed_at is null;

-- What a person allowed a client, remembered: one row for each pair.
create table consents (
  id ${id} not null primary key,
  account_id ${id} not null,
  client_id ${id} not null,
  permissions text not null,
  granted_at ${bigint} not null,
  updated_at ${bigint} not null,
  unique (account_id, client_id)
);
-- The consents given to one client.
create index consents_client on consents (client_id);
`,
}
