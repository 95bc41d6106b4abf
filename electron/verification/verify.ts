import type { Check } from '../../shared/check.ts';
import type { EvidenceFile, FileState, JudgedFile, NotChecked } from '../../shared/evidence.ts';
import { fileStates } from '../../shared/evidence.ts';
import type { Fact, FactKind, FactOf } from '../../shared/fact.ts';
import { defaultPolicy, type Policy } from '../../shared/policy.ts';
import type { Trust } from '../../shared/trust.ts';
import { type Aspect, type Aspects, aspects, noVerdicts, type Verdict, verdicts, worst } from '../../shared/verdict.ts';
import { FileClaims } from './file-claims.ts';
import { rules } from './rules/index.ts';
import type { CheckSink, EvidenceView, SignatureOutcome } from './rules/rule.ts';

export interface VerifyInput {
  files: readonly EvidenceFile[];
  /** Place of each by its path, where somebody knows them; and by item of a list, of the file that it speaks of. */
  places?: ReadonlyMap<string, number>;
  placesOf?: (listing: FactOf<'listing'>) => Int32Array;
  facts: readonly Fact[];
  /** Digests beyond SHA-256: path, or `path\0start\0end` → `algorithm:hex`. */
  moreDigests: ReadonlyMap<string, readonly string[]>;
  trust: Trust;
  /** What the reviewer accepts; the policy that ships where absent. */
  policy?: Policy;
  asOf: Date;
}
export interface Verified {
  files: JudgedFile[];
  checks: Check[];
  passes: { rule: string; aspect: Aspect; count: number }[];
  notChecked: NotChecked[];
  outcomes: Map<string, SignatureOutcome>;
  aspects: Aspects;
  verdict: Verdict;
  states: Record<FileState, number>;
}

/** Facts to checks, by every rule; checks in a fixed order, the whole by the worst that stands (command-line.md). */
export function verify({
  files,
  places = placesByPath(files),
  placesOf,
  facts,
  moreDigests,
  trust,
  policy = defaultPolicy,
  asOf,
}: VerifyInput): Verified {
  const byKind = new Map<FactKind, Fact[]>();
  for (const fact of facts) {
    const list = byKind.get(fact.kind);
    if (list === undefined) byKind.set(fact.kind, [fact]);
    else list.push(fact);
  }
  const place = (path: string): number => places.get(path) ?? -1;
  const file = (path: string) => files[place(path)];
  const listed = new Map<Fact, Int32Array>();
  const outcomes = new Map<string, SignatureOutcome>();
  const evidence: EvidenceView = {
    facts: <K extends FactKind>(kind: K) => (byKind.get(kind) ?? []) as FactOf<K>[],
    file,
    place,
    files: () => files,
    places(listing) {
      const known = listed.get(listing);
      if (known !== undefined) return known;
      const found =
        placesOf?.(listing) ?? Int32Array.from(listing.items, ({ path }) => (path === null ? -1 : place(path)));
      listed.set(listing, found);
      return found;
    },
    digest(path, algorithm, range) {
      if (range === undefined && algorithm === 'sha256') return file(path)?.digest ?? null;
      const key = range === undefined ? path : `${path}\0${range.start}\0${range.end}`;
      return moreDigests.get(key)?.find((digest) => digest.startsWith(`${algorithm}:`)) ?? null;
    },
    outcomes,
    trust,
    policy,
    asOf,
  };
  const checks: Check[] = [];
  const passes = new Map<string, { rule: string; aspect: Aspect; count: number }>();
  const notChecked: NotChecked[] = [];
  let claims = new FileClaims([], () => -1);
  const sink: CheckSink = {
    add: (check) => void checks.push({ settledBy: '', partial: false, ...check }),
    pass(rule, aspect, count = 1) {
      const known = passes.get(`${rule} ${aspect}`) ?? { rule, aspect, count: 0 };
      known.count += count;
      passes.set(`${rule} ${aspect}`, known);
    },
    notChecked: (what) => void notChecked.push(what),
    files(found) {
      claims = found;
    },
  };
  for (const rule of rules) rule.verify(evidence, sink);
  checks.sort(inOrder);
  for (const { verdict, subject, message, settledBy } of checks)
    if (verdict === 'undecided') notChecked.push({ what: subject, why: message, settledBy });
  const judgedFiles = judgeFiles(files, claims, checks);
  const summary = summarise(checks, passes.values());
  const states = Object.fromEntries(fileStates.map((state) => [state, 0])) as Record<FileState, number>;
  for (const { state } of judgedFiles) states[state] += 1;
  return {
    files: judgedFiles,
    checks,
    passes: [...passes.values()],
    notChecked,
    outcomes,
    aspects: summary,
    // That a document is well formed vouches for nothing in it.
    verdict: overall(
      checks,
      [...passes.values()].some(({ rule }) => rule !== 'documents'),
    ),
    states,
  };
}

const placesByPath = (files: readonly EvidenceFile[]): Map<string, number> =>
  new Map(files.map(({ path }, place) => [path, place]));

const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
/**
 * By subject, what its bytes are before what is claimed of it, then by rule and location: two runs over the same bytes
 * differ in nothing.
 */
function inOrder(a: Check, b: Check): number {
  return (
    text(a.subject, b.subject) ||
    aspects.indexOf(a.aspect) - aspects.indexOf(b.aspect) ||
    text(a.rule, b.rule) ||
    (a.location?.entry ?? 0) - (b.location?.entry ?? 0) ||
    (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
    text(a.location?.path ?? '', b.location?.path ?? '') ||
    text(a.location?.pointer ?? '', b.location?.pointer ?? '') ||
    (a.location?.offset ?? 0) - (b.location?.offset ?? 0) ||
    text(a.code, b.code) ||
    text(a.message, b.message)
  );
}

/** Files with their state, and those that are listed and not here. The verdict of a file is the worst said of it. */
function judgeFiles(files: readonly EvidenceFile[], claims: FileClaims, checks: readonly Check[]): JudgedFile[] {
  const said = new Map<string, Verdict | null>();
  for (const { subject, verdict } of checks) {
    const before = said.get(subject);
    said.set(subject, before == null ? verdict : worst([before, verdict]));
  }
  const byState: Partial<Record<FileState, Verdict>> = {
    match: 'pass',
    mismatch: 'fail',
    missing: 'fail',
    unread: 'undecided',
  };
  const verdictOf = (path: string, state: FileState): Verdict | null => {
    const own = byState[state] ?? null;
    const other = said.get(path) ?? null;
    return own === null ? other : other === null ? own : worst([own, other]);
  };
  const judged = files.map((file, place): JudgedFile => {
    const { path, bytes, digest, unread, format, modifiedAt } = file;
    const claim = claims.at(place);
    const state = unread !== null && digest === null ? 'unread' : claim.state;
    const verdict = verdictOf(path, state);
    const { claims: count, vouched } = claim;
    return { path, bytes, digest, unread, format, modifiedAt, state, claims: count, vouched, verdict };
  });
  const missing = Array.from(claims.missing(), ({ path, claims: count }): JudgedFile => {
    const nothing = { bytes: 0, digest: null, unread: null, format: null, modifiedAt: null };
    const state = 'missing';
    return { path, ...nothing, state, claims: count, vouched: 'nobody', verdict: verdictOf(path, state) };
  });
  if (missing.length === 0 && judged.every(({ path }, i) => i === 0 || (judged[i - 1]?.path ?? '') < path))
    return judged;
  return [...judged, ...missing].sort((a, b) => text(a.path, b.path));
}

/** Verdict and counts of each aspect. An undecided that concerns a part does not lift an aspect that something vouches for. */
function summarise(checks: readonly Check[], passes: Iterable<{ aspect: Aspect; count: number }>): Aspects {
  const counts = Object.fromEntries(aspects.map((aspect) => [aspect, noVerdicts()])) as Record<
    Aspect,
    Record<Verdict, number>
  >;
  for (const { aspect, verdict } of checks) counts[aspect][verdict] += 1;
  for (const { aspect, count } of passes) counts[aspect].pass += count;
  return Object.fromEntries(
    aspects.map((aspect) => {
      const stands = checks
        .filter((check) => check.aspect === aspect && !isCovered(check, counts[aspect].pass > 0))
        .map(({ verdict }) => verdict);
      const hasPass = counts[aspect].pass > 0;
      const anything = verdicts.some((verdict) => counts[aspect][verdict] > 0);
      return [
        aspect,
        { verdict: anything ? worst(hasPass ? [...stands, 'pass'] : stands) : null, counts: counts[aspect] },
      ];
    }),
  ) as Aspects;
}

/** A partial undecided beside something that passes in its aspect, or anywhere where its aspect has nothing else. */
const isCovered = (check: Check, somethingPasses: boolean) =>
  check.verdict === 'undecided' && check.partial && somethingPasses;

function overall(checks: readonly Check[], hasPasses: boolean): Verdict {
  const somethingPasses = hasPasses || checks.some(({ verdict }) => verdict === 'pass');
  const stands = checks.filter((check) => !isCovered(check, somethingPasses)).map(({ verdict }) => verdict);
  return worst(somethingPasses ? [...stands, 'pass'] : stands) ?? 'undecided';
}
