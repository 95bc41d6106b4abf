import { type CanonicalForm, canonicalForms, canonicalText } from './canonical-json.ts';
import { sha256Hex } from './digest.ts';
import type { JsonNode } from './json.ts';

/** A record of a ledger: its parsed line and the line itself. */
export interface Row {
  node: JsonNode;
  line: string;
}

/** How the records of a ledger are chained, found from the records. */
export interface ChainRule {
  family: 'own-hash' | 'previous-record' | 'extensions' | 'concatenation' | 'signed-rows' | 'keyed';
  /** Path of the member that holds the record's own hash, dots between; null where only the previous record is hashed. */
  hashField: string | null;
  previousField: string | null;
  form: CanonicalForm | 'line' | null;
  leaveOut: readonly string[];
  /** What is hashed, from the canonical text and the previous hash. */
  preimage: Preimage;
  /** Hex digits that are kept of the hash. */
  digits: number;
  words: string;
  formula: string;
}
type Preimage = 'record' | 'previous+record' | 'previous\\n+record' | 'record+previous';

const hexOf = (text: string): string | null => /^(?:sha256:|sha-256:)?([0-9a-f]{32}|[0-9a-f]{64})$/i.exec(text)?.[1]?.toLowerCase() ?? null;

/** A member of a record, or of an object one level down: `integrity.hash`. */
export function field(node: JsonNode, path: string): JsonNode | undefined {
  let at: JsonNode | undefined = node;
  for (const name of path.split('.')) at = at?.kind === 'object' ? at.members.find((each) => each.name === name)?.value : undefined;
  return at;
}

/** The hash that a member holds, lower-case hex without a prefix; null where it holds none. */
export function hashIn(node: JsonNode, path: string | null): string | null {
  const found = path === null ? undefined : field(node, path);
  return found?.kind === 'string' ? hexOf(found.value) : null;
}

/** Members that hold hashes, outermost and one level down. */
function hashFields(node: JsonNode): string[] {
  if (node.kind !== 'object') return [];
  return node.members.flatMap(({ name, value }) => {
    if (value.kind === 'string') return hexOf(value.value) === null ? [] : [name];
    if (value.kind !== 'object' || name.includes('.')) return [];
    return value.members.flatMap((inner) => (inner.value.kind === 'string' && hexOf(inner.value.value) !== null && !inner.name.includes('.') ? [`${name}.${inner.name}`] : []));
  });
}

const isSignature = (name: string) => /^(sig|signature|signatures|signature_classical|signed|proof|batch)$/i.test(name);
const forms = Object.keys(canonicalForms) as CanonicalForm[];

/** A copy of a record without one member, which may lie one level down. */
function without(node: JsonNode, path: string): JsonNode {
  const [outer = '', inner] = path.split('.');
  if (node.kind !== 'object') return node;
  if (inner === undefined) return { ...node, members: node.members.filter(({ name }) => name !== outer) };
  return { ...node, members: node.members.map((each) => (each.name === outer ? { name: outer, value: without(each.value, inner) } : each)) };
}

/** The bytes that are hashed for a record, as text. */
export function hashedText(rule: ChainRule, row: Row, previous: string): string {
  let text: string;
  if (rule.form === 'line' || rule.form === null) text = row.line;
  else text = canonicalText(rule.leaveOut.reduce((node, path) => without(node, path), row.node), rule.form);
  switch (rule.preimage) {
    case 'record':
      return text;
    case 'previous+record':
      return previous + text;
    case 'previous\\n+record':
      return `${previous}\n${text}`;
    default:
      return text + previous;
  }
}

export const recordHash = (rule: ChainRule, row: Row, previous: string): string => sha256Hex(hashedText(rule, row, previous)).slice(0, rule.digits);

/**
 * Finds the rule by which records are chained, from the first of them: which member is the own hash, which names the
 * one before, what is left out, how the record is spelled, what is put before or after it. A rule is found when it
 * explains more than half of the records tried and at least one; null where none does.
 */
export function findChainRule(rows: readonly Row[]): ChainRule | null {
  const sample = rows.slice(0, 24);
  const first = sample[0];
  if (first === undefined) return null;
  const fields = [...new Set(sample.slice(0, 4).flatMap(({ node }) => hashFields(node)))];
  if (fields.length === 0) return null;
  const links = (hash: string, previous: string) => sample.slice(1).filter((row, i) => hashIn(row.node, previous) !== null && hashIn(row.node, previous) === hashIn(sample[i]?.node ?? row.node, hash)).length;
  const candidates: { rule: ChainRule; explained: number }[] = [];
  const tryOwn = (hashField: string, previousField: string | null) => {
    const signatures = first.node.kind === 'object' ? first.node.members.map(({ name }) => name).filter(isSignature) : [];
    const options = [[hashField], ...(signatures.length > 0 ? [[hashField, ...signatures]] : []), ...(previousField !== null ? [[hashField, previousField]] : [])];
    const digits = hashIn(sample.find(({ node }) => hashIn(node, hashField) !== null)?.node ?? first.node, hashField)?.length ?? 64;
    for (const leaveOut of options) {
      for (const form of forms) {
        for (const preimage of ['record', 'previous+record', 'previous\\n+record', 'record+previous'] as const) {
          if (preimage !== 'record' && previousField === null && digits === 64) continue;
          const rule = describe({ family: preimage === 'record' ? 'own-hash' : 'concatenation', hashField, previousField, form, leaveOut, preimage, digits });
          const explained = sample.filter((row, i) => {
            const given = previousField === null ? (i === 0 ? 'genesis' : hashIn(sample[i - 1]?.node ?? row.node, hashField)) : textIn(row.node, previousField);
            return hashIn(row.node, hashField) === recordHash(rule, row, given ?? '');
          }).length;
          if (explained > 0) candidates.push({ rule, explained });
          if (explained === sample.length) return;
        }
      }
    }
  };
  const pairs = fields.flatMap((hash) => fields.concat(previousNames(first.node)).filter((previous, i, all) => previous !== hash && all.indexOf(previous) === i).map((previous) => ({ hash, previous, links: links(hash, previous) })));
  pairs.sort((a, b) => b.links - a.links);
  for (const { hash, previous, links: count } of pairs) if (count > 0 || sample.length === 1) tryOwn(hash, previous);
  const best = () => candidates.sort((a, b) => b.explained - a.explained)[0];
  if ((best()?.explained ?? 0) * 2 <= sample.length) for (const hash of fields) if (/hash|digest/i.test(hash) && !/prev|parent/i.test(hash)) tryOwn(hash, null);
  for (const previousField of fields) {
    for (const form of [...forms, 'line'] as const) {
      for (const leaveOut of [[], ['batch']]) {
        const rule = describe({ family: 'previous-record', hashField: null, previousField, form, leaveOut, preimage: 'record', digits: 64 });
        const explained = sample.slice(1).filter((row, i) => hashIn(row.node, previousField) === recordHash(rule, sample[i] ?? row, '')).length;
        if (explained > 0) candidates.push({ rule, explained: explained + 1 });
      }
    }
  }
  const found = best();
  if (found !== undefined && found.explained * 2 > Math.min(sample.length, 8)) {
    const signed = found.rule.family === 'own-hash' && first.node.kind === 'object' && first.node.members.some(({ name }) => isSignature(name));
    return signed ? { ...found.rule, family: 'signed-rows' } : found.rule;
  }
  const linked = pairs.find(({ links: count }) => count * 2 > sample.length - 1 && count > 0);
  if (linked !== undefined && /hmac|mac$/i.test(`${linked.hash} ${linked.previous}`)) return describe({ family: 'keyed', hashField: linked.hash, previousField: linked.previous, form: null, leaveOut: [], preimage: 'record', digits: 64 });
  return null;
}

/** Names that a first record may hold null or "GENESIS" under, where later ones hold a hash. */
function previousNames(node: JsonNode): string[] {
  if (node.kind !== 'object') return [];
  return node.members.filter(({ name }) => /prev|parent/i.test(name)).map(({ name }) => name);
}

/** The text of a member as it enters a concatenation: a hash as written, nothing for null. */
export function textIn(node: JsonNode, path: string): string {
  const found = field(node, path);
  return found?.kind === 'string' ? found.value : '';
}

function describe(rule: Omit<ChainRule, 'words' | 'formula'>): ChainRule {
  const spelled = rule.form === null ? 'the record' : rule.form === 'line' ? 'the line' : `the record as ${canonicalForms[rule.form]}`;
  const less = rule.leaveOut.length === 0 ? '' : ` without ${rule.leaveOut.join(' and ')}`;
  const inner = `canonical(record${rule.leaveOut.map((name) => ` − ${name}`).join('')})`;
  const text = rule.form === 'line' ? 'line' : inner;
  const whole = { record: text, 'previous+record': `previous ‖ ${text}`, 'previous\\n+record': `previous ‖ "\\n" ‖ ${text}`, 'record+previous': `${text} ‖ previous` }[rule.preimage];
  const cut = rule.digits === 64 ? '' : `, first ${rule.digits} hexadecimal digits`;
  if (rule.family === 'keyed') return { ...rule, words: `Each record names the one before in ${rule.previousField}; ${rule.hashField} is made with a secret key, so nobody without the key can recompute it.`, formula: `${rule.hashField} = HMAC(key, …)` };
  if (rule.hashField === null) return { ...rule, words: `${rule.previousField} is the SHA-256 of ${spelled}${less} before. The last record is covered by nothing.`, formula: `${rule.previousField}[n] = SHA-256(${text}[n − 1])` };
  const link = rule.previousField === null ? '' : `; ${rule.previousField} is the ${rule.hashField} of the record before`;
  return { ...rule, words: `${rule.hashField} is the SHA-256 of ${spelled}${less}${rule.preimage === 'record' ? '' : ', with the previous hash'}${cut}${link}.`, formula: `${rule.hashField} = SHA-256(${whole})${cut}` };
}
