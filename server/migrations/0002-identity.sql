-- People and how they sign in, organisations and who may do what in them.

create schema identity;
grant usage on schema identity to tessera_app, tessera_platform;

-- ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Written by the sign-in library (docs/decisions/0003-identity.md). A person belongs to no tenant.

create table identity.person (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  email text not null unique check (email = lower(email) and length(email) <= 254),
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
select platform.share_table('identity.person', 'a person may work for many organisations');

-- Only a hash of the token is kept: reading this table signs nobody in.
create table identity.session (
  id uuid primary key,
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  person_id uuid not null references identity.person (id) on delete cascade,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index on identity.session (person_id);
create index on identity.session (expires_at);
select platform.share_table('identity.session', 'a person is signed in before a tenant is known');

-- A way to prove who one is; today only a password.
create table identity.account (
  id uuid primary key,
  person_id uuid not null references identity.person (id) on delete cascade,
  provider_id text not null,
  account_id text not null,
  password_hash text check (password_hash like '$argon2id$%'),
  access_token text check (access_token is null),
  refresh_token text check (refresh_token is null),
  id_token text check (id_token is null),
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (provider_id, account_id)
);
create index on identity.account (person_id);
select platform.share_table('identity.account', 'belongs to a person, who belongs to no tenant');

create table identity.verification (
  id uuid primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index on identity.verification (identifier);
select platform.share_table('identity.verification', 'proofs asked of people, who belong to no tenant');

-- Who runs the installation. Granted only from the command line.
create table identity.operator (
  person_id uuid primary key references identity.person (id) on delete cascade,
  granted_at timestamptz not null default clock_timestamp(),
  granted_by text not null
);
select platform.share_table('identity.operator', 'operators stand outside all tenants');

-- ── Organisations ───────────────────────────────────────────────────────────────────────────────────────────────────

create table identity.organisation (
  org_id uuid primary key,
  slug text not null check (slug ~ '^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$'),
  name text not null check (length(name) between 1 and 120),
  about text not null default '' check (length(about) <= 5000),
  accent_color text check (accent_color ~ '^#[0-9a-f]{6}$'),
  website_url text check (length(website_url) <= 500),
  locale text not null default 'en' check (locale in ('en', 'de')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  country text not null check (country ~ '^[A-Z]{2}$'),
  -- How a share of a price becomes whole minor units.
  rounding text not null default 'half_up' check (rounding in ('half_up', 'half_even', 'up', 'down')),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
-- The platform keeps books like everybody else, so it is an organisation too. Written before row-level security
-- binds the owner of the table, who has no policy.
insert into identity.organisation (org_id, slug, name, currency, country)
values ('00000000-0000-7000-8000-000000000001', 'platform', 'Platform', 'EUR', 'DE');
insert into platform.directory (kind, key, org_id, target)
values ('organiser-slug', 'platform', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000001');
-- Nothing deletes an organisation: its books stay.
select platform.tenant_table('identity.organisation', 'select, insert, update');

create table identity.membership (
  org_id uuid not null references identity.organisation (org_id),
  person_id uuid not null references identity.person (id),
  role text not null check (role in ('owner', 'manager', 'finance', 'box_office', 'door')),
  created_at timestamptz not null default clock_timestamp(),
  primary key (org_id, person_id)
);
-- The platform's own look-up of where a person works (asPlatform); tenants never ask this way.
create index on identity.membership (person_id);
select platform.tenant_table('identity.membership');

-- The secret itself is nowhere; its hash is in platform.directory ('api-key'), where a request finds its tenant.
create table identity.api_key (
  org_id uuid not null references identity.organisation (org_id),
  id uuid not null,
  name text not null check (length(name) between 1 and 100),
  scopes text[] not null check (cardinality(scopes) between 1 and 50),
  -- The last four characters, so that people can tell keys apart.
  hint text not null check (length(hint) = 4),
  created_by text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  primary key (org_id, id)
);
select platform.tenant_table('identity.api_key', 'select, insert, update');
