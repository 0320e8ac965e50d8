-- Mails: one row for each cause, rendered when it is sent. Rows carry neither codes nor links nor texts.

create schema notifications;
grant usage on schema notifications to tessera_app, tessera_platform;

create table notifications.message (
  org_id uuid not null,
  id uuid not null,
  -- Why it is sent: `order:<id>:tickets`. A fact that is announced twice is one mail.
  cause text not null check (length(cause) between 1 and 200),
  template text not null check (template in ('tickets', 'payment-returned', 'order-links')),
  order_id uuid,
  recipient text not null check (length(recipient) between 3 and 254),
  locale text not null check (locale in ('en', 'de')),
  -- The mails of one order leave in this order.
  position bigint generated always as identity,
  state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'failed', 'bounced', 'dropped')),
  state_seq integer not null default 0,
  attempts integer not null default 0 check (attempts >= 0),
  next_attempt_at timestamptz not null,
  claimed_at timestamptz,
  -- Without addresses: what the mail server said.
  last_error text check (length(last_error) <= 300),
  provider_message_id text,
  sent_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, order_id) references orders."order" (org_id, id),
  constraint message_once_per_cause unique (org_id, cause),
  constraint sent_at_a_time check ((state = 'sent') = (sent_at is not null)),
  constraint claimed_while_sending check ((state = 'sending') = (claimed_at is not null)),
  constraint about_an_order check (template = 'order-links' or order_id is not null)
);
create index messages_waiting on notifications.message (next_attempt_at, position) where state = 'queued';
create index messages_under_way on notifications.message (claimed_at) where state = 'sending';
create index messages_of_order on notifications.message (org_id, order_id, position);
select platform.tenant_table('notifications.message', 'select, insert, update');
select platform.audit_state('notifications.message');

-- Somebody typed an address to find their orders. Kept until a job has looked, whether there are orders or not.
create table notifications.link_request (
  org_id uuid not null,
  id uuid not null,
  email text not null check (length(email) between 3 and 254),
  requested_at timestamptz not null,
  primary key (org_id, id)
);
select platform.tenant_table('notifications.link_request', 'select, insert, delete');
