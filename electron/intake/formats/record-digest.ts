import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { canonicalJsonOf } from '../../integrity/canonical-json.ts';
import { sha256Hex } from '../../integrity/digest.ts';
import { type JsonNode, member, parseJsonTree, valueOf as plainOf } from '../../integrity/json.ts';
import type { Format } from './format.ts';
import { plainJson } from './plain-json.ts';

const largest = 1_048_576;
const records = ['record', 'preimage', 'invocation_payload'] as const;
const digests = [
  'anchored_digest',
  'claimed_action_ref',
  'action_ref',
  'record_digest',
  'record_hash',
  'preimage_digest',
];
const canonical = /^(canonical_)?(jcs_payload|jcs)$/;
const canonicalHex = /^(preimage_)?canonical_bytes_hex$/;

const textOf = (node: JsonNode | undefined): string | null => (node?.kind === 'string' ? node.value : null);
const bare = (text: string) => text.replace(/^sha-?256:/i, '').toLowerCase();
const isDigest = (text: string | null): text is string => text !== null && /^(sha-?256:)?[0-9a-f]{64}$/i.test(text);

/** One record beside the digest that was taken of it. */
function pairOf(root: JsonNode): { name: string; record: JsonNode; digestName: string; digest: string } | null {
  const name = records.find((each) => member(root, each)?.kind === 'object');
  const record = name === undefined ? undefined : member(root, name);
  const digestName = digests.find((each) => isDigest(textOf(member(root, each))));
  const digest = digestName === undefined ? null : textOf(member(root, digestName));
  if (name === undefined || record === undefined || digestName === undefined || digest === null) return null;
  return { name, record, digestName, digest };
}

/**
 * The profile of action references: four members, and a time in RFC 3339, UTC, with milliseconds. Another spelling of
 * the same moment is another record, and is refused before any digest is compared.
 */
function timeDefect(record: JsonNode): string | null {
  if (record.kind !== 'object') return null;
  const names = record.members.map(({ name }) => name).sort();
  if (names.join() !== 'action_type,agent_id,scope,timestamp') return null;
  const time = textOf(member(record, 'timestamp'));
  return time !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time)
    ? null
    : 'The timestamp is not in the one spelling of action references: RFC 3339, UTC, with three digits of a second and Z.';
}

/** One record of a log with the digest that was kept of it elsewhere: SHA-256 over its RFC 8785 form. */
export const recordDigest: Format = {
  id: 'record-digest',
  title: 'Record with its digest',
  sieve: { endings: ['json'] },
  recognise({ name, bytes, latin1: text }) {
    if (!/\.json$/i.test(name) || bytes > largest) return false;
    return (
      /^\s*\{/.test(text) &&
      records.some((each) => text.includes(`"${each}"`)) &&
      digests.some((each) => text.includes(`"${each}"`))
    );
  },
  read(file, facts) {
    const root = parseJsonTree(file.whole(limits.jsonBytes));
    const pair = pairOf(root);
    if (pair === null) {
      plainJson.read(file, facts);
      return;
    }
    const { name, record, digestName, digest } = pair;
    const defects: Defect[] = [];
    const say = (detail: string, pointer: string, expected?: string, actual?: string) =>
      defects.push({
        code: 'record-digest',
        detail,
        place: { path: file.path, pointer },
        ...(expected === undefined ? {} : { expected }),
        ...(actual === undefined ? {} : { actual }),
      });
    const text = canonicalJsonOf(plainOf(record)) ?? '';
    if (text === '') say(`${name} holds a number that no program can hold: it has no RFC 8785 form.`, `/${name}`);
    const own = sha256Hex(text);
    const time = timeDefect(record);
    if (time !== null) say(time, `/${name}/timestamp`);
    if (own !== bare(digest))
      say(
        `${name} does not have the digest in ${digestName}: it was changed after the digest was taken, or the digest is of another record.`,
        `/${name}`,
        bare(digest),
        own,
      );
    for (const each of root.kind === 'object' ? root.members : []) {
      const stated = textOf(each.value);
      if (stated === null) continue;
      if (canonical.test(each.name) && stated !== text)
        say(`${each.name} is not the RFC 8785 form of ${name}.`, `/${each.name}`);
      if (canonicalHex.test(each.name) && stated.toLowerCase() !== Buffer.from(text).toString('hex'))
        say(`${each.name} are not the bytes of the RFC 8785 form of ${name}.`, `/${each.name}`);
    }
    facts.add({
      kind: 'document',
      format: 'record-digest',
      title: 'Record with its digest',
      place: { path: file.path },
      properties: [
        { name: 'Record', value: name, pointer: `/${name}` },
        { name: 'Digest stated', value: digest, pointer: `/${digestName}` },
        { name: 'Digest of its RFC 8785 form', value: `sha256:${own}` },
      ],
      defects,
    });
  },
};
