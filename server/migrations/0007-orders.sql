-- What a buyer agreed to buy, with prices frozen.

create schema orders;
grant usage on schema orders to tessera_app, tessera_platform;

create table orders."order" (
  org_id uuid not null,
  id uuid not null,
  event_id uuid not null,
  hold_id uuid not null,
  -- Shown to people and said on the telephone.
  number text not null,
  state text not null default 'pending' check (state in (
    'pending', 'awaiting_session', 'awaiting_payment', 'awaiting_funds', 'paid', 'cancelled', 'expired',
    'partially_refunded', 'refunded')),
  state_seq integer not null default 0,
  buyer_name text not null,
  buyer_email text not null,
  -- The address as limits and look-ups compare it.
  buyer_email_key text not null,
  browser_hash text not null,
  locale text not null check (locale in ('en', 'de')),
  currency text not null,
  subtotal bigint not null check (subtotal >= 0),
  fees bigint not null check (fees >= 0),
  tax bigint not null check (tax >= 0),
  included_tax bigint not null check (included_tax >= 0 and included_tax <= tax),
  total bigint not null,
  terms_id uuid not null,
  terms_version integer not null,
  refund_policy_id uuid not null,
  refund_policy_version integer not null,
  accepted_at timestamptz not null,
  accepted_from text not null,
  guest_generation integer not null default 1,
  cancel_asked_at timestamptz,
  paid_at timestamptz,
  notice text check (notice in ('payment-returned', 'payment-declined', 'hold-ended')),
  created_at timestamptz not null,
  primary key (org_id, id),
  unique (org_id, number),
  constraint one_order_per_hold unique (org_id, hold_id),
  foreign key (org_id, event_id) references catalog.event (org_id, id),
  foreign key (org_id, hold_id) references holds.hold (org_id, id),
  constraint sums_add_up check (total = subtotal + fees + tax - included_tax),
  constraint paid_has_a_time check (state not in ('paid', 'partially_refunded', 'refunded') or paid_at is not null)
) with (autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.05);
create index on orders."order" (org_id, event_id, id);
-- Finds a buyer's unfinished orders for an event, and all orders of an address.
create index on orders."order" (buyer_email_key, org_id, event_id);
-- Written so that only the sweep's own words match it: a planner without statistics takes an index over few states for
-- the shortest way to any order in one of them.
create index waiting_orders on orders."order" (created_at) where (state = 'pending') is true;
select platform.tenant_table('orders.order');
select platform.audit_state('orders.order');

create table orders.order_line (
  org_id uuid not null,
  order_id uuid not null,
  line_no smallint not null,
  ticket_type_id uuid not null,
  name text not null,
  quantity integer not null check (quantity > 0),
  admits integer not null check (admits > 0),
  unit_price bigint not null check (unit_price >= 0),
  total bigint not null,
  -- Each line explains its price: face, fees, tax, and to whom each belongs.
  parts jsonb not null,
  split jsonb not null,
  primary key (org_id, order_id, line_no),
  foreign key (org_id, order_id) references orders."order" (org_id, id),
  foreign key (org_id, ticket_type_id) references catalog.ticket_type (org_id, id),
  constraint line_is_unit_times_quantity check (total = unit_price * quantity)
);
select platform.tenant_table('orders.order_line', 'select, insert');
create trigger frozen before update or delete on orders.order_line for each row execute function platform.refuse_change();
