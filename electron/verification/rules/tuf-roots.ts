import { counted } from '../../../shared/counted.ts';
import type { FactOf } from '../../../shared/fact.ts';
import { fingerprint, readPublicKey, verifySignature } from '../../integrity/public-key.ts';
import { mayServe } from '../judgement.ts';
import { namedIn } from '../signature-judgement.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

type Root = FactOf<'tuf-root'>;

/** Keys of one root that signed another, each counted once whatever it is called (TUF specification 1.0, 4.2 and 5.3.4). */
function signersOf(signedRoot: Root, by: Root): string[] {
  const signed = Buffer.from(signedRoot.signed, 'base64');
  return [
    ...new Set(
      signedRoot.signatures.flatMap(({ keyId, value }) => {
        const held = by.keyIds.includes(keyId) ? by.keys.find(({ id }) => id === keyId) : undefined;
        if (held === undefined) return [];
        const key = readPublicKey(held.material);
        return verifySignature(key, signed, Buffer.from(value, 'base64'), 'sha256') ? [fingerprint(key)] : [];
      }),
    ),
  ];
}

/** A root of TUF is signed by as many of its own keys as it asks for, and by those of the version before it where that is here. */
export const tufRoots: Rule = {
  id: 'tuf-roots',
  title: 'Roots of trust are signed as they demand',
  verify(evidence, checks) {
    const roots = [...evidence.facts('tuf-root')].sort((a, b) => a.version - b.version);
    for (const root of roots) {
      holdRoot(root, evidence, checks);
      const before = versionBefore(root, roots);
      if (before === undefined) continue;
      const signers = signersOf(root, before);
      const isFollowed = signers.length >= Math.max(1, before.threshold);
      checks.add({
        rule: 'tuf-roots',
        aspect: 'chain',
        verdict: isFollowed ? 'pass' : 'fail',
        code: isFollowed ? 'tuf-root-follows' : 'tuf-root-invalid',
        subject: root.place.path,
        location: root.place,
        expected: String(before.threshold),
        actual: String(signers.length),
        vouched: 'producer',
        message: isFollowed
          ? `Version ${root.version} is signed by ${counted(signers.length, 'key')} of version ${before.version}: it follows from it.`
          : `Version ${root.version} is signed by ${counted(signers.length, 'key')} of version ${before.version}, which asks for ${before.threshold}: it does not follow from it.`,
      });
    }
  },
};

const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);
/**
 * The version before a root: one that it follows from, else one of the same repository, which it should follow from. Of
 * several repositories in one source each has its own versions.
 */
function versionBefore(root: Root, roots: readonly Root[]): Root | undefined {
  const all = roots.filter(({ version }) => version === root.version - 1);
  return (
    all.find((each) => signersOf(root, each).length >= Math.max(1, each.threshold)) ??
    all.find(
      ({ place, keyIds }) =>
        folderOf(place.path) === folderOf(root.place.path) || keyIds.some((id) => root.keyIds.includes(id)),
    )
  );
}

function holdRoot(root: Root, evidence: EvidenceView, checks: CheckSink): void {
  const base = {
    rule: 'tuf-roots',
    subject: root.place.path,
    location: root.place,
    expected: String(root.threshold),
    vouched: 'producer',
  } as const;
  const signers = signersOf(root, root);
  if (!(root.threshold >= 1) || signers.length < root.threshold) {
    checks.add({
      ...base,
      aspect: 'chain',
      verdict: 'fail',
      code: 'tuf-root-invalid',
      actual: String(signers.length),
      message: `The root asks for ${root.threshold} of its own keys, and ${signers.length} signed what is here.`,
    });
    return;
  }
  const named = namedIn(evidence.trust.entries).keys.filter(({ entry }) => mayServe(entry, 'document'));
  const known = named.filter(({ key }) => signers.includes(fingerprint(key)));
  checks.add({
    ...base,
    aspect: 'chain',
    verdict: 'pass',
    code: 'tuf-root-holds',
    actual: String(signers.length),
    message: `Version ${root.version} of the root is signed by ${signers.length} of its own keys; it asks for ${root.threshold}.`,
  });
  if (known.length > 0)
    checks.add({
      ...base,
      aspect: 'origin',
      verdict: 'pass',
      code: 'signature-holds',
      actual: known.map(({ entry }) => entry.name).join(', '),
      vouched: 'key',
      message: `${known.map(({ entry }) => entry.name).join(', ')}, whom you named, signed it.`,
    });
  else
    checks.add({
      ...base,
      aspect: 'origin',
      verdict: 'undecided',
      code: 'signature-unknown-signer',
      actual: null,
      message:
        'A root vouches for itself: that it is signed by its own keys does not say whose it is. You named none of them.',
      settledBy: 'The fingerprint of the root, or an earlier version of it, from a source that you trust.',
      partial: true,
    });
  const expires = root.expires === null ? null : new Date(root.expires);
  if (expires === null || Number.isNaN(expires.getTime()) || expires < evidence.asOf)
    checks.add({
      ...base,
      aspect: 'origin',
      verdict: 'warn',
      code: 'tuf-root-expired',
      expected: root.expires,
      actual: evidence.asOf.toISOString(),
      message:
        expires === null || Number.isNaN(expires.getTime())
          ? 'The root does not say until when it holds.'
          : `The root expired at ${expires.toISOString()}: no client takes it for the current one any more.`,
    });
}
