-- What a person has to look at, and what the health of the installation is read from.

create schema operations;
grant usage on schema operations to tessera_app, tessera_platform;

-- Operators see the alerts of all tenants, and the platform's own, so this is no tenant's table. `org_id` says whom an alert
-- is about (the platform's own organisation for itself), for the audit.
create table operations.alert (
  id uuid primary key,
  org_id uuid not null,
  rule text not null,
  -- What it is about, within the rule: ids, never people.
  subject text not null check (length(subject) <= 200),
  severity text not null check (severity in ('page', 'warn')),
  summary text not null check (length(summary) <= 500),
  data jsonb not null,
  state text not null default 'open' check (state in ('open', 'acknowledged', 'resolved')),
  state_seq integer not null default 0,
  -- How often it was raised while it was open.
  times integer not null default 1,
  raised_at timestamptz not null,
  last_raised_at timestamptz not null,
  acknowledged_by text,
  resolved_at timestamptz
);
-- The same fault raised again while somebody still has to look is the same alert.
create unique index alert_open on operations.alert (rule, subject) where state <> 'resolved';
create index on operations.alert (state, id);
select platform.share_table('operations.alert', 'operators look after all tenants', 'select, insert, update');
select platform.audit_state('operations.alert');

-- The job library's tables are closed to the application; this is all that it may know of them.
create function operations.job_health()
returns table (waiting bigint, late_seconds double precision, failed bigint, stuck bigint, last_tick_seconds double precision)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select
    count(*) filter (where j.is_available and j.run_at <= clock_timestamp()),
    coalesce(extract(epoch from clock_timestamp() - min(greatest(j.run_at, j.updated_at)) filter (where j.is_available and j.run_at <= clock_timestamp())), 0)::double precision,
    count(*) filter (where j.attempts >= j.max_attempts and j.locked_at is null),
    count(*) filter (where j.locked_at < clock_timestamp() - interval '10 minutes'),
    (select extract(epoch from clock_timestamp() - max(c.last_execution))::double precision from graphile_worker._private_known_crontabs c)
  from graphile_worker._private_jobs j;
$$;
revoke all on function operations.job_health from public;
grant execute on function operations.job_health to tessera_app, tessera_platform;
