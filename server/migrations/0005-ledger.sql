-- The books: accounts, postings and their transfers. Every movement of money is a row here, and no row ever changes.

create schema ledger;
grant usage on schema ledger to tessera_app, tessera_platform;

-- A transfer can be added to the books, never changed or taken out, not even by the owner of the table.
create function ledger.append_only(target regclass) returns void language plpgsql as $$
begin
  execute format('create trigger append_only before update or delete on %s for each row execute function platform.refuse_change()', target);
  execute format('create trigger never_emptied before truncate on %s for each statement execute function platform.refuse_change()', target);
end $$;

-- The id follows from the four columns (ledger/account.ts), so that naming an account needs no look-up.
create table ledger.account (
  org_id uuid not null,
  id uuid not null,
  code text not null check (code ~ '^[ALRXS]\.[a-z_]+$'),
  subject text not null default '' check (length(subject) <= 200),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  opened_at timestamptz not null default clock_timestamp(),
  primary key (org_id, id),
  unique (org_id, code, subject, currency),
  -- Transfers point here with their currency, so that none can join accounts of two currencies.
  unique (org_id, id, currency)
);
-- Update is granted for the row locks of guarded debits; the trigger refuses every real one.
select platform.tenant_table('ledger.account', 'select, insert, update');
select ledger.append_only('ledger.account');

-- A set of transfers that belong together. What caused it can cause it once.
create table ledger.posting (
  org_id uuid not null,
  id uuid not null,
  source text not null check (length(source) between 1 and 200),
  kind text not null check (kind ~ '^[a-z][a-z-]*$'),
  -- What it is about (a payment), so that what stays open on an account can be told apart.
  about uuid,
  -- SHA-256 over its transfers: a repeated posting with other content is an error and not a repetition.
  digest text not null check (length(digest) = 64),
  posted_at timestamptz not null default clock_timestamp(),
  -- The transaction that wrote it. Checkpoints take only transactions that are certainly over.
  written_by xid8 not null default pg_current_xact_id(),
  primary key (org_id, id),
  unique (org_id, source, kind)
);
create index posting_written_by on ledger.posting (written_by);
create index posting_about on ledger.posting (org_id, about) where about is not null;
select platform.tenant_table('ledger.posting', 'select, insert');
select ledger.append_only('ledger.posting');

create table ledger.transfer (
  org_id uuid not null,
  posting_id uuid not null,
  line_no smallint not null check (line_no > 0),
  debit_account uuid not null,
  credit_account uuid not null,
  currency text not null,
  amount bigint not null check (amount > 0),
  reason text not null check (length(reason) between 1 and 100),
  posted_at timestamptz not null,
  -- The same as its posting's, for reading an account from its checkpoint on.
  written_by xid8 not null default pg_current_xact_id(),
  primary key (org_id, posting_id, line_no),
  check (debit_account <> credit_account),
  foreign key (org_id, posting_id) references ledger.posting (org_id, id),
  foreign key (org_id, debit_account, currency) references ledger.account (org_id, id, currency),
  foreign key (org_id, credit_account, currency) references ledger.account (org_id, id, currency)
);
create index transfer_debits on ledger.transfer (org_id, debit_account, written_by) include (amount);
create index transfer_credits on ledger.transfer (org_id, credit_account, written_by) include (amount);
select platform.tenant_table('ledger.transfer', 'select, insert');
select ledger.append_only('ledger.transfer');

-- What an account had moved in all transactions below `horizon`. Derived, so it may be deleted and made again.
create table ledger.checkpoint (
  org_id uuid not null,
  account_id uuid not null,
  horizon xid8 not null,
  debits bigint not null check (debits >= 0),
  credits bigint not null check (credits >= 0),
  -- The time of the newest transfer that is in it.
  newest_at timestamptz not null,
  made_at timestamptz not null default clock_timestamp(),
  primary key (org_id, account_id, horizon),
  foreign key (org_id, account_id) references ledger.account (org_id, id)
);
select platform.tenant_table('ledger.checkpoint', 'select, insert, delete');

-- Transaction numbers belong to one server: after a restore on another, a horizon may lie in its future and is not to be used.
create view ledger.usable_checkpoint with (security_invoker = true) as
  select * from ledger.checkpoint where horizon <= pg_snapshot_xmin(pg_current_snapshot());
grant select on ledger.usable_checkpoint to tessera_app, tessera_platform;

create table ledger.checkpoint_cursor (
  one boolean primary key default true check (one),
  horizon xid8 not null
);
insert into ledger.checkpoint_cursor (horizon) values ('0');
select platform.share_table('ledger.checkpoint_cursor', 'checkpoints of all tenants move on together', 'select, update');
