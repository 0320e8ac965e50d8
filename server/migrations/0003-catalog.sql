-- What is for sale, by whose rules: venues, events, ticket types, fees, taxes, terms and refund policies.

create schema catalog;
grant usage on schema catalog to tessera_app, tessera_platform;

create table catalog.venue (
  org_id uuid not null references identity.organisation (org_id),
  id uuid not null,
  name text not null check (length(name) between 1 and 200),
  address_lines text[] not null default '{}' check (cardinality(address_lines) <= 5),
  city text not null check (length(city) between 1 and 100),
  postal_code text check (length(postal_code) between 1 and 20),
  country text not null check (country ~ '^[A-Z]{2}$'),
  latitude double precision check (latitude between -90 and 90),
  longitude double precision check (longitude between -180 and 180),
  created_at timestamptz not null,
  primary key (org_id, id),
  check ((latitude is null) = (longitude is null))
);
select platform.tenant_table('catalog.venue');

-- What a buyer accepts. A published text is never changed: whoever accepted it must be able to read it again.
create table catalog.terms_version (
  org_id uuid not null references identity.organisation (org_id),
  id uuid not null,
  version integer not null check (version >= 1),
  text text not null check (length(text) between 1 and 50000),
  published_at timestamptz not null,
  published_by text not null,
  primary key (org_id, id),
  unique (org_id, version)
);
select platform.tenant_table('catalog.terms_version', 'select, insert');
create trigger append_only before update or delete on catalog.terms_version
  for each row execute function platform.refuse_change();

create table catalog.refund_policy_version (
  org_id uuid not null references identity.organisation (org_id),
  id uuid not null,
  version integer not null check (version >= 1),
  kind text not null check (kind in ('none', 'until', 'always')),
  -- Before the event's start; so one policy serves many events.
  hours_before_start integer check (hours_before_start between 0 and 8760),
  keeps_fees boolean not null,
  text text not null check (length(text) between 1 and 20000),
  published_at timestamptz not null,
  published_by text not null,
  primary key (org_id, id),
  unique (org_id, version),
  check ((kind = 'until') = (hours_before_start is not null))
);
select platform.tenant_table('catalog.refund_policy_version', 'select, insert');
create trigger append_only before update or delete on catalog.refund_policy_version
  for each row execute function platform.refuse_change();

create table catalog.event (
  org_id uuid not null references identity.organisation (org_id),
  id uuid not null,
  slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) between 1 and 80),
  name text not null check (length(name) between 1 and 200),
  summary text not null default '' check (length(summary) <= 300),
  description text not null default '' check (length(description) <= 20000),
  image_url text check (image_url ~ '^https?://' and length(image_url) <= 2000),
  venue_id uuid,
  time_zone text not null check (length(time_zone) between 1 and 64),
  doors_at timestamptz,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  terms_id uuid,
  refund_policy_id uuid,
  -- True when this event has fees of its own instead of the organisation's, even if it has none.
  own_platform_fees boolean not null default false,
  own_organiser_fees boolean not null default false,
  state text not null default 'draft' check (state in ('draft', 'published', 'cancelled')),
  state_seq integer not null default 0,
  published_at timestamptz,
  cancelled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id),
  unique (org_id, slug),
  foreign key (org_id, venue_id) references catalog.venue (org_id, id),
  foreign key (org_id, terms_id) references catalog.terms_version (org_id, id),
  foreign key (org_id, refund_policy_id) references catalog.refund_policy_version (org_id, id),
  constraint event_doors_before_start check (doors_at <= starts_at),
  constraint event_start_before_end check (starts_at < ends_at),
  constraint event_published_with_rules check (state = 'draft' or (terms_id is not null and refund_policy_id is not null)),
  check ((state = 'draft') = (published_at is null)),
  check ((state = 'cancelled') = (cancelled_at is not null))
);
create index on catalog.event (org_id, starts_at, id);
create index on catalog.event (org_id, venue_id);
create index on catalog.event (org_id, terms_id);
create index on catalog.event (org_id, refund_policy_id);
-- The map of the site lists what the public may see, of all tenants.
create index event_public on catalog.event (starts_at) where state <> 'draft';
select platform.tenant_table('catalog.event');
select platform.audit_state('catalog.event');

create table catalog.ticket_type (
  org_id uuid not null,
  id uuid not null,
  event_id uuid not null,
  name text not null check (length(name) between 1 and 100),
  description text not null default '' check (length(description) <= 1000),
  kind text not null check (kind in ('paid', 'free')),
  -- Minor units of the event's currency.
  price bigint not null check (price between 0 and 99999999),
  sale_starts_at timestamptz,
  sale_ends_at timestamptz,
  min_per_order integer not null check (min_per_order between 1 and 100),
  max_per_order integer not null check (max_per_order between 1 and 100),
  admits integer not null check (admits between 1 and 100),
  position integer not null check (position between 0 and 10000),
  created_at timestamptz not null,
  primary key (org_id, id),
  unique (org_id, event_id, id),
  foreign key (org_id, event_id) references catalog.event (org_id, id),
  constraint ticket_type_free_costs_nothing check ((kind = 'free') = (price = 0)),
  constraint ticket_type_sale_window check (sale_starts_at < sale_ends_at),
  constraint ticket_type_limits check (min_per_order <= max_per_order)
);
select platform.tenant_table('catalog.ticket_type');

create table catalog.tax_rate (
  org_id uuid not null references identity.organisation (org_id),
  id uuid not null,
  position integer not null,
  name text not null check (length(name) between 1 and 60),
  jurisdiction text not null check (jurisdiction ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' and length(jurisdiction) between 2 and 20),
  -- Parts per million: 190000 is 19 per cent.
  ppm integer not null check (ppm between 1 and 1000000),
  inclusive boolean not null,
  applies_to_fees boolean not null,
  primary key (org_id, id),
  unique (org_id, position)
);
select platform.tenant_table('catalog.tax_rate');

create table catalog.fee_rule (
  org_id uuid not null references identity.organisation (org_id),
  id uuid not null,
  -- Null: the organisation's own default.
  event_id uuid,
  party text not null check (party in ('platform', 'organiser')),
  position integer not null,
  label text not null check (length(label) between 1 and 60),
  -- Null: any currency for which this party has no rules of its own.
  currency text check (currency ~ '^[A-Z]{3}$'),
  -- Minor units of that currency, for each ticket.
  fixed bigint not null check (fixed between 0 and 9999999),
  ppm integer not null check (ppm between 0 and 1000000),
  bearing text not null check (bearing in ('passed_on', 'absorbed')),
  primary key (org_id, id),
  foreign key (org_id, event_id) references catalog.event (org_id, id),
  check (fixed > 0 or ppm > 0),
  check (currency is not null or (fixed = 0 and event_id is null))
);
create index on catalog.fee_rule (org_id, event_id);
create unique index fee_rule_place on catalog.fee_rule (org_id, event_id, party, currency, position) nulls not distinct;
select platform.tenant_table('catalog.fee_rule');
