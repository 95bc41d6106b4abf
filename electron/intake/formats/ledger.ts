import { HashChain } from '../../integrity/hash-chain.ts';
import { type JudgedBlock, PlainBlocks } from '../plain-blocks.ts';
import { linesOf, RecordBlocks, type RecordLine } from '../record-blocks.ts';
import { findBase, resolveName } from '../shape.ts';
import { Candidate, type FactSink, type Format, type OpenFile } from './format.ts';
import { anchors, type Stated, statedByRow } from './ledger-anchors.ts';
import { bindingNames } from './ledger-bindings.ts';
import { keysBeside } from './ledger-keys.ts';
import { recordsOf, recordsShape } from './ledger-records.ts';
import { LedgerRows } from './ledger-rows.ts';

function recognise(candidate: Candidate): boolean {
  // A file of records that holds none must not read as one whose records hold.
  if (candidate.bytes === 0 || (candidate.bytes < 1_000 && candidate.utf8.trim() === ''))
    return /\.(jsonl|ndjson|ledger|chain)$/i.test(candidate.name);
  return recordsShape(candidate) !== null;
}

const actorName = /^(actor|agent|agent_id|user|by|author|who|source|tool)$/i;
const eventName = /^(event|event_type|action|action_type|type|kind|op|operation)$/i;

/** A line of white space alone holds no record. */
const isBlank = (bytes: Uint8Array): boolean =>
  bytes.length < 1_000 && bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

const mark = Buffer.from('\ufeff');
const isMarked = (bytes: Uint8Array): boolean => mark.equals(bytes.subarray(0, mark.length));

function addLines(lines: Iterable<RecordLine>, chain: HashChain, rows: LedgerRows): void {
  for (const each of lines) {
    // A byte order mark is no part of the first record (RFC 8259, 8.1: readers may pass it over).
    const line =
      each.offset === 0 && isMarked(each.bytes) ? { ...each, bytes: each.bytes.subarray(mark.length) } : each;
    if (isBlank(line.bytes)) {
      chain.skip();
      continue;
    }
    rows.expect(line);
    chain.add(line.bytes, line.isUnended, line.line);
  }
}

/** The first lines one by one, until the rule is known; then blocks, of which those that are not plain line by line. */
function readBlocks(file: OpenFile, chain: HashChain, rows: LedgerRows, facts: FactSink): void {
  const blocks = new RecordBlocks(file);
  let judges: PlainBlocks | null = null;
  let revision = '';
  const take = ({ block, plain }: JudgedBlock) => {
    const entry = chain.entries + 1;
    if (plain !== null && chain.take(plain)) rows.takePlain(plain, block, entry);
    else addLines(linesOf(block), chain, rows);
    blocks.recycle(block);
  };
  try {
    for (const block of blocks) {
      if (judges === null) {
        const plan = chain.plan(facts.ledgerRows !== undefined);
        revision = chain.revision;
        if (plan !== null) judges = new PlainBlocks(plan, file);
      }
      if (judges === null) addLines(linesOf(block), chain, rows);
      else for (const judged of judges.add(block)) take(judged);
      if (judges === null || chain.revision === revision) continue;
      // What is under way by the old plan is taken line by line where it does not fit; then a new plan is made.
      for (const judged of judges.end()) take(judged);
      judges.close();
      judges = null;
    }
    for (const judged of judges?.end() ?? []) take(judged);
  } finally {
    judges?.close();
  }
}

const rootsIn = (roots: ReadonlyMap<number, Buffer>): Record<string, string> =>
  Object.fromEntries([...roots].map(([size, root]) => [String(size), root.toString('base64')]));

/** Hash-chained JSONL: one record a line, the rule found from the records. */
export const ledger: Format = {
  id: 'ledger',
  title: 'Ledger (hash-chained)',
  sieve: { endings: ['jsonl', 'ndjson', 'jsonlines', 'json-lines', 'log', 'ledger', 'chain', 'json'], first: '{' },
  recognise,
  inOrder: true,
  read(file, facts) {
    const { sizes, heads } = anchors(file);
    const shape = recordsShape(new Candidate(file.path, file.bytes, file.head));
    const document = shape === 'array' || shape === 'within' ? recordsOf(file) : null;
    if (document?.stated != null) heads.push(document.stated);
    const rows = new LedgerRows(file.path, facts);
    const chain = new HashChain({
      sizes,
      heads: heads.flatMap(({ head }) => head ?? []),
      columns: [actorName, eventName],
      spot: bindingNames,
      onRow: (row) => rows.take(row, chain.signatureField !== null),
      onOutside: () => rows.passOver(),
    });
    if (document === null) readBlocks(file, chain, rows, facts);
    else addLines(document.records, chain, rows);
    const result = chain.end();
    rows.flush();
    const { bound, signed, signedLeft } = rows;
    const { rule, frame, streams } = result;
    // What rows beside the chain state of it is known only now: a head of theirs is the last one or none.
    const ofRows = (frame === null ? [] : [...frame.before, ...frame.after]).flatMap(
      ({ node }) => statedByRow(file.path, node) ?? [],
    );
    const entryOf = ({ head }: Stated) =>
      head === null ? null : head === result.head ? result.entries : (result.entryOfHead.get(head) ?? null);
    // Where records name one another by no hashes, nothing here says which of them a head is.
    const known = (each: Stated): Stated[] =>
      rule !== null || result.entries === 0 || each.head === null
        ? [each]
        : each.size === undefined
          ? []
          : [{ ...each, head: null }];
    // A hash of another length is a head of something else: of a repository, of a file.
    const speaks = ({ head, size }: Stated) =>
      head === null || size !== undefined || result.head === null || head.length === result.head.length;
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
              algorithm: rule.algorithm,
              hashField: rule.hashField,
              previousField: rule.previousField,
              signatureField: rule.signatureField,
            },
      breaks: result.breaks,
      breakCount: result.breakCount,
      head: result.head,
      root: result.root.toString('base64'),
      rootsAt: rootsIn(result.rootsAt),
      ...(streams === null ? {} : { streams }),
      ...(result.restarts.length === 0 ? {} : { restarts: [...result.restarts] }),
      ...(result.misnamed.length === 0 ? {} : { misnamed: [...result.misnamed] }),
      ...(result.strays.length === 0 ? {} : { strays: [...result.strays] }),
      headsAt: Object.fromEntries([...result.headsAt].map(([size, head]) => [String(size), head])),
      ...(frame === null
        ? {}
        : {
            frame: {
              before: frame.before.length,
              after: frame.after.length,
              isNamed: frame.isNamed,
              root: frame.root.toString('base64'),
              rootsAt: rootsIn(frame.roots),
            },
          }),
      statedHeads: [...heads, ...ofRows]
        .filter(speaks)
        .flatMap(known)
        .map((each) => ({ ...each, entry: entryOf(each) })),
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
      defects: isMarked(file.head)
        ? [
            {
              code: 'text-line',
              detail: 'It begins with a byte order mark, which JSON has not.',
              place: { path: file.path },
            },
          ]
        : [],
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
