import type { Check } from '../../shared/check.ts';
import type { Finding, FindingDraft, FindingStatus, Severity } from '../../shared/finding.ts';
import { visibleName } from '../../shared/visible-text.ts';

/** Statuses that a finding may go to from each: a withdrawn one comes back as open only. */
const next: Record<FindingStatus, FindingStatus[]> = {
  open: ['accepted', 'resolved', 'withdrawn'],
  accepted: ['open', 'resolved', 'withdrawn'],
  resolved: ['open'],
  withdrawn: ['open'],
};
export const mayBecome = (from: FindingStatus, to: FindingStatus): boolean => from === to || next[from].includes(to);

const severities: Record<Check['verdict'], Severity> = {
  fail: 'high',
  policy: 'medium',
  undecided: 'medium',
  warn: 'low',
  pass: 'note',
};

/** A finding from a check with everything filled in, the check's words as its rationale: she weighs and keeps or changes them. */
export function draftFrom(
  check: Check,
  anchors: FindingDraft['anchors'],
): Omit<FindingDraft, 'rationale'> & { rationale: string } {
  const where = check.subject === '' ? 'The source' : check.subject;
  const compared =
    check.expected !== null && check.actual !== null ? ` Expected ${check.expected}; actual ${check.actual}.` : '';
  return {
    title: visibleName(`${where}: ${check.message.split('. ')[0]?.replace(/\.$/, '') ?? check.code}`).slice(0, 300),
    severity: severities[check.verdict],
    owner: '',
    rationale: `${check.message}${compared}`,
    recommendation: check.settledBy === '' ? '' : `Ask for: ${check.settledBy}`,
    anchors,
  };
}

/** What changed between two states of a finding, field by field, for its history. */
export function changesBetween(
  before: Pick<Finding, 'title' | 'severity' | 'status' | 'owner' | 'rationale' | 'recommendation'>,
  after: typeof before,
): { what: string; before: string; after: string }[] {
  return (['title', 'severity', 'status', 'owner', 'rationale', 'recommendation'] as const)
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ what: name, before: before[name], after: after[name] }));
}

/** A finding or note is stale where any of its anchors was made about other bytes than are here now. */
export const isStale = (
  anchors: readonly { importId: number; digest: string | null; place: { path: string } }[],
  current: (importId: number, path: string) => string | null,
): boolean =>
  anchors.some(
    ({ importId, digest, place }) =>
      digest !== null && digest !== '' && digest.replace(/^sha256:/, '') !== current(importId, place.path),
  );
