/**
 * Files are numbered within their import, in the order of their paths: who loads them knows each number beforehand, so
 * that items of listings and checks need no look-up, and an index by state, verdict, format or size holds a number
 * where it held a path.
 */
export const filesByNumber = `
create table file_numbered (import_id integer not null, id integer not null, folder integer not null, path text not null, bytes integer not null,
  digest blob, format text not null, state integer not null, claims integer not null, vouched text not null, verdict integer, unread text, modified_at integer,
  primary key (import_id, id)) strict, without rowid;
insert into file_numbered select import_id, row_number() over (partition by import_id order by path), folder, path, bytes, digest, format, state, claims,
  vouched, verdict, unread, modified_at from file order by import_id, path;
create unique index numbered_by_path on file_numbered(import_id, path);
update evidence_check set file_id = (select now.id from file old join file_numbered now on now.import_id = old.import_id and now.path = old.path where old.id = file_id)
  where file_id is not null;
update searchable set ref = (select now.id from file old join file_numbered now on now.import_id = old.import_id and now.path = old.path where old.id = ref)
  where kind = 'file';
create table item_numbered (import_id integer not null, file integer not null, fact_id integer not null, item integer not null, place text not null,
  digests text not null, primary key (import_id, file, fact_id, item)) strict, without rowid;
insert into item_numbered select listing_item.import_id, now.id, fact_id, item, place, digests
  from listing_item join file_numbered now on now.import_id = listing_item.import_id and now.path = listing_item.path;
drop index numbered_by_path;
drop table listing_item;
drop table file;
alter table file_numbered rename to file;
alter table item_numbered rename to listing_item;
create unique index file_by_path on file(import_id, path);
create index file_by_folder on file(import_id, folder);
create index file_by_state on file(import_id, state);
create index file_by_verdict on file(import_id, verdict);
create index file_by_format on file(import_id, format);
create index file_by_bytes on file(import_id, bytes);
`;
