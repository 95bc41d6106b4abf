import type { KeyObject } from 'node:crypto';
import type { FactOf } from '../../../shared/fact.ts';
import type { Policy } from '../../../shared/policy.ts';
import type { TrustEntry } from '../../../shared/trust.ts';
import { type Row, textIn } from '../../integrity/chain-rule.ts';
import { readLedgerLine } from '../../integrity/ledger-line.ts';
import { KeyError, readBareKey, readPublicKey, verifySignature } from '../../integrity/public-key.ts';
import {
  findSignedForms,
  rowSignature,
  type SignedForm,
  statedKey,
  statedSigner,
} from '../../integrity/row-signature.ts';
import { type Judgement, mayServe, nobody, settledByTrust } from '../judgement.ts';
import { acceptedBy } from '../policy-acceptance.ts';
import { namedIn } from '../signature-judgement.ts';
import type { CheckSink, Rule } from './rule.ts';

type Ledger = FactOf<'ledger'>;
interface Signer {
  key: KeyObject;
  /** How the reviewer named it; null where it came with the evidence. */
  entry: TrustEntry | null;
  words: string;
}
/** An entry whose signature holds by no key that is here. */
interface Failing {
  entry: number;
  line: number;
  /** Whom it names as its signer. */
  by: string;
  /** Whether it states the key itself. */
  isStated: boolean;
}
const listedAtMost = 100;
/** So many entries are tried in other spellings: after them it is not the spelling. */
const respelledAtMost = 1_000;

/** Signatures that entries of a ledger hold, by keys that the reviewer named, or that came with the ledger. */
export const ledgerSignatures: Rule = {
  id: 'ledger-signatures',
  title: 'Ledger signatures are trusted here',
  verify(evidence, checks) {
    const named = namedIn(evidence.trust.entries).keys.map(
      ({ key, entry }): Signer => ({ key, entry, words: entry.name }),
    );
    for (const ledger of evidence.facts('ledger')) {
      const field = ledger.rule?.signatureField ?? null;
      if (field !== null) verifyRows(ledger, field, named, evidence.policy, checks);
    }
  },
};

const base = (ledger: Ledger) =>
  ({
    rule: 'ledger-signatures',
    aspect: 'origin',
    subject: ledger.place.path,
    location: ledger.place,
    expected: null,
    actual: null,
    vouched: 'nobody',
  }) as const;

function rowOf(ledger: Ledger, index: number, field: string): Row | null {
  const { row } = readLedgerLine(Buffer.from(ledger.signedRows?.[index]?.text ?? ''));
  // That a signature is missing where others have one is said of the chain.
  return row === null || textIn(row.node, field) === '' ? null : row;
}

function verifyRows(ledger: Ledger, field: string, named: readonly Signer[], policy: Policy, checks: CheckSink): void {
  const rows = ledger.signedRows ?? [];
  const stated = new StatedKeys();
  const carried = (ledger.carriedKeys ?? []).flatMap(({ material, from }): Signer[] => {
    const key = keyIn(material);
    return key === null ? [] : [{ key, entry: null, words: `the key in ${from}` }];
  });
  const given = [...named, ...carried];
  const hashField = ledger.rule?.hashField ?? null;
  const last = rows.length - 1;
  const probes = [...new Set([0, 1, 2, last >> 1, last])].flatMap((index) => rowOf(ledger, index, field) ?? []);
  let forms: SignedForm[] = [];
  for (const row of probes) {
    const keys = [...given, ...stated.of(row)].map(({ key }) => key);
    if (forms.length === 0) forms = findSignedForms(row, keys, hashField, field);
  }
  const [found] = forms;
  let form = found;
  let respelled = 0;
  if (form === undefined) {
    sayUnknown(ledger, field, named, probes, checks);
    return;
  }
  // Where entries state their keys, one that states what is no key is by nobody.
  const isStatedBy = probes.filter((row) => stated.of(row).length > 0).length * 2 > probes.length;
  const bySigner = new Map<string, Signer>();
  const counted = new Map<Signer, number>();
  const failing: Failing[] = [];
  for (const [index, { entry, line }] of rows.entries()) {
    // One at a time: the trees of all of them would be too much to hold.
    const row = rowOf(ledger, index, field);
    if (row === null) continue;
    const by = statedSigner(row);
    const own = stated.of(row);
    const likely = bySigner.get(by);
    const signers = [...(likely === undefined ? [] : [likely]), ...given, ...own];
    let signer = signerOf(row, form, field, signers);
    // The first fraction or letter beyond ASCII shows which of the forms that fitted before is the writer's.
    if (signer === undefined && forms.length > 1 && respelled++ < respelledAtMost)
      for (const other of forms) {
        signer ??= signerOf(row, other, field, signers);
        if (signer === undefined) continue;
        form = other;
        break;
      }
    if (signer === undefined) failing.push({ entry, line, by, isStated: own.length > 0 || isStatedBy });
    else {
      bySigner.set(by, signer);
      counted.set(signer, (counted.get(signer) ?? 0) + 1);
    }
  }
  const isWrong = ({ by, isStated }: Failing) => isStated || bySigner.has(by);
  sayWrong(ledger, field, failing.filter(isWrong), bySigner, checks);
  const count = countOf(named);
  sayOthers(
    ledger,
    failing.filter((each) => !isWrong(each)),
    count,
    checks,
  );
  if (failing.length === 0)
    for (const [signer, entries] of counted) saySigner(ledger, signer, entries, form.words, count, policy, checks);
  const left = ledger.signedRowsLeft ?? 0;
  if (left > 0)
    checks.add({
      ...base(ledger),
      verdict: 'undecided',
      code: 'ledger-signatures',
      message: `The signatures of the last ${left} entries were not verified: this ledger has more signed entries than are held at once.`,
      settledBy: 'The ledger in parts, or a verification by the tool that wrote it.',
    });
}

function signerOf(row: Row, form: SignedForm, field: string, signers: readonly Signer[]): Signer | undefined {
  const value = rowSignature(textIn(row.node, field));
  const data = form.of(row);
  if (value === null || data === null) return undefined;
  return signers.find(({ key }) => verifySignature(key, data, value));
}

const countOf = (named: readonly Signer[]) =>
  named.filter(({ entry }) => entry !== null && mayServe(entry, 'ledger')).length;

/** No key that is here explains any signature in any known way. */
function sayUnknown(
  ledger: Ledger,
  field: string,
  named: readonly Signer[],
  rows: readonly Row[],
  checks: CheckSink,
): void {
  const count = countOf(named);
  // A feed of Secure Scuttlebutt says by its author how it is signed: there is one way, and it does not hold.
  const isFeed = rows.some((row) => /^@[A-Za-z0-9+/]{43}=\.ed25519$/.test(statedSigner(row)));
  if (isFeed)
    checks.add({
      ...base(ledger),
      verdict: 'fail',
      code: 'ledger-signature-invalid',
      location: { ...ledger.place, entry: 1 },
      message: `None of its signatures in ${field} holds by the author that the entries name.`,
    });
  else if (count > 0)
    checks.add({
      ...base(ledger),
      verdict: 'policy',
      code: 'ledger-other-signer',
      message: `Its entries hold signatures in ${field}, which do not hold by any of the ${count} you named for ledgers, in any way of signing that is known here.`,
      settledBy: settledByTrust,
    });
  else
    checks.add({
      ...base(ledger),
      verdict: 'undecided',
      code: 'ledger-signatures',
      message: `Its entries hold signatures in ${field}, which were not verified: the key is not here, or how its writer signs is not known.`,
      settledBy:
        'The key of its writer, added in Settings, Whom I trust, or a verification by the tool that wrote the ledger.',
      partial: true,
    });
}

function sayWrong(
  ledger: Ledger,
  field: string,
  wrong: readonly Failing[],
  bySigner: ReadonlyMap<string, Signer>,
  checks: CheckSink,
): void {
  for (const { entry, line, by: name } of wrong.slice(0, listedAtMost)) {
    const by = bySigner.get(name)?.words ?? 'the key that it states';
    checks.add({
      ...base(ledger),
      verdict: 'fail',
      code: 'ledger-signature-invalid',
      location: { ...ledger.place, entry, line },
      message: `The signature in ${field} of entry ${entry} does not hold by ${by}: the entry was changed after it was signed, or somebody else wrote it.`,
    });
  }
  if (wrong.length > listedAtMost)
    checks.add({
      ...base(ledger),
      verdict: 'fail',
      code: 'ledger-signature-invalid',
      message: `The signatures of ${wrong.length - listedAtMost} further entries do not hold; they are not listed.`,
    });
}

/** Entries that name another signer than those whose key is here. */
function sayOthers(ledger: Ledger, others: readonly Failing[], count: number, checks: CheckSink): void {
  const [first] = others;
  if (first === undefined) return;
  checks.add({
    ...base(ledger),
    verdict: count > 0 ? 'policy' : 'undecided',
    code: count > 0 ? 'ledger-other-signer' : 'ledger-signatures',
    location: { ...ledger.place, entry: first.entry, line: first.line },
    message: `${others.length === 1 ? 'One entry' : `${others.length} entries`}, the first of them entry ${first.entry}, ${others.length === 1 ? 'is' : 'are'} signed by ${first.by === '' ? 'somebody' : first.by}, whose key is not here${count > 0 ? `: not by any of the ${count} you named for ledgers` : ''}.`,
    settledBy: settledByTrust,
  });
}

function saySigner(
  ledger: Ledger,
  { entry, words, key }: Signer,
  entries: number,
  form: string,
  count: number,
  policy: Policy,
  checks: CheckSink,
): void {
  const holds = `${entries === 1 ? 'The signature of one entry holds' : `The signatures of ${entries} entries hold`}, by ${words}, over ${form}`;
  const refused = entry === null ? null : acceptedBy(policy, signedBy(key, words));
  if (refused !== null && refused.verdict !== 'pass')
    checks.add({ ...base(ledger), verdict: 'policy', code: refused.code, message: `${holds}; ${refused.message}` });
  else if (entry === null && count > 0)
    checks.add({
      ...base(ledger),
      verdict: 'policy',
      code: 'ledger-other-signer',
      message: `${holds}, which is not any of the ${count} you named for ledgers.`,
      settledBy: settledByTrust,
    });
  else if (entry === null)
    checks.add({
      ...base(ledger),
      verdict: 'undecided',
      code: 'ledger-signed-by-itself',
      vouched: 'producer',
      message: `${holds}. The key came with the evidence: one hand wrote them, and whose is not shown.`,
      settledBy: settledByTrust,
      partial: true,
    });
  else if (mayServe(entry, 'ledger'))
    checks.add({ ...base(ledger), verdict: 'pass', code: 'ledger-signed', vouched: 'key', message: `${holds}.` });
  else
    checks.add({
      ...base(ledger),
      verdict: 'policy',
      code: 'ledger-signer-not-for-this-use',
      message: `${holds}, whom you know but did not name for ledgers.`,
    });
}

/** What a policy is asked about: one signature that holds, by a key. */
const signedBy = (key: KeyObject, by: string): Judgement => ({
  ...nobody,
  holds: true,
  by,
  publicKey: key,
  verdict: 'pass',
  code: 'signature-holds',
  message: '',
});

function keyIn(text: string): KeyObject | null {
  if (!text.includes('-----BEGIN')) return readBareKey(text);
  try {
    return readPublicKey(text);
  } catch (error) {
    if (error instanceof KeyError) return null;
    throw error;
  }
}

/** Keys that entries state for themselves, read once each. */
class StatedKeys {
  private readonly known = new Map<string, Signer[]>();

  of(row: Row): Signer[] {
    const text = statedKey(row);
    if (text === null) return [];
    const held = this.known.get(text);
    if (held !== undefined) return held;
    const key = keyIn(text);
    const signers: Signer[] =
      key === null ? [] : [{ key, entry: null, words: `the key that the entries state, ${text}` }];
    if (this.known.size < 10_000) this.known.set(text, signers);
    return signers;
  }
}
