import { randomUUID } from 'node:crypto';
import { type Report, reportType } from '../../shared/report.ts';
import type { Coverage, Decision, Signer } from '../../shared/sign-off.ts';
import { type Aspects, aspects, noVerdicts, verdicts, worst } from '../../shared/verdict.ts';
import { openChecks, passesByRule, signaturesHeld } from '../store/checks.ts';
import { filesLookedAt, filesNotRead } from '../store/coverage.ts';
import { graphOf } from '../store/evidence.ts';
import { importsOf } from '../store/imports.ts';
import { trustEntries } from '../store/people.ts';
import type { Read } from '../store/store.ts';
import { type Context, theCase } from './context.ts';
import { annotationsWithStaleness, findingsWithStaleness } from './review-acts.ts';
import { sampledCoverageOf } from './sampling.ts';

const nodesAtMost = 400;
const signaturesAtMost = 200;

/** What was opened by a person, what only by machine, what not at all and why, and what became of each sample. */
export function coverageOf(context: Context, caseId: number): Coverage {
  const zero = () => ({ files: 0, bytes: 0 });
  const coverage: Coverage & { unvouched: object } = {
    opened: zero(),
    machineOnly: zero(),
    unvouched: zero(),
    notLookedAt: zero(),
    total: zero(),
    reasons: [],
  };
  const add = (
    part: { files: number; bytes: number },
    { files, bytes }: { files: number; bytes: number },
    sign = 1,
  ) => {
    part.files += sign * files;
    part.bytes += sign * bytes;
  };
  const reasons = new Map<string, { files: number; why: string; example: string }>();
  for (const { id } of context.store.read((db) => importsOf(db, caseId)).filter(({ isLatest }) => isLatest)) {
    const { read, opened, unvouched } = context.store.read((db) => filesLookedAt(db, id));
    add(coverage.total, read);
    add(coverage.opened, opened);
    add(coverage.machineOnly, read);
    add(coverage.machineOnly, opened, -1);
    add(coverage.unvouched, unvouched);
    for (const kind of context.store.read((db) => filesNotRead(db, id))) {
      add(coverage.total, kind);
      add(coverage.notLookedAt, kind);
      const why = kind.isMissing ? 'Listed, and not in the evidence' : 'It could not be read';
      const known = reasons.get(why) ?? { files: 0, why, example: kind.example };
      known.files += kind.files;
      reasons.set(why, known);
    }
  }
  coverage.reasons = [...reasons.values()];
  coverage.sampling = sampledCoverageOf(context, caseId);
  return coverage;
}

/** The first signatures that hold, source by source: a case may have thousands of them. */
function signaturesOf(db: Read, imports: readonly { id: number; number: number }[]): Report['signatures'] {
  const all = imports.map(({ id, number: source }) => ({ source, ...signaturesHeld(db, id, signaturesAtMost) }));
  const held = all
    .flatMap(({ source, rows }) =>
      rows.map(({ rule, code, subject, location, message, vouched, actual }) => ({
        ...{ source, rule, code, subject, location, message, vouched },
        signer: code === 'signature-holds' ? actual : null,
      })),
    )
    .slice(0, signaturesAtMost);
  return { held, more: all.reduce((sum, { total }) => sum + total, 0) - held.length };
}

export interface Proposal {
  decision: Decision | null;
  rationale: string;
  signers: Signer[];
  frozenAt: string;
  isDraft: boolean;
  reportId: string;
}
export const newReportId = (): string => randomUUID();

/** report.json as it would be signed now: everything is read again, nothing is taken from a window. */
export function buildReport(context: Context, caseId: number, proposal: Proposal): Report {
  const { name, model, purpose, riskTier, playbook } = theCase(context, caseId);
  return context.store.read((db) => {
    const imports = importsOf(db, caseId).filter(({ isLatest }) => isLatest);
    const findings = findingsWithStaleness(context, caseId);
    const numberOf = new Map(findings.map(({ id, number }) => [id, `F-${String(number).padStart(2, '0')}`]));
    const passes = new Map<string, number>();
    for (const { id } of imports)
      for (const { rule, count } of passesByRule(db, id)) passes.set(rule, (passes.get(rule) ?? 0) + count);
    const graph = imports[0] === undefined ? { nodes: [], edges: [] } : graphOf(db, imports[0].id);
    const joined = new Set(graph.edges.flatMap(({ source, target }) => [source, target]));
    const nodes = graph.nodes.filter(({ id, kind }) => joined.has(id) && kind !== 'component').slice(0, nodesAtMost);
    const ids = new Set(nodes.map(({ id }) => id));
    const whole = Object.fromEntries(
      aspects.map((aspect) => {
        const counts = noVerdicts();
        for (const each of imports)
          for (const verdict of verdicts) counts[verdict] += each.aspects[aspect].counts[verdict];
        return [aspect, { verdict: worst(imports.flatMap((each) => each.aspects[aspect].verdict ?? [])), counts }];
      }),
    ) as Aspects;
    return {
      type: reportType,
      id: proposal.reportId,
      tool: { name: 'assay', version: context.version },
      frozenAt: proposal.frozenAt,
      isDraft: proposal.isDraft,
      case: { name, model, purpose, riskTier, playbook },
      verdict: worst(imports.map(({ verdict }) => verdict)),
      aspects: whole,
      sources: imports.map(({ source, policy, number, importedAt, counts, unread, notChecked }) => ({
        ...source,
        path: source.path.slice(source.path.lastIndexOf('/') + 1),
        number,
        importedAt,
        policy,
        counts,
        unread,
        notChecked,
      })),
      checks: imports.flatMap(({ id }) =>
        openChecks(db, id).map(({ id: _id, fileId: _fileId, answer, ...check }) => ({
          ...check,
          answer:
            answer === null
              ? null
              : answer.findingId === null
                ? answer.explanation
                : (numberOf.get(answer.findingId) ?? null),
        })),
      ),
      passes: [...passes].map(([rule, count]) => ({ rule, count })).sort((a, b) => (a.rule < b.rule ? -1 : 1)),
      signatures: signaturesOf(db, imports),
      findings: findings.map(({ history: _history, ...finding }) => finding),
      annotations: annotationsWithStaleness(context, caseId, null).filter(({ isWithdrawn }) => !isWithdrawn),
      coverage: coverageOf(context, caseId),
      lineage: {
        nodes,
        edges: graph.edges.filter(({ source, target }) => ids.has(source) && ids.has(target)),
        truncated: nodes.length < graph.nodes.length,
      },
      trust: trustEntries(db).map(({ kind, name: trusted, fingerprint, uses }) => ({
        kind,
        name: trusted,
        fingerprint,
        uses: uses === null ? 'all but timestamps' : uses.join(', ') || 'nothing',
      })),
      decision: { proposed: proposal.decision, rationale: proposal.rationale },
      signers: proposal.signers,
      journal: {
        size: context.store.size,
        root: context.store.root().toString('base64'),
        head: context.store.headHash,
        key: context.store.key.verifier,
      },
    };
  });
}
