import { type CanonicalForm, canonicalText } from './canonical-json.ts';
import { type ChainAlgorithm, chainDigest, hexOf, withoutLabel } from './chain-digest.ts';
import type { JsonNode } from './json.ts';

/** A record of a ledger: its parsed line and the line itself. */
export interface Row {
  node: JsonNode;
  line: string;
}

/** What the hashed text is made of: the record alone, with the previous hash, or some members, joined or as a JSON array. */
export type Preimage = 'record' | 'previous+record' | 'record+previous' | 'members' | 'list';

/** How the records of a ledger are chained, found from the records. */
export interface ChainRule {
  family: 'own-hash' | 'previous-record' | 'extensions' | 'concatenation' | 'signed-rows' | 'keyed' | 'unexplained';
  /** Path of the member that holds the record's own hash, dots between; null where only the previous record is hashed. */
  hashField: string | null;
  previousField: string | null;
  form: CanonicalForm | 'line' | null;
  /** Other forms that give the same text for the records looked at: a later one may be the first to tell them apart. */
  spellings?: readonly (CanonicalForm | 'line')[];
  /** The one member that is hashed, where the record is only a wrapping around it; absent where the record itself is. */
  only?: string;
  /** How that member enters where it is a text: as it stands, as the bytes that it spells in hexadecimal or in base64. */
  onlyAs?: 'text' | 'hex' | 'base64';
  algorithm: ChainAlgorithm;
  /** Paths of members that are not hashed. */
  leaveOut: readonly string[];
  /** What stands in place of the own hash while hashing (JSON text); null where the member is taken out. */
  blank: '""' | 'null' | 'zeros' | null;
  /** The previous hash stands under another name in what is hashed. */
  rename: readonly [from: string, to: string] | null;
  preimage: Preimage;
  /** Stands between the parts of a concatenation. */
  separator: string;
  /** What is hashed is an object of two, the previous hash and the record: `{"prev": "…", "record": {…}}`. */
  wrap?: { previous: string; record: string };
  /** Members that hold null are not hashed, at any level. */
  sparse?: true;
  /** The record enters by its digest, as hex or (where the previous hash does so) as bytes. */
  digested?: ChainAlgorithm;
  /** Stands after the record: lines may be hashed with their line feed. */
  ending?: '\n';
  /** Whether the previous hash enters as text, as text without the name of its algorithm, or as its bytes (of `members`, every hash). */
  previousAs: 'text' | 'bare' | 'bytes';
  /** What stands for the previous hash before the first record, where no member says it. */
  genesis: string;
  /** Members whose texts are joined, for the preimage `members`. */
  members: readonly string[];
  /** Digests within a record: `payloadHash` over `payload`, or `record_hash` over all but the hashes. */
  inner: readonly InnerDigest[];
  /** Hex digits that are kept of the hash. */
  digits: number;
  /** Member that holds a signature in each record; null where none does. */
  signatureField: string | null;
  words: string;
  formula: string;
}
/** A member that holds the digest of another member, or of the record without some members. */
export interface InnerDigest {
  hashField: string;
  /** Null where the digest is over the record. */
  member: string | null;
  /** Members that it is not over. */
  leaveOut: readonly string[];
  form: CanonicalForm;
  algorithm: ChainAlgorithm;
}
/** Whether hashes can be recomputed: of a keyed rule, and of one that was not found, only the links are known. */
export const isRecomputed = ({ family }: Pick<ChainRule, 'family'>): boolean =>
  family !== 'keyed' && family !== 'unexplained';
/** A rule before it is put into words. */
export type RuleParts = Omit<ChainRule, 'words' | 'formula'>;

/** A member of a record, or of an object or a list within it: `integrity.hash`, `signatures.0.sig`. */
export function field(node: JsonNode, path: string): JsonNode | undefined {
  let at: JsonNode | undefined = node;
  for (const name of path.split('.'))
    at =
      at?.kind === 'object'
        ? at.members.find((each) => each.name === name)?.value
        : at?.kind === 'array'
          ? at.items[Number(name)]
          : undefined;
  return at;
}

/** The same without the members that hold null. */
const withoutNulls = (node: JsonNode): JsonNode =>
  node.kind === 'array'
    ? { ...node, items: node.items.map(withoutNulls) }
    : node.kind !== 'object'
      ? node
      : {
          ...node,
          members: node.members.flatMap(({ name, value }) =>
            value.kind === 'literal' && value.value === null ? [] : [{ name, value: withoutNulls(value) }],
          ),
        };

/** The hash that a member holds, lower-case hex without a prefix; null where it holds none. */
export function hashIn(node: JsonNode, path: string | null): string | null {
  const found = path === null ? undefined : field(node, path);
  return found?.kind === 'string' ? hexOf(found.value) : null;
}

/**
 * The text of a member as it enters a concatenation: texts and numbers as written, nothing for null.
 * @param form how objects and arrays are spelled; they have no text without one
 */
export function textIn(node: JsonNode, path: string, form: CanonicalForm | null = null): string {
  const found = field(node, path);
  if (form !== null && (found?.kind === 'object' || found?.kind === 'array')) return canonicalText(found, form);
  if (found?.kind === 'string') return found.value;
  if (found?.kind === 'number') return found.source;
  return found?.kind === 'literal' && found.value !== null ? String(found.value) : '';
}

function mapMember(
  node: JsonNode,
  path: string,
  change: (name: string, value: JsonNode) => { name: string; value: JsonNode }[],
): JsonNode {
  const dot = path.indexOf('.');
  const [outer, inner] = dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
  if (node.kind !== 'object') return node;
  return {
    ...node,
    members: node.members.flatMap((each) =>
      each.name !== outer
        ? [each]
        : inner === undefined
          ? change(each.name, each.value)
          : [{ name: outer, value: mapMember(each.value, inner, change) }],
    ),
  };
}

/** The record as it is hashed, as text: without the members left out, under the names used while hashing. */
export function recordText(
  rule: Pick<
    RuleParts,
    | 'form'
    | 'leaveOut'
    | 'blank'
    | 'rename'
    | 'hashField'
    | 'only'
    | 'onlyAs'
    | 'digits'
    | 'ending'
    | 'digested'
    | 'sparse'
  >,
  row: Row,
): string {
  const { digested, ...whole } = rule;
  if (digested !== undefined) return chainDigest(digested, recordText(whole, row));
  if (rule.form === 'line' || rule.form === null) return `${row.line}${rule.ending ?? ''}`;
  if (rule.only !== undefined && rule.onlyAs !== undefined) {
    const text = textIn(row.node, rule.only);
    return rule.onlyAs === 'hex' ? (hexOf(text) ?? '') : text;
  }
  let node = rule.only === undefined ? row.node : (field(row.node, rule.only) ?? row.node);
  if (rule.sparse === true) node = withoutNulls(node);
  for (const path of rule.leaveOut) {
    const isBlanked = rule.blank !== null && path === rule.hashField;
    node = mapMember(node, path, (name, value) =>
      isBlanked
        ? [
            {
              name,
              value:
                rule.blank === 'null'
                  ? { ...value, kind: 'literal', value: null }
                  : { ...value, kind: 'string', value: rule.blank === 'zeros' ? '0'.repeat(rule.digits) : '' },
            },
          ]
        : [],
    );
  }
  const { rename } = rule;
  if (rename !== null) node = renamed(node, row.node, rename);
  return `${canonicalText(node, rule.form, undefined, row.line)}${rule.ending ?? ''}`;
}

/** What stands within an object that is not hashed is hashed among the outermost members. */
function renamed(node: JsonNode, whole: JsonNode, [from, to]: NonNullable<RuleParts['rename']>): JsonNode {
  if (!from.includes('.')) return mapMember(node, from, (_, value) => [{ name: to, value }]);
  const value = field(whole, from);
  return node.kind !== 'object' || value === undefined
    ? node
    : { ...node, members: [...node.members, { name: to, value }] };
}

/** Members as they are hashed: their texts joined, their bytes where they are hashes that enter so, or a JSON array of them. */
export function membersText(
  rule: Pick<RuleParts, 'preimage' | 'form' | 'members' | 'separator' | 'previousAs'>,
  { node }: Row,
): string | Uint8Array {
  const form = rule.form === 'line' ? null : rule.form;
  if (rule.preimage === 'list') {
    const items = rule.members.map((name) => field(node, name) ?? { ...node, kind: 'literal' as const, value: null });
    return canonicalText({ ...node, kind: 'array', items }, form ?? 'jcs');
  }
  const texts = rule.members.map((name) => textIn(node, name, form));
  if (rule.previousAs === 'text') return texts.join(rule.separator);
  if (rule.previousAs === 'bare')
    return texts.map((text) => (hexOf(text) === null ? text : withoutLabel(text))).join(rule.separator);
  const separator = Buffer.from(rule.separator);
  const parts = texts.flatMap((text, i) => {
    const hex = hexOf(text);
    const bytes = hex === null ? Buffer.from(text) : Buffer.from(hex, 'hex');
    return i === 0 ? [bytes] : [separator, bytes];
  });
  return Buffer.concat(parts);
}

/** The hash of parts joined: text as UTF-8, or what it spells. */
export function joinedHash(
  rule: Pick<
    RuleParts,
    'preimage' | 'separator' | 'previousAs' | 'digits' | 'algorithm' | 'digested' | 'onlyAs' | 'wrap' | 'form'
  >,
  text: string | Uint8Array,
  previous: string,
): string {
  const whole = (data: string | Uint8Array) => chainDigest(rule.algorithm, data).slice(0, rule.digits);
  if (typeof text !== 'string') return whole(text);
  const spelled = rule.onlyAs === 'hex' || rule.onlyAs === 'base64' ? Buffer.from(text, rule.onlyAs) : null;
  if (rule.preimage !== 'previous+record' && rule.preimage !== 'record+previous') return whole(spelled ?? text);
  const order = <Part>(given: Part, own: Part) => (rule.preimage === 'previous+record' ? [given, own] : [own, given]);
  if (rule.wrap !== undefined) return whole(wrapped(rule, rule.wrap, text, previous));
  const given = rule.previousAs === 'bare' ? withoutLabel(previous) : previous;
  if (rule.previousAs !== 'bytes' && spelled === null) return whole(order(given, text).join(rule.separator));
  const [first, second] = order(
    rule.previousAs === 'bytes' ? Buffer.from(hexOf(previous) ?? '', 'hex') : Buffer.from(given),
    spelled ?? Buffer.from(text, rule.digested === undefined ? 'utf8' : 'hex'),
  );
  return whole(Buffer.concat([first ?? Buffer.alloc(0), Buffer.from(rule.separator), second ?? Buffer.alloc(0)]));
}

/** The object of a previous hash and a record, in the order of the rule. A beginning may be null in it. */
function wrapped(
  { form, preimage }: Pick<RuleParts, 'form' | 'preimage'>,
  names: NonNullable<RuleParts['wrap']>,
  record: string,
  previous: string,
): string {
  const isSpaced = form === 'python-spaced' || form === 'python-as-written';
  const colon = isSpaced ? ': ' : ':';
  const given = previous === 'null' ? 'null' : JSON.stringify(previous);
  const members = [`"${names.previous}"${colon}${given}`, `"${names.record}"${colon}${record}`];
  return `{${(preimage === 'previous+record' ? members : members.reverse()).join(isSpaced ? ', ' : ',')}}`;
}

const isOfMembers = ({ preimage }: Pick<RuleParts, 'preimage'>) => preimage === 'members' || preimage === 'list';

/** What of a record is hashed, without the previous hash where that is joined to it. */
export const hashedParts = (rule: RuleParts, row: Row): string | Uint8Array =>
  isOfMembers(rule) ? membersText(rule, row) : recordText(rule, row);

/** The hash that a record should claim (or that the next should name). `previous` is the text of the hash before. */
export const recordHash = (rule: RuleParts, row: Row, previous: string): string =>
  joinedHash(rule, hashedParts(rule, row), previous);

/** What is hashed for a record, to be shown. Hashes that enter as bytes are shown as hex. */
export function hashedText(rule: RuleParts, row: Row, previous: string): string {
  if (isOfMembers(rule)) {
    const shown = membersText(rule.previousAs === 'bytes' ? { ...rule, previousAs: 'bare' } : rule, row);
    return typeof shown === 'string' ? shown : Buffer.from(shown).toString('utf8');
  }
  const text = recordText(rule, row);
  const given = rule.previousAs === 'text' ? previous : withoutLabel(previous);
  if (rule.wrap !== undefined) return wrapped(rule, rule.wrap, text, given);
  if (rule.preimage === 'previous+record') return [given, text].join(rule.separator);
  return rule.preimage === 'record+previous' ? [text, given].join(rule.separator) : text;
}

/** The text of the previous hash for a record: what it states, else the own hash of the record before, else the beginning. */
export function previousText(rule: RuleParts, row: Row, before: Row | null): string {
  const stated = rule.previousField === null ? '' : textIn(row.node, rule.previousField);
  if (stated !== '') return stated;
  return before === null ? rule.genesis : rule.previousField === null ? textIn(before.node, rule.hashField ?? '') : '';
}

/** What a digest within a record should be: over a text itself, or over the canonical form; null where nothing is there to be digested. */
export function innerHash(
  { member, leaveOut, form, algorithm }: Omit<InnerDigest, 'hashField'>,
  row: Row,
): string | null {
  if (member === null)
    return chainDigest(
      algorithm,
      recordText({ form, leaveOut, blank: null, rename: null, hashField: null, digits: 0 }, row),
    );
  const value = field(row.node, member);
  if (value === undefined) return null;
  return chainDigest(algorithm, value.kind === 'string' ? value.value : canonicalText(value, form));
}
