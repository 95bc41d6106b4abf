import type { EvidenceFile } from '../../shared/evidence.ts';
import type { FactOf, ListingItem } from '../../shared/fact.ts';

/** A file that was read, of no format. */
export const fileFact = (path: string, bytes: number, digest: string): EvidenceFile => ({
  path,
  bytes,
  digest,
  unread: null,
  format: null,
  modifiedAt: null,
});

/** A list that nobody signed, with items as given. */
export const listFact = (id: string, items: ListingItem[]): FactOf<'listing'> => ({
  kind: 'listing',
  id,
  role: 'manifest',
  title: `List ${id}`,
  place: { path: id },
  base: '',
  closed: false,
  ignored: [],
  signature: null,
  root: null,
  items,
});
