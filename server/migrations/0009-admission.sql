-- What happened at the door: one row for each time a code was shown, whether somebody went in or not. No code is kept.

create schema admission;
grant usage on schema admission to tessera_app, tessera_platform;

create table admission.scan (
  org_id uuid not null,
  -- Made by the scanner, so that sending it again is recognised.
  id uuid not null,
  event_id uuid not null,
  -- Unknown when the code could not be believed.
  ticket_id uuid,
  verdict text not null check (verdict in ('admitted', 'refused')),
  reason text check (reason in ('already_admitted', 'wrong_event', 'not_yet_valid', 'expired', 'void', 'refunded',
    'transferred', 'wrong_gate', 'unknown_code', 'bad_signature')),
  gate text check (length(gate) between 1 and 60),
  -- How many had gone in on this ticket once this scan was done.
  admitted_after integer check (admitted_after >= 0),
  -- For a ticket that was used up: when and where it let in the last one.
  previous_at timestamptz,
  previous_gate text,
  -- A keyed hash of all that was sent: the same id with something else is a mistake of the scanner.
  fingerprint text not null check (length(fingerprint) = 64),
  actor text not null,
  -- By the scanner's clock (it may have been offline), and by ours.
  scanned_at timestamptz not null,
  recorded_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, event_id) references catalog.event (org_id, id),
  foreign key (org_id, ticket_id) references tickets.ticket (org_id, id),
  constraint refused_for_a_reason check ((verdict = 'refused') = (reason is not null)),
  constraint admitted_on_a_ticket check (verdict = 'refused' or (ticket_id is not null and admitted_after >= 1))
);
-- One passage each, so a ticket's n-th admission can be recorded once, whatever the code does.
create unique index passage_once on admission.scan (org_id, ticket_id, admitted_after) where verdict = 'admitted';
create index passages_by_gate on admission.scan (org_id, event_id, gate) where verdict = 'admitted';
select platform.tenant_table('admission.scan', 'select, insert');
create trigger append_only before update or delete on admission.scan for each row execute function platform.refuse_change();
