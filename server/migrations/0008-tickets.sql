-- What a paid order turns into: the right of one holder to be admitted, numbered per event and signed with the event's key.

create schema tickets;
grant usage on schema tickets to tessera_app, tessera_platform;

-- The key that signs an event's codes. Doors hold the public half for weeks without a network, so it is never replaced;
-- only the encryption of the private half may change, when the master key does.
create table tickets.event_key (
  org_id uuid not null,
  event_id uuid not null,
  public_key bytea not null check (octet_length(public_key) = 32),
  private_key text not null check (private_key like 't1.%'),
  created_at timestamptz not null,
  primary key (org_id, event_id),
  foreign key (org_id, event_id) references catalog.event (org_id, id)
);
select platform.tenant_table('tickets.event_key', 'select, insert, update (private_key)');
create trigger never_replaced before update of org_id, event_id, public_key, created_at or delete on tickets.event_key
  for each row execute function platform.refuse_change();

-- The last serial number given out per event. A batch of paid orders locks the row and takes a range in the transaction
-- that writes the tickets, so there are neither gaps nor doubles.
create table tickets.event_serial (
  org_id uuid not null,
  event_id uuid not null,
  last_serial integer not null default 0 check (last_serial >= 0),
  primary key (org_id, event_id),
  foreign key (org_id, event_id) references catalog.event (org_id, id)
);
select platform.tenant_table('tickets.event_serial', 'select, insert, update');

create table tickets.ticket (
  org_id uuid not null,
  id uuid not null,
  event_id uuid not null,
  order_id uuid not null,
  line_no integer not null check (line_no >= 1),
  seq integer not null check (seq >= 1),
  serial integer not null check (serial >= 1),
  ticket_type_id uuid not null,
  -- As it was called when it was bought: a door must be able to read it whatever happens to the catalogue.
  type_name text not null,
  generation integer not null default 1 check (generation >= 1),
  state text not null default 'valid' check (state in ('valid', 'void', 'refunded')),
  state_seq integer not null default 0,
  admits integer not null check (admits between 1 and 100),
  admitted integer not null default 0,
  holder_name text not null,
  issued_at timestamptz not null,
  primary key (org_id, id),
  constraint ticket_once_per_place unique (org_id, order_id, line_no, seq),
  constraint ticket_serial_once unique (org_id, event_id, serial),
  constraint admitted_within_admits check (admitted between 0 and admits),
  foreign key (org_id, event_id) references catalog.event (org_id, id),
  foreign key (org_id, ticket_type_id) references catalog.ticket_type (org_id, id),
  foreign key (org_id, order_id) references orders."order" (org_id, id)
) with (fillfactor = 85); -- room on the page, so that an admission rewrites no index
select platform.tenant_table('tickets.ticket', 'select, insert, update');
select platform.audit_state('tickets.ticket');
