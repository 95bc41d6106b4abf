/** Imports whose words the search does not know yet: up to which row of which table they are known. */
export const wordsToCome = `
create table words_to_come (import_id integer primary key references import(id), kind text, next integer not null default 0, last integer not null default -1) strict;
`;
