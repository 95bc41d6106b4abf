import { hash } from 'node:crypto';
import { type CanonicalForm, canonicalForms, canonicalText } from './canonical-json.ts';
import type { JsonNode } from './json.ts';

/** A record of a ledger: its parsed line and the line itself. */
export interface Row {
  node: JsonNode;
  line: string;
}

/** What the hashed text is made of: the record alone, with the previous hash, or the texts of some members. */
export type Preimage = 'record' | 'previous+record' | 'record+previous' | 'members';

/** Digests that chains are made with; the length of a hash names it, but for the first half of a SHA-256. */
export type ChainAlgorithm = 'sha256' | 'sha384' | 'sha512' | 'sha1' | 'md5';
export const algorithmsOf: Record<number, readonly ChainAlgorithm[]> = {
  32: ['sha256', 'md5'],
  40: ['sha1'],
  64: ['sha256'],
  96: ['sha384'],
  128: ['sha512'],
};
const algorithmWords: Record<ChainAlgorithm, string> = {
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
  sha1: 'SHA-1',
  md5: 'MD5',
};

/** How the records of a ledger are chained, found from the records. */
export interface ChainRule {
  family: 'own-hash' | 'previous-record' | 'extensions' | 'concatenation' | 'signed-rows' | 'keyed';
  /** Path of the member that holds the record's own hash, dots between; null where only the previous record is hashed. */
  hashField: string | null;
  previousField: string | null;
  form: CanonicalForm | 'line' | null;
  /** Other forms that give the same text for the records looked at: a later one may be the first to tell them apart. */
  spellings?: readonly (CanonicalForm | 'line')[];
  /** The one member that is hashed, where the record is only a wrapping around it; absent where the record itself is. */
  only?: string;
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
  /** Whether the previous hash enters as text or as its 32 bytes. */
  previousAs: 'text' | 'bytes';
  /** What stands for the previous hash before the first record, where no member says it. */
  genesis: string;
  /** Members whose texts are joined, for the preimage `members`. */
  members: readonly string[];
  /** Digests of single members that stand beside them: `payloadHash` over `payload`. */
  inner: readonly { hashField: string; member: string; form: CanonicalForm }[];
  /** Hex digits that are kept of the hash. */
  digits: number;
  /** Member that holds a signature in each record; null where none does. */
  signatureField: string | null;
  words: string;
  formula: string;
}
/** A rule before it is put into words. */
export type RuleParts = Omit<ChainRule, 'words' | 'formula'>;

/** A hash as writers spell it, to lower-case hex: hex, `sha256:…`, base64 of either alphabet, `%….sha256`. */
export function hexOf(text: string): string | null {
  if (text.length > 140) return null;
  const hex =
    /^(?:sha-?(?:1|256|384|512):|md5:)?([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i.exec(
      text,
    )?.[1];
  if (hex !== undefined) return hex.toLowerCase();
  const coded =
    /^(?:sha-?256[:-])?[%&]?([A-Za-z0-9+/]{43}=)(?:\.sha256)?$/i.exec(text)?.[1] ??
    /^([A-Za-z0-9_-]{43})=?$/.exec(text)?.[1];
  return coded === undefined ? null : Buffer.from(coded, 'base64').toString('hex');
}

/** A member of a record, or of an object one level down: `integrity.hash`. */
export function field(node: JsonNode, path: string): JsonNode | undefined {
  let at: JsonNode | undefined = node;
  for (const name of path.split('.'))
    at = at?.kind === 'object' ? at.members.find((each) => each.name === name)?.value : undefined;
  return at;
}

/** The hash that a member holds, lower-case hex without a prefix; null where it holds none. */
export function hashIn(node: JsonNode, path: string | null): string | null {
  const found = path === null ? undefined : field(node, path);
  return found?.kind === 'string' ? hexOf(found.value) : null;
}

/** The text of a member as it enters a concatenation: texts and numbers as written, nothing for null. */
export function textIn(node: JsonNode, path: string): string {
  const found = field(node, path);
  if (found?.kind === 'string') return found.value;
  if (found?.kind === 'number') return found.source;
  return found?.kind === 'literal' && found.value !== null ? String(found.value) : '';
}

function mapMember(
  node: JsonNode,
  path: string,
  change: (name: string, value: JsonNode) => { name: string; value: JsonNode }[],
): JsonNode {
  const [outer = '', inner] = path.split('.');
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
  rule: Pick<RuleParts, 'form' | 'leaveOut' | 'blank' | 'rename' | 'hashField' | 'only' | 'digits'>,
  row: Row,
): string {
  if (rule.form === 'line' || rule.form === null) return row.line;
  let node = rule.only === undefined ? row.node : (field(row.node, rule.only) ?? row.node);
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
  if (rename !== null) node = mapMember(node, rename[0], (_, value) => [{ name: rename[1], value }]);
  return canonicalText(node, rule.form);
}

/** The hash of parts joined: text as UTF-8. */
export function joinedHash(
  rule: Pick<RuleParts, 'preimage' | 'separator' | 'previousAs' | 'digits' | 'algorithm'>,
  text: string,
  previous: string,
): string {
  const given =
    rule.previousAs === 'bytes' && rule.preimage !== 'record' ? Buffer.from(hexOf(previous) ?? '', 'hex') : previous;
  const pair = rule.preimage === 'previous+record' ? [given, text] : [text, given];
  if (rule.preimage === 'record' || rule.preimage === 'members')
    return hash(rule.algorithm, text, 'hex').slice(0, rule.digits);
  if (typeof given === 'string') return hash(rule.algorithm, pair.join(rule.separator), 'hex').slice(0, rule.digits);
  const [first = '', second = ''] = pair;
  const bytes = Buffer.concat([
    Buffer.from(first as string),
    Buffer.from(rule.separator),
    Buffer.from(second as string),
  ]);
  return hash(rule.algorithm, bytes, 'hex').slice(0, rule.digits);
}

const ownText = (rule: RuleParts, row: Row): string =>
  rule.preimage === 'members'
    ? rule.members.map((name) => textIn(row.node, name)).join(rule.separator)
    : recordText(rule, row);

/** The hash that a record should claim (or that the next should name). `previous` is the text of the hash before. */
export const recordHash = (rule: RuleParts, row: Row, previous: string): string =>
  joinedHash(rule, ownText(rule, row), previous);

/** What is hashed for a record, to be shown. Where the previous hash enters as bytes it is shown as hex. */
export function hashedText(rule: RuleParts, row: Row, previous: string): string {
  const text = ownText(rule, row);
  if (rule.preimage === 'previous+record') return [previous, text].join(rule.separator);
  return rule.preimage === 'record+previous' ? [text, previous].join(rule.separator) : text;
}

/** The text of the previous hash for a record: what it states, else the own hash of the record before, else the beginning. */
export function previousText(rule: RuleParts, row: Row, before: Row | null): string {
  const stated = rule.previousField === null ? '' : textIn(row.node, rule.previousField);
  if (stated !== '') return stated;
  return before === null ? rule.genesis : rule.previousField === null ? textIn(before.node, rule.hashField ?? '') : '';
}

/** What a member's digest beside it should be: over the text itself, or over the canonical form of a value. */
export function memberHash(node: JsonNode, form: CanonicalForm): string {
  return hash('sha256', node.kind === 'string' ? node.value : canonicalText(node, form), 'hex');
}

const separatorWords: Record<string, string> = {
  '': '',
  '\n': ' "\\n" ‖',
  '\0': ' 0x00 ‖',
  '|': ' "|" ‖',
  ':': ' ":" ‖',
  ',': ' "," ‖',
};

/** The rule in words and as a formula. */
export function describe(rule: RuleParts): ChainRule {
  const { only } = rule;
  const digest = algorithmWords[rule.algorithm];
  const record = only ?? 'record';
  const spelled =
    rule.form === null
      ? 'the record'
      : rule.form === 'line'
        ? 'the line'
        : `${only === undefined ? 'the record' : `its member ${only}`} as ${canonicalForms[rule.form]}`;
  const out =
    rule.leaveOut.length === 0
      ? ''
      : rule.blank === null
        ? ` without ${rule.leaveOut.join(' and ')}`
        : ` with ${rule.hashField} ${rule.blank === 'zeros' ? 'set to zeros' : 'emptied'}`;
  const renamed = rule.rename === null ? '' : `, ${rule.rename[0]} under the name ${rule.rename[1]}`;
  const text =
    rule.form === 'line' ? 'line' : `canonical(${record}${rule.leaveOut.map((name) => ` − ${name}`).join('')})`;
  const between = separatorWords[rule.separator] ?? ` ${JSON.stringify(rule.separator)} ‖`;
  const whole = {
    record: text,
    'previous+record': `previous ‖${between} ${text}`,
    'record+previous': `${text} ‖${between} previous`,
    members: rule.members.join(` ‖${between} `),
  }[rule.preimage];
  const cut = rule.digits >= 64 || rule.algorithm !== 'sha256' ? '' : `, first ${rule.digits} hexadecimal digits`;
  const link =
    rule.previousField === null ? '' : `; ${rule.previousField} is the ${rule.hashField} of the record before`;
  const inner = rule.inner.map(({ hashField, member }) => `; ${hashField} is the SHA-256 of ${member}`).join('');
  const signed = rule.signatureField === null ? '' : ` Each record holds a signature in ${rule.signatureField}.`;
  if (rule.family === 'keyed')
    return {
      ...rule,
      words: `Each record names the one before in ${rule.previousField}; ${rule.hashField} is made with a secret key, so nobody without the key can recompute it.`,
      formula: `${rule.hashField} = HMAC(key, …)`,
    };
  if (rule.hashField === null)
    return {
      ...rule,
      words: `${rule.previousField} is the ${digest} of ${spelled}${out} before. The last record is covered by nothing.${signed}`,
      formula: `${rule.previousField}[n] = ${digest}(${text}[n − 1])`,
    };
  const of =
    rule.preimage === 'members'
      ? `${rule.members.join(', ')}, joined; other members are not covered`
      : `${spelled}${out}${renamed}${rule.preimage === 'record' ? '' : ', with the previous hash'}`;
  return {
    ...rule,
    words: `${rule.hashField} is the ${digest} of ${of}${cut}${link}${inner}.${signed}`,
    formula: `${rule.hashField} = ${digest}(${whole})${cut}`,
  };
}
