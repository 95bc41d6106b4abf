import type { LedgerFact, ListingItem } from '../../../shared/fact.ts';
import type { ChainedRow } from '../../integrity/chain-result.ts';
import { HashChain } from '../../integrity/hash-chain.ts';
import { findBase, resolveName } from '../shape.ts';
import type { Candidate, Format, LedgerRowColumns } from './format.ts';
import { anchors } from './ledger-anchors.ts';
import { bindingNames, bindings, boundAtMost, mayBind } from './ledger-bindings.ts';
import { keysBeside } from './ledger-keys.ts';
import { itemsOf, linesOf, type RecordLine } from './ledger-records.ts';

const rowsAtOnce = 2_000;
/** Bytes of signed entries that are handed on to be verified. */
const signedAtMost = 33_554_432;

const linesName = /\.(jsonl|ndjson|jsonlines|json-lines|log|ledger|chain)$/i;
const names = {
  previous: /"[a-z_.]*(?:prev|parent|last_?hash)[a-z_]*"\s*:\s*(?:"|null)/i,
  hash: /"[^"]*(?:hash|digest|mac)[^"]*"\s*:\s*(?:"|null)/i,
  own: /"(?:entry_?|event_?|record_?|row_?|chain_?|this_?|own_?|self_?)?(?:hash|chain|hmac|mac)"\s*:\s*"(?:sha256:)?(?:[0-9a-f]{32}|[0-9a-f]{64})"/i,
};

/** Whether a text, the first record or its beginning, holds something like the hash of a chain. */
const looksChained = (record: string): boolean =>
  (names.previous.test(record) && names.hash.test(record)) || names.own.test(record);

function recognise({ name, bytes, utf8: text }: Candidate): boolean {
  // A file of records that holds none must not read as one whose records hold.
  if (bytes === 0) return /\.(jsonl|ndjson|ledger|chain)$/i.test(name);
  if (linesName.test(name)) return text.startsWith('{') && looksChained(text.split('\n', 1)[0] ?? '');
  // One array of records, as some tools export them.
  return /\.json$/i.test(name) && /^\s*\[\s*\{/.test(text) && names.previous.test(text) && looksChained(text);
}

const actorName = /^(actor|agent|agent_id|user|by|author|who|source|tool)$/i;
const eventName = /^(event|event_type|action|action_type|type|kind|op|operation)$/i;
const cut = (text: string | null | undefined): string | null => text?.slice(0, 500) ?? null;

/** Hash-chained JSONL: one record a line, the rule found from the records. */
export const ledger: Format = {
  id: 'ledger',
  title: 'Ledger (hash-chained)',
  recognise,
  read(file, facts) {
    const bound: ListingItem[] = [];
    const empty = (first: number): LedgerRowColumns => ({
      first,
      at: [],
      actor: [],
      event: [],
      hash: [],
      previous: [],
      offset: [],
      length: [],
    });
    let columns = empty(1);
    // The first records are judged together once the rule is found: their places wait in line.
    let waiting: RecordLine[] = [];
    const { sizes, heads } = anchors(file);
    const signed: NonNullable<LedgerFact['signedRows']> = [];
    let signedBytes = 0;
    let signedLeft = 0;
    const onRow = (row: ChainedRow) => {
      const place = waiting.shift();
      if (place === undefined) return;
      columns.at.push(cut(row.at));
      columns.actor.push(cut(row.texts[0]));
      columns.event.push(cut(row.texts[1]));
      columns.hash.push(row.hash);
      columns.previous.push(row.previous);
      columns.offset.push(place.offset);
      columns.length.push(place.bytes.length);
      if (chain.signatureField !== null) {
        signedBytes += place.bytes.length;
        if (signedBytes > signedAtMost) signedLeft += 1;
        else
          signed.push({
            entry: row.entry,
            line: row.line,
            text: Buffer.from(place.bytes).toString('utf8'),
          });
      }
      const node = row.spotted && bound.length < boundAtMost && mayBind(place.bytes) ? row.node() : null;
      if (node !== null) bindings(node, row.entry, file.path, '', bound);
      if (columns.at.length < rowsAtOnce) return;
      facts.ledgerRows(file.path, columns);
      columns = empty(row.entry + 1);
      facts.checkpoint();
    };
    const chain = new HashChain({
      sizes,
      heads: heads.flatMap(({ head }) => head ?? []),
      columns: [actorName, eventName],
      spot: bindingNames,
      onRow,
    });
    for (const line of linesName.test(file.name) ? linesOf(file) : itemsOf(file)) {
      if (line.bytes.length === 0) {
        chain.skip();
        continue;
      }
      waiting.push(line);
      chain.add(line.bytes, line.isUnended, line.line);
    }
    const result = chain.end();
    waiting = [];
    if (columns.at.length > 0) facts.ledgerRows(file.path, columns);
    const { rule } = result;
    facts.add({
      kind: 'ledger',
      id: file.path,
      place: { path: file.path },
      entries: result.entries,
      rule:
        rule === null
          ? null
          : {
              family: rule.family,
              words: rule.words,
              formula: rule.formula,
              canonical: rule.form ?? '',
              hashField: rule.hashField,
              previousField: rule.previousField,
              signatureField: rule.signatureField,
            },
      breaks: result.breaks,
      breakCount: result.breakCount,
      head: result.head,
      root: result.root.toString('base64'),
      rootsAt: Object.fromEntries([...result.rootsAt].map(([size, root]) => [String(size), root.toString('base64')])),
      headsAt: Object.fromEntries([...result.headsAt].map(([size, head]) => [String(size), head])),
      statedHeads: heads.map((each) => ({
        ...each,
        entry: each.head === null ? null : (result.entryOfHead.get(each.head) ?? null),
      })),
      ...(signed.length === 0 ? {} : { signedRows: signed, signedRowsLeft: signedLeft, carriedKeys: keysBeside(file) }),
      misfits: result.misfits,
      isNumberedInText: result.isNumberedInText,
      sequenceGaps: result.sequenceGaps,
      clockJumps: result.clockJumps,
      firstAt: result.firstAt,
      lastAt: result.lastAt,
    });
    facts.add({
      kind: 'document',
      format: 'ledger',
      title: 'Ledger (hash-chained)',
      place: { path: file.path },
      properties: [
        { name: 'Entries', value: String(result.entries) },
        { name: 'Rule', value: rule?.words ?? 'No known rule fits its records' },
        ...(rule === null ? [] : [{ name: 'Formula', value: rule.formula }]),
        ...(result.head === null ? [] : [{ name: 'Head', value: result.head }]),
        { name: 'Merkle root (RFC 9162)', value: result.root.toString('base64') },
        ...(result.firstAt === null
          ? []
          : [
              { name: 'First', value: result.firstAt },
              { name: 'Last', value: result.lastAt ?? '' },
            ]),
      ],
      defects: [],
    });
    if (bound.length === 0) return;
    const base = findBase(file, [...new Set(bound.map(({ name }) => name))]);
    // A later entry may bind a path anew: what an earlier one said of it is history, not a claim about the file here.
    const latest = new Map(bound.map((item) => [item.name, item]));
    facts.add({
      kind: 'listing',
      id: file.path,
      role: 'ledger',
      title: 'Files bound by the ledger',
      place: { path: file.path },
      base,
      closed: false,
      ignored: [],
      items: [...latest.values()].map((item) => ({ ...item, path: resolveName(base, item.name) })),
      signature: null,
      root: null,
    });
  },
};
