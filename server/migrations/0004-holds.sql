-- Stock: pools with counters that cannot oversell, what each ticket type draws from, and holds.

create schema holds;
grant usage on schema holds to tessera_app, tessera_platform;

create table holds.pool (
  org_id uuid not null,
  id uuid not null,
  event_id uuid not null,
  name text not null,
  capacity integer not null check (capacity >= 0),
  held integer not null default 0,
  sold integer not null default 0,
  primary key (org_id, id),
  unique (org_id, event_id, name),
  foreign key (org_id, event_id) references catalog.event (org_id, id),
  -- The last word on overselling, whatever the code does.
  constraint never_oversold check (held >= 0 and sold >= 0 and held + sold <= capacity)
) with (fillfactor = 50);
create index on holds.pool (org_id, event_id, id);
select platform.tenant_table('holds.pool');

-- A place of this type takes one place from each of these pools.
create table holds.pool_draw (
  org_id uuid not null,
  ticket_type_id uuid not null,
  pool_id uuid not null,
  primary key (org_id, ticket_type_id, pool_id),
  foreign key (org_id, ticket_type_id) references catalog.ticket_type (org_id, id),
  foreign key (org_id, pool_id) references holds.pool (org_id, id)
);
create index on holds.pool_draw (org_id, pool_id);
select platform.tenant_table('holds.pool_draw');

create table holds.hold (
  org_id uuid not null,
  id uuid not null,
  event_id uuid not null,
  -- A hash of the secret that the buyer's browser keeps.
  browser_hash text not null,
  -- [{ticketTypeId, quantity}]: what it took, checked against pool_draw under the pools' locks.
  lines jsonb not null,
  state text not null default 'active' check (state in ('active', 'paying', 'converted', 'released', 'expired')),
  state_seq integer not null default 0,
  expires_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  primary key (org_id, id),
  foreign key (org_id, event_id) references catalog.event (org_id, id),
  constraint only_active_holds_expire check ((state = 'active') = (expires_at is not null))
);
-- One open hold per event and browser, so that two tabs share it.
create unique index one_open_hold on holds.hold (org_id, event_id, browser_hash) where state = 'active';
-- By time alone: an index that could also find a tenant's holds of an event would be taken for the one above, and read all of them.
create index dead_holds on holds.hold (expires_at) include (org_id, event_id) where state = 'active';
select platform.tenant_table('holds.hold');
select platform.audit_state('holds.hold');
