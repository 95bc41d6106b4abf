import type { StoreHealth } from '../../shared/journal.ts';
import type { Coverage, Gate } from '../../shared/sign-off.ts';

export interface ReadinessInput {
  imports: number;
  files: number;
  /** Checks that fail or that policy does not accept, and have neither a finding nor an explanation. */
  unanswered: { count: number; example: string };
  /** Sources whose verdicts rest on somebody whom the reviewer no longer trusts. */
  otherTrust: string[];
  /** Sources of which she was told that they changed since they were verified. */
  changed: string[];
  findingsWithoutReason: number[];
  staleFindings: number[];
  journal: { state: StoreHealth['state']; size: number };
  key: { name: string; isUnlocked: boolean } | null;
  coverage: Coverage;
}

const gate = (
  id: Gate['id'],
  title: string,
  holds: boolean,
  detail: string,
  always: boolean,
  screen: Gate['screen'],
): Gate => ({ id, title, holds, detail, always, screen: holds ? null : screen });
const count = (n: number, what: string) => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;
const named = (numbers: number[]) => numbers.map((number) => `F-${String(number).padStart(2, '0')}`).join(', ');

/** Where there is a sampling plan about the bytes that are here: each file that it picked is looked at, or she says why not. */
function sampleGate({ sampling = [] }: Coverage): Gate[] {
  const plans = sampling.filter(({ isStale }) => !isStale);
  if (plans.length === 0) return [];
  const open = plans.filter(({ sampled, lookedAt, explanation }) => lookedAt < sampled && explanation === null);
  const said = (open.length === 0 ? plans : open).map(
    ({ number, lookedAt, sampled, explanation }) =>
      `plan ${number}: ${lookedAt.toLocaleString('en')} of ${count(sampled, 'file')} looked at${lookedAt < sampled && explanation !== null ? ', the others explained' : ''}`,
  );
  return [
    gate(
      'sample-looked-at',
      'Every sampled file is looked at, or explained',
      open.length === 0,
      said.join('; '),
      false,
      'review',
    ),
  ];
}

/** The gates of signing, each with its reason. To reject needs only those that say so. Pure. */
export function readiness(input: ReadinessInput): Gate[] {
  return [
    gate(
      'imported',
      'Evidence is imported',
      input.imports > 0,
      input.imports > 0
        ? `${count(input.imports, 'source')}, ${count(input.files, 'file')} here`
        : 'nothing is imported',
      true,
      'evidence',
    ),
    gate(
      'verified',
      'Every import is verified',
      input.imports > 0 && input.otherTrust.length === 0 && input.changed.length === 0,
      input.otherTrust.length > 0
        ? `whom you trust was changed since: ${input.otherTrust.join(', ')}`
        : input.changed.length > 0
          ? `changed since, and not verified again: ${input.changed.join(', ')}`
          : 'nothing that can be verified is unverified',
      false,
      'evidence',
    ),
    gate(
      'checks-answered',
      'No failing check without an answer',
      input.unanswered.count === 0,
      input.unanswered.count === 0
        ? 'each has a finding or an explanation'
        : `${count(input.unanswered.count, 'check')} without one, ${input.unanswered.example} first`,
      false,
      'checks',
    ),
    gate(
      'findings-reasoned',
      'Every finding has a rationale',
      input.findingsWithoutReason.length === 0,
      input.findingsWithoutReason.length === 0 ? 'none is without' : named(input.findingsWithoutReason),
      false,
      'review',
    ),
    gate(
      'evidence-unchanged',
      'No finding is stale',
      input.staleFindings.length === 0,
      input.staleFindings.length === 0 ? 'each speaks of the bytes that are here' : named(input.staleFindings),
      false,
      'review',
    ),
    gate(
      'coverage-stated',
      'Coverage is stated',
      input.coverage.total.files > 0,
      `${count(input.coverage.opened.files, 'file')} opened of ${input.coverage.total.files.toLocaleString('en')}`,
      true,
      'evidence',
    ),
    ...sampleGate(input.coverage),
    gate(
      'journal-anchored',
      'The journal is sound and anchored',
      input.journal.state === 'sound',
      input.journal.state === 'sound'
        ? `${count(input.journal.size, 'act')}, anchored outside the store`
        : input.journal.state === 'checking'
          ? 'it is still being verified since the store was opened'
          : 'the store is open read-only: it was changed outside Assay, or is damaged',
      true,
      'journal',
    ),
    gate(
      'key-unlocked',
      'Your key is here',
      input.key !== null,
      input.key === null
        ? 'no identity is chosen'
        : `${input.key.name}${input.key.isUnlocked ? ', unlocked' : ', its passphrase is asked for when you sign'}`,
      true,
      'settings',
    ),
  ];
}

/** How a gate that does not hold is made to hold, and where. */
const mending: Record<Gate['id'], string> = {
  imported: 'Import evidence.',
  'import-complete': 'Wait until the import is complete.',
  verified:
    'Verify the evidence again (in the window: Verify again; on the command line: import it into the case again).',
  'checks-answered':
    'In the window, under Checks, answer each failing check: by a finding, or by an explanation of why it needs none. To reject takes no answers.',
  'findings-reasoned': 'In the window, under Review, write the rationale of each finding.',
  'evidence-unchanged': 'In the window, under Review, look at each stale finding again: keep it, or withdraw it.',
  'coverage-stated': 'Import evidence that holds files.',
  'sample-looked-at': 'In the window, under Review, Sampling, look at each picked file, or explain why not.',
  'journal-anchored':
    'Compare the journal with a checkpoint from a report (assay journal verify --checkpoint FILE), or open a copy of the store.',
  'key-unlocked': 'In the window, under Settings, Who I am, make or choose an identity.',
};

/** What to do about gates that do not hold, in sentences. Pure. */
export const whatToDo = (gates: readonly Gate[]): string => gates.map(({ id }) => mending[id]).join(' ');
