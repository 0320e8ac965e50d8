-- Payments at the provider: what we asked for, what came of it, what the provider told us, and money that goes back.

create schema payments;
grant usage on schema payments to tessera_app, tessera_platform;

create table payments.payment (
  org_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  event_id uuid not null,
  -- The order's nth try. With the order it is the idempotency key at the provider: checkout:{order}:{attempt}.
  attempt integer not null check (attempt > 0),
  state text not null default 'created' check (state in ('created', 'open', 'processing', 'succeeded', 'failed', 'expired')),
  state_seq integer not null default 0,
  amount bigint not null check (amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- What is paid for, fixed when the payment is made.
  intent jsonb not null,
  -- The provider's request as it was first sent, fixed before the first call: a retry is the same request.
  request jsonb,
  request_expires_at timestamptz,
  -- Whether a session may exist at the provider of which we have no answer.
  in_doubt boolean not null default false,
  asks integer not null default 0,
  -- In line for the provider since then; null while its own request takes care of it.
  waiting_since timestamptz,
  retry_at timestamptz,
  lease_until timestamptz,
  asked_at timestamptz,
  session_id text,
  url text,
  session_expires_at timestamptz,
  -- How long the buyer has from the opening on.
  window_ms integer not null check (window_ms > 0),
  window_ends_at timestamptz not null,
  provider_payment text,
  provider_charge text,
  balance_transaction text,
  -- A second payment of an order that was paid: it buys nothing and goes back by itself.
  surplus boolean not null default false,
  -- Made for a session that nobody should have been able to pay: the payment that its labels name.
  adopted_from uuid,
  -- Ended without the provider's word, because it could not be asked. It is still asked.
  unconfirmed boolean not null default false,
  -- What the provider says is not what we asked for. Nothing moves until a person has looked.
  frozen_because text,
  refusal text,
  created_at timestamptz not null,
  opened_at timestamptz,
  ended_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, event_id) references catalog.event (org_id, id),
  foreign key (org_id, adopted_from) references payments.payment (org_id, id),
  unique (org_id, order_id, attempt),
  unique (org_id, session_id),
  check ((request is null) = (request_expires_at is null)),
  check (not in_doubt or request is not null),
  check (state <> 'open' or session_id is not null),
  check (state <> 'succeeded' or (session_id is not null and provider_payment is not null)),
  check (not surplus or state = 'succeeded'),
  check (not unconfirmed or state = 'expired')
);
-- An order is bought by one payment.
create unique index payment_buys on payments.payment (org_id, order_id) where state = 'succeeded' and not surplus;
create index payment_created on payments.payment (id) where state = 'created';
create index payment_open on payments.payment (window_ends_at) where state = 'open';
create index payment_to_ask on payments.payment (asked_at) where state = 'processing' or unconfirmed;
create index payment_unbooked on payments.payment (ended_at) where state = 'succeeded' and balance_transaction is null;
select platform.tenant_table('payments.payment', 'select, insert, update');
select platform.audit_state('payments.payment');

create table payments.payment_return (
  org_id uuid not null,
  id uuid not null,
  payment_id uuid not null,
  order_id uuid not null,
  event_id uuid not null,
  amount bigint not null check (amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  reason text not null check (length(reason) between 1 and 100),
  state text not null default 'requested' check (state in ('requested', 'processing', 'succeeded', 'failed')),
  state_seq integer not null default 0,
  -- The first key at the provider is return:{payment}; a later one is used only once it is certain that nothing came of the one before.
  attempt integer not null default 1 check (attempt > 0),
  asks integer not null default 0,
  in_doubt boolean not null default false,
  first_asked_at timestamptz,
  asked_at timestamptz,
  lease_until timestamptz,
  refund_id text,
  -- Made by a person at the provider and not by us.
  adopted boolean not null default false,
  refusal text,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (org_id, id),
  unique (org_id, payment_id),
  foreign key (org_id, payment_id) references payments.payment (org_id, id)
);
create index payment_return_open on payments.payment_return (created_at) where state in ('requested', 'processing');
select platform.tenant_table('payments.payment_return', 'select, insert, update');
select platform.audit_state('payments.payment_return');

-- What the provider told us: ids and kinds only. What they mean is read from the provider when it is worked off.
create table payments.webhook_inbox (
  id uuid primary key,
  event_id text not null unique check (length(event_id) <= 255),
  type text not null check (length(type) <= 100),
  object_id text not null check (length(object_id) <= 255),
  -- A connected account; such events never settle an order.
  account text check (length(account) <= 255),
  -- Where the object says that it belongs. A hint, checked against what the provider answers.
  org_id uuid,
  payment_id uuid,
  provider_payment text check (length(provider_payment) <= 255),
  source text not null check (source in ('webhook', 'events-list')),
  happened_at timestamptz not null,
  received_at timestamptz not null,
  outcome text check (outcome in ('settled', 'no_effect', 'deferred', 'failed')),
  note text,
  attempts integer not null default 0,
  -- When it is to be worked off; null once there is nothing left to do.
  due_at timestamptz,
  lease_until timestamptz,
  done_at timestamptz
);
create index webhook_inbox_due on payments.webhook_inbox (due_at) where due_at is not null;
create index webhook_inbox_outcome on payments.webhook_inbox (outcome, id);
select platform.share_table('payments.webhook_inbox', 'the tenant is known only once the event is worked off', 'select, insert, update, delete');

create table payments.provider_stream (
  name text primary key,
  seen_until timestamptz not null
);
select platform.share_table('payments.provider_stream', 'how far lists of the provider have been read');
