import { type CanonicalForm, canonicalForms } from './canonical-json.ts';
import { hexOf, withoutLabel } from './chain-digest.ts';
import type { ChainBreak, ChainFields } from './chain-result.ts';
import { type ChainRule, hashIn, innerHash, type Row, textIn } from './chain-rule.ts';

const forms = Object.keys(canonicalForms) as CanonicalForm[];

/** Different records that all claim one hash are chained by nothing, whatever the rule is. */
export function constantHash(rows: readonly Row[]): ChainBreak | null {
  const [first, second] = rows;
  const top = first?.node.kind === 'object' ? first.node.members : [];
  const name = top.find((each) => /^(entry_?|record_?|event_?)?hash$/i.test(each.name))?.name;
  if (first === undefined || second === undefined || name === undefined || first.line === second.line) return null;
  const claimed = textIn(first.node, name);
  if (claimed !== textIn(second.node, name) || (hexOf(claimed) === null && claimed !== '')) return null;
  return {
    entry: 1,
    line: 1,
    kind: 'edited',
    expected: 'a hash of its own for each entry',
    actual: claimed,
    detail:
      claimed === ''
        ? 'The entries have a place for their hash, and it is empty: nothing chains them.'
        : 'The first entries are different and claim the same hash: it is not made from them.',
  };
}

/** Digests of members beside them that do not hold, and signatures that the other records have. */
export function* memberFaults(rule: ChainRule, row: Row, entry: number, line: number): Generator<ChainBreak> {
  for (const inner of rule.inner) {
    const { hashField, member } = inner;
    const actual = innerHash(inner, row);
    const stated = hashIn(row.node, hashField);
    // Any of the forms commits to the whole value: the first fraction tells apart those that fitted before.
    if (actual !== stated && !forms.some((form) => innerHash({ ...inner, form }, row) === stated))
      yield {
        entry,
        line,
        kind: 'edited',
        expected: stated ?? '',
        actual: actual ?? '',
        detail: `${member === null ? `Entry ${entry}` : `${member} of entry ${entry}`} does not have the digest in ${hashField}: it was changed after the hash was made.`,
      };
  }
  if (rule.signatureField !== null && textIn(row.node, rule.signatureField) === '')
    yield {
      entry,
      line,
      kind: 'edited',
      expected: 'a signature',
      actual: '',
      detail: `Entry ${entry} holds no signature in ${rule.signatureField}, as the entries before do: it was taken away, or the entry is not by their writer.`,
    };
}

const genesisWords =
  /^(0+|f{12,}|-+|[#_<[]*(genesis|root|start|begin|init|initial|first|null|none|nil|n\/?a|false|undefined)([_ -]?(block|hash|entry|record))?[#_>\]]*|)$/i;
/** Whether a text says that nothing comes before: zeros, a word for the beginning, nothing. */
export const isGenesis = (text: string): boolean => genesisWords.test(hexOf(text) ?? withoutLabel(text));

/**
 * The first record begins a chain only where it names nothing before it: otherwise something was cut off its front.
 * @param chain what the records say of which chain they are, where a file holds several
 */
export const cutFront = (named: string, entry: number, line: number, chain: string): ChainBreak => ({
  entry,
  line,
  kind: 'genesis',
  expected: 'a first entry that names nothing before it',
  actual: named,
  detail: `The first entry${chain === '' ? '' : ` of ${chain}`} names a previous one: what came before it is not here.`,
});

/** A last line that no line feed ends and that does not parse: the writer was interrupted, or something was cut off. */
export const torn = (bytes: Uint8Array, entry: number, line: number, error: string): ChainBreak => ({
  entry,
  line,
  kind: 'torn',
  expected: 'a whole record',
  actual: `${bytes.length} bytes without a line feed`,
  detail: `The last line is torn: ${error}.`,
});

/** A line that is no JSON object. @param error why it is no JSON; null where it is another value */
export const unparsable = (bytes: Uint8Array, entry: number, line: number, error: string | null): ChainBreak => ({
  entry,
  line,
  kind: 'unparsable',
  expected: 'one JSON object',
  actual: Buffer.from(bytes.subarray(0, 80)).toString('utf8'),
  detail: `Entry ${entry} is no JSON object: ${error ?? 'it is another value'}.`,
});

/** A record of which the hash is not the one that it claims. */
export function edited(rule: ChainRule, { computed, claimed }: ChainFields, entry: number, line: number): ChainBreak {
  // Without a member that names the one before, a record is bound to it by its hash alone.
  const changed =
    rule.previousField === null
      ? `Entry ${entry} does not have the hash that it claims: it was changed, or it does not follow entry ${entry - 1}.`
      : `Entry ${entry} does not have the hash that it claims: it was changed after the hash was made.`;
  return {
    entry,
    line,
    kind: 'edited',
    expected: computed ?? '',
    actual: claimed ?? '',
    detail: claimed === null ? `Entry ${entry} holds no hash of its own.` : changed,
  };
}

/** A record that says it is of another ledger than the first. */
export const foreign = (ledger: string, entry: number, line: number): ChainBreak => ({
  entry,
  line,
  kind: 'inserted',
  expected: 'an entry of this ledger',
  actual: ledger,
  detail: `Entry ${entry} says it is of the ledger ${ledger}, which is another than that of the first.`,
});

/** A record that does not name the hash of the one before it of its chain. @param previous the hash it names; null where it names none */
export function unlinked(
  named: string,
  previous: string | null,
  before: { entry: number; hash: string | null },
  entry: number,
  line: number,
): ChainBreak {
  const last =
    before.entry === entry - 1 ? `entry ${entry - 1}` : `the one before it of its chain, entry ${before.entry},`;
  const detail = isGenesis(named)
    ? `Entry ${entry} names nothing before it, as a first entry does: what follows hangs on nothing that stands above it.`
    : `Entry ${entry} names a previous hash that ${last} does not give.`;
  return { entry, line, kind: 'unlinked', expected: before.hash ?? '', actual: previous ?? '', detail };
}
