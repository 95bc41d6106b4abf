import type { LedgerRow } from '../../shared/contract/ledger.ts';
import type { FactOf } from '../../shared/fact.ts';
import { worst } from '../../shared/verdict.ts';
import { visibleName, visibleText } from '../../shared/visible-text.ts';
import { type ChainRule, hashedText, isRecomputed, previousText, recordHash } from '../integrity/chain-rule.ts';
import { findChainRule } from '../integrity/find-chain-rule.ts';
import { JsonError, parseJsonTree } from '../integrity/json.ts';
import { checksAbout } from '../store/checks.ts';
import { factsOf, fileByPath, ledgerById, ledgerEntries, ledgerSize, ledgersOf } from '../store/evidence.ts';
import { type Context, present, theImport } from './context.ts';
import { os } from './implementer.ts';
import { readBytes } from './read-bytes.ts';

const factOf = (context: Context, importId: number, path: string): FactOf<'ledger'> | undefined =>
  context.store.read((db) => factsOf(db, importId, path)).find((fact) => fact.kind === 'ledger');

export const ledgers = {
  list: os.ledgers.list.handler(({ input, context }) =>
    context.store
      .read((db) => ledgersOf(db, input.importId))
      .flatMap(({ id, path }): LedgerRow[] => {
        const fact = factOf(context, input.importId, path);
        if (fact === undefined) return [];
        const about = context.store.read((db) => checksAbout(db, input.importId, path));
        const anchors = about.filter(({ rule }) => rule === 'ledger-anchored');
        return [
          {
            id,
            path,
            entries: fact.entries,
            rule: fact.rule?.words ?? 'No known rule fits its records.',
            formula: fact.rule?.formula ?? '',
            breaks: fact.breaks,
            isAnchored: anchors.some(({ code }) => code === 'ledger-anchored'),
            anchor: anchors[0]?.message ?? '',
            verdict: worst(about.map(({ verdict }) => verdict)),
            // They come worst first.
            worst: about.find(({ verdict }) => verdict !== 'pass')?.message ?? null,
            head: fact.head,
          },
        ];
      }),
  ),
  entries: os.ledgers.entries.handler(({ input, context }) => {
    const ledger = present(
      context.store.read((db) => ledgerById(db, input.ledgerId)),
      'ledger',
    );
    const broken = new Map(
      (factOf(context, ledger.importId, ledger.path)?.breaks ?? []).map(({ entry, kind }) => [entry, kind]),
    );
    return context.store.read((db) => ({
      rows: ledgerEntries(db, input.ledgerId, input.from, input.limit).map(
        ({ entry, at, actor, event, hash, previous }) => ({
          entry,
          at,
          actor: actor === null ? null : visibleName(actor),
          event: event === null ? null : visibleName(event),
          hash: hash || null,
          previous: previous || null,
          broken: broken.get(entry) ?? null,
        }),
      ),
      total: ledgerSize(db, input.ledgerId),
    }));
  }),
  entry: os.ledgers.entry.handler(async ({ input, context }) => {
    const ledger = present(
      context.store.read((db) => ledgerById(db, input.ledgerId)),
      'ledger',
    );
    const { source } = theImport(context, ledger.importId);
    const file = present(
      context.store.read((db) => fileByPath(db, ledger.importId, ledger.path)),
      'file',
    );
    const rows = context.store.read((db) => ledgerEntries(db, input.ledgerId, Math.max(1, input.entry - 1), 2));
    const line = async (entry: number): Promise<string | null> => {
      const row = rows.find((each) => each.entry === entry);
      return row === undefined
        ? null
        : Buffer.from(
            (await readBytes(context, source.path, ledger.path, file.digest, row.offset, row.length)).bytes,
          ).toString('utf8');
    };
    const text = present((await line(input.entry)) ?? undefined, 'entry');
    const before = await line(input.entry - 1);
    const rule = await ruleOf(context, source.path, ledger.path, file.digest, input.ledgerId);
    const [own, previous] = [
      rows.find(({ entry }) => entry === input.entry),
      rows.find(({ entry }) => entry === input.entry - 1),
    ];
    const hashed = rule === null ? null : hashing(rule, text, before);
    return {
      line: visibleText(text),
      hashed: hashed === null ? '' : visibleText(hashed.text),
      computed: hashed?.hash ?? null,
      claimed: own?.hash || null,
      previousClaimed: own?.previous || null,
      previousActual: previous?.hash || null,
    };
  }),
};

/** The rule is found again from the first records, as it was at import: it is nowhere configured. */
async function ruleOf(
  context: Context,
  source: string,
  path: string,
  digest: string | null,
  ledgerId: number,
): Promise<ChainRule | null> {
  const rows = context.store.read((db) => ledgerEntries(db, ledgerId, 1, 24));
  const last = rows.at(-1);
  if (last === undefined) return null;
  const { bytes } = await readBytes(context, source, path, digest, 0, last.offset + last.length);
  return findChainRule(
    rows.flatMap(({ offset, length }) => {
      const line = Buffer.from(bytes.subarray(offset, offset + length)).toString('utf8');
      try {
        return [{ node: parseJsonTree(line), line }];
      } catch (error) {
        if (error instanceof JsonError) return [];
        throw error;
      }
    }),
  );
}

function hashing(rule: ChainRule, line: string, before: string | null): { text: string; hash: string } | null {
  if (!isRecomputed(rule)) return null;
  try {
    const subject = rule.hashField === null ? before : line;
    if (subject === null) return null;
    const row = { node: parseJsonTree(subject), line: subject };
    const given = previousText(
      rule,
      row,
      before === null || rule.hashField === null ? null : { node: parseJsonTree(before), line: before },
    );
    return { text: hashedText(rule, row, given), hash: recordHash(rule, row, given) };
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}
