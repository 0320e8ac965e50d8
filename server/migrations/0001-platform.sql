-- What every module stands on: the tenant rule, audited transitions, the outbox, settings.

grant usage on schema platform to tessera_app, tessera_platform;

-- Makes a table a tenant's table: its rows are seen and written only by work for that tenant (tessera_app with
-- app.org_id set) or by the platform itself (role tessera_platform). The owner is bound too.
create function platform.tenant_table(target regclass, privileges text default 'select, insert, update, delete') returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy tenant on %s to tessera_app using (org_id = nullif(current_setting(''app.org_id'', true), '''')::uuid)', target);
  execute format('create policy platform on %s to tessera_platform using (true) with check (true)', target);
  execute format('grant %s on %s to tessera_app, tessera_platform', privileges, target);
end $$;

-- A table shared by all tenants: no row-level security, listed in platform.shared_table so that a test can tell
-- an intended exception from a forgotten policy.
create table platform.shared_table (name text primary key, reason text not null);
grant select on platform.shared_table to tessera_app, tessera_platform;

create function platform.share_table(target regclass, reason text, privileges text default 'select, insert, update, delete') returns void
language plpgsql as $$
begin
  insert into platform.shared_table (name, reason) values (
    (select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target), reason);
  execute format('grant %s on %s to tessera_app, tessera_platform', privileges, target);
end $$;

select platform.share_table('platform.shared_table', 'the list of tables that are shared', 'select');
select platform.share_table('platform.migration', 'which migrations ran', 'select');

create table platform.setting (
  name text primary key,
  value jsonb not null
);
select platform.share_table('platform.setting', 'settings of the installation');

-- Where an id, slug or hash leads when nobody is signed in: to a tenant, and to nothing else.
create table platform.directory (
  kind text not null,
  key text not null,
  org_id uuid not null,
  target uuid not null,
  primary key (kind, key)
);
select platform.share_table('platform.directory', 'looks up the tenant of a public id, slug or provider reference', 'select, insert, update, delete');

-- ── Transitions ─────────────────────────────────────────────────────────────────────────────────────────────────────

create table platform.transition_rule (
  entity text not null,
  from_state text not null,
  event text not null,
  to_state text not null,
  primary key (entity, from_state, event)
);
create index on platform.transition_rule (entity, from_state, to_state);
select platform.share_table('platform.transition_rule', 'the state machines of the code, as the database knows them', 'select');

create table platform.transition (
  org_id uuid not null,
  entity text not null,
  entity_id uuid not null,
  seq integer not null,
  from_state text not null,
  to_state text not null,
  event text not null,
  actor text not null,
  reason text,
  at timestamptz not null default clock_timestamp(),
  primary key (org_id, entity_id, entity, seq)
);
select platform.tenant_table('platform.transition', 'select, insert');

create function platform.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete on platform.transition
  for each row execute function platform.refuse_change();

create function platform.check_transition() returns trigger language plpgsql as $$
begin
  if new.state is distinct from old.state then
    if not exists (
      select from platform.transition_rule r
      where r.entity = tg_table_schema || '.' || tg_table_name and r.from_state = old.state and r.to_state = new.state
    ) then
      raise exception '%.% cannot go from % to %', tg_table_schema, tg_table_name, old.state, new.state using errcode = 'check_violation';
    end if;
    new.state_seq := old.state_seq + 1;
  elsif new.state_seq <> old.state_seq then
    raise exception 'state_seq is not for writing' using errcode = 'check_violation';
  end if;
  return new;
end $$;

create function platform.record_transitions() returns trigger language plpgsql as $$
begin
  insert into platform.transition (org_id, entity, entity_id, seq, from_state, to_state, event, actor, reason)
  select n.org_id, tg_table_schema || '.' || tg_table_name, n.id, n.state_seq, o.state, n.state,
         (select min(r.event) from platform.transition_rule r
           where r.entity = tg_table_schema || '.' || tg_table_name and r.from_state = o.state and r.to_state = n.state),
         coalesce(nullif(current_setting('app.actor', true), ''), 'system'),
         nullif(current_setting('app.reason', true), '')
  from before_rows o join after_rows n on n.org_id = o.org_id and n.id = o.id
  where o.state is distinct from n.state;
  return null;
end $$;

-- For a table with org_id, id, state, state_seq: refuses moves that the machine lacks, and writes each move down.
create function platform.audit_state(target regclass) returns void language plpgsql as $$
begin
  execute format('create trigger check_transition before update on %s for each row execute function platform.check_transition()', target);
  execute format('create trigger record_transitions after update on %s referencing old table as before_rows new table as after_rows
    for each statement execute function platform.record_transitions()', target);
end $$;

-- ── Events and jobs ─────────────────────────────────────────────────────────────────────────────────────────────────

create table platform.outbox (
  org_id uuid not null,
  id uuid not null,
  name text not null,
  version smallint not null,
  payload jsonb not null,
  emitted_at timestamptz not null default clock_timestamp(),
  dispatched_at timestamptz,
  primary key (org_id, id)
);
create index outbox_waiting on platform.outbox (id) where dispatched_at is null;
select platform.tenant_table('platform.outbox');

-- The job library's tables are closed to the application; these functions are its only way in.
create function platform.add_job(task text, payload json, job_key text, run_at timestamptz, attempts integer) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select graphile_worker.add_job(
    identifier => add_job.task, payload => add_job.payload, run_at => add_job.run_at,
    max_attempts => add_job.attempts, job_key => add_job.job_key);
$$;
revoke all on function platform.add_job from public;
grant execute on function platform.add_job to tessera_app, tessera_platform;

create function platform.add_jobs(tasks text[], payloads json[], job_keys text[], attempts integer[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select graphile_worker.add_jobs(
    (select array_agg((t.task, t.payload, null, null, t.attempts::smallint, t.job_key, null, null)::graphile_worker.job_spec)
     from unnest(tasks, payloads, job_keys, attempts) as t(task, payload, job_key, attempts)));
$$;
revoke all on function platform.add_jobs from public;
grant execute on function platform.add_jobs to tessera_app, tessera_platform;

-- ── Idempotency ─────────────────────────────────────────────────────────────────────────────────────────────────────

-- A key belongs to its caller. The answer is written in the transaction that has the effect, so both are there or neither.
create table platform.idempotency_key (
  caller text not null,
  key text not null,
  request_hash text not null,
  owner uuid not null,
  claimed_at timestamptz not null,
  status integer,
  answer jsonb,
  primary key (caller, key)
);
create index on platform.idempotency_key (claimed_at);
select platform.share_table('platform.idempotency_key', 'callers may be outside any tenant');
