/**
 * The first tables. Laid out for a million files, ledger entries and events: folders numbered in pre-order, so that
 * "all below this folder" is a range; states as columns; words of ledgers as numbers; edges in both directions.
 * What machines found (import and below) and what people decided (annotation and below) never share a table.
 */
export const ground = `
create table setting (name text primary key, value text not null) strict, without rowid;
create table identity (id integer primary key, name text not null, role text not null, fingerprint text not null unique,
  key_id text not null, algorithm text not null, certificate text not null, key_file text not null, created_at text not null, is_current integer not null default 0) strict;
create table trust (id text primary key, kind text not null, name text not null, uses text, material text not null,
  fingerprint text not null, identities text not null, added_at text not null, added_by text not null) strict, without rowid;

create table review_case (id integer primary key, name text not null, model text not null, purpose text not null, risk_tier text not null,
  playbook text not null, created_at text not null, touched_at text not null) strict;
create table import (id integer primary key autoincrement, case_id integer not null references review_case(id), number integer not null,
  status text not null check (status in ('loading', 'complete')), source_path text not null, summary text, imported_at text not null,
  imported_by text not null, previous_id integer references import(id)) strict;
create index import_by_case on import(case_id, number);

create table folder (import_id integer not null, id integer not null, parent integer, last integer not null, name text not null,
  path text not null, files integer not null, worst integer, primary key (import_id, id)) strict, without rowid;
create index folder_by_parent on folder(import_id, parent);
create table file (id integer primary key, import_id integer not null, folder integer not null, path text not null, bytes integer not null,
  digest blob, format text not null, state integer not null, claims integer not null, vouched text not null, verdict integer, unread text, modified_at integer) strict;
create unique index file_by_path on file(import_id, path);
create index file_by_folder on file(import_id, folder);
create index file_by_state on file(import_id, state, path);
create index file_by_verdict on file(import_id, verdict, path);
create index file_by_format on file(import_id, format, path);
create index file_by_bytes on file(import_id, bytes, path);
create table fact (id integer primary key, import_id integer not null, kind text not null, path text not null, body text not null) strict;
create index fact_by_path on fact(import_id, path);
create index fact_by_kind on fact(import_id, kind);
create table listing_item (import_id integer not null, path text not null, fact_id integer not null, item integer not null, place text not null,
  digests text not null, primary key (import_id, path, fact_id, item)) strict, without rowid;
create table evidence_check (id integer primary key, import_id integer not null, rule text not null, aspect text not null, verdict integer not null,
  code text not null, subject text not null, location text, message text not null, expected text, actual text, vouched text not null,
  settled_by text not null, partial integer not null, file_id integer, answer_key blob not null) strict;
create index check_by_verdict on evidence_check(import_id, verdict, id);
create index check_by_subject on evidence_check(import_id, subject);
create table pass_count (import_id integer not null, rule text not null, aspect text not null, count integer not null, primary key (import_id, rule, aspect)) strict, without rowid;
create table more_digest (import_id integer not null, key text not null, digests text not null, primary key (import_id, key)) strict, without rowid;
create table signature_outcome (import_id integer not null, id text not null, verdict text not null, signer text not null, primary key (import_id, id)) strict, without rowid;
create table kept (id integer primary key, digest text not null unique, bytes blob not null) strict;
create table kept_by (import_id integer not null, digest text not null, primary key (import_id, digest)) strict, without rowid;
create index kept_by_digest on kept_by(digest);

create table ledger (id integer primary key, import_id integer not null, path text not null) strict;
create index ledger_by_import on ledger(import_id);
create table word (id integer primary key, text text not null unique) strict;
create table ledger_entry (ledger_id integer not null, entry integer not null, at text, actor integer, event integer, hash blob, previous blob,
  offset integer not null, length integer not null, primary key (ledger_id, entry)) strict, without rowid;
create table node (import_id integer not null, id integer not null, body text not null, path text, primary key (import_id, id)) strict, without rowid;
create index node_by_path on node(import_id, path);
create table edge (import_id integer not null, source integer not null, target integer not null, relation text not null, certainty text not null,
  places text not null, primary key (import_id, source, target, relation)) strict, without rowid;
create index edge_backwards on edge(import_id, target, source);

create table searchable (id integer primary key, import_id integer not null, kind text not null, ref integer not null, text text not null) strict;
create index searchable_by_import on searchable(import_id);
create virtual table search using fts5(text, content='searchable', content_rowid='id', tokenize='unicode61');

create table annotation (id integer primary key, case_id integer not null references review_case(id), anchor text not null, path text not null,
  text text not null, at text not null, by text not null, journal integer not null, latest integer not null, withdrawn integer not null default 0) strict;
create index annotation_by_case on annotation(case_id, path);
create table finding (id integer primary key, case_id integer not null references review_case(id), number integer not null, body text not null,
  status text not null, severity text not null, raised_at text not null, raised_by text not null) strict;
create table finding_history (id integer primary key, finding_id integer not null references finding(id), at text not null, by text not null,
  what text not null, before text, after text, journal integer not null) strict;
create index finding_history_by_finding on finding_history(finding_id);
create index finding_by_case on finding(case_id, number);
create table answer (id integer primary key, case_id integer not null references review_case(id), answer_key blob not null, finding_id integer references finding(id),
  explanation text, at text not null, by text not null, journal integer not null, withdrawn integer not null default 0) strict;
create index answer_by_key on answer(case_id, answer_key);
create table review_mark (case_id integer not null, path text not null, digest text not null, at text not null, by text not null,
  primary key (case_id, path, digest)) strict, without rowid;
create table view_mark (case_id integer not null, path text not null, digest text not null, by text not null, at text not null,
  primary key (case_id, path, digest, by)) strict, without rowid;
create table sign_off (id integer primary key, case_id integer not null references review_case(id), number integer not null, decision text not null,
  rationale text not null, basis text not null, report blob not null, report_digest text not null, pdf blob not null, pdf_digest text not null,
  checkpoint text not null, entries text not null, frozen_at text not null, superseded_by integer) strict;
create table sign_off_signature (sign_off_id integer not null references sign_off(id), position integer not null, role text not null, name text not null,
  fingerprint text not null, key_id text not null, certificate text not null, envelope blob not null, pdf blob not null, signed_at text not null,
  primary key (sign_off_id, position)) strict, without rowid;
create table report_event (id integer primary key, at text not null, path text not null, what text not null, verdict text not null) strict;

create table journal (seq integer primary key, line text not null check (json_valid(line)), hash blob not null check (length(hash) = 32),
  prev blob not null check (length(prev) = 32), case_id integer, action text not null) strict;
create index journal_by_case on journal(case_id, seq);
create index journal_by_action on journal(action, seq);
create trigger journal_no_update before update on journal begin select raise(abort, 'the journal is append-only'); end;
create trigger journal_no_delete before delete on journal begin select raise(abort, 'the journal is append-only'); end;
create trigger journal_in_order before insert on journal begin
  select raise(abort, 'the journal is append-only') where new.seq <> coalesce((select max(seq) from journal), 0) + 1
    or new.prev <> coalesce((select hash from journal where seq = new.seq - 1), zeroblob(32));
end;
create table migration (version integer primary key, name text not null, at text not null) strict;
`;
