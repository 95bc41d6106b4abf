import { rmSync } from 'node:fs';
import type { JudgedFile } from '../../shared/evidence.ts';
import { shippedPolicy } from '../intake/policy-file.ts';
import { takeIn } from '../intake/take-in.ts';
import { buildGraph, type LineageFile } from '../lineage/build-graph.ts';
import { offeredTrials } from '../verification/offered-trials.ts';
import { verify } from '../verification/verify.ts';
import type { Examination, ExaminationHandlers, ExaminationRequest } from './examination.ts';
import { FileNumbers } from './file-numbers.ts';
import { privateFolder } from './private-folder.ts';

/**
 * Bytes to facts, facts to checks, facts to graph. Staging is private and always removed.
 * @throws Failure refused, unreadable, disk-full, cancelled
 */
export async function examine(
  { path, trust, policy = shippedPolicy(), asOf, staging }: ExaminationRequest,
  handlers: ExaminationHandlers,
  signal: AbortSignal,
): Promise<Examination> {
  const place = privateFolder(staging, 'assay-staging-');
  try {
    const intake = await takeIn(
      path,
      { staging: place, signal, offer: offeredTrials(trust.entries) },
      {
        progress: (progress) => handlers.progress?.(progress),
        keep: (...kept) => handlers.keep?.(...kept),
        ...(handlers.ledgerRows === undefined ? {} : { ledgerRows: handlers.ledgerRows }),
      },
    );
    const numbers = new FileNumbers(intake.files, intake.facts);
    handlers.progress?.({
      doing: 'Verifying',
      filesDone: intake.files.length,
      filesTotal: intake.files.length,
      bytesDone: intake.source.bytes,
      bytesTotal: intake.source.bytes,
      news: [],
    });
    const verified = verify({
      files: intake.files,
      places: numbers.places,
      placesOf: (listing) => numbers.placesOf(listing),
      facts: intake.facts,
      moreDigests: intake.moreDigests,
      trust,
      policy: policy.policy,
      asOf: new Date(asOf),
    });
    handlers.judged?.(verified.files, intake, numbers);
    // Verified, and in the evidence itself: nobody reads them from the facts again.
    for (const fact of intake.facts)
      if (fact.kind === 'ledger') delete fact.signedRows;
      else if (fact.kind === 'tensors') fact.tensors = [];
    const graph = buildGraph(
      intake.facts,
      (signature) => verified.outcomes.get(signature)?.verdict ?? null,
      lineageFiles(verified.files, intake.moreDigests),
    );
    return {
      source: intake.source,
      signs: intake.signs,
      files: verified.files,
      numbers,
      facts: intake.facts,
      checks: verified.checks,
      passes: verified.passes,
      outcomes: [...verified.outcomes].map(([id, { verdict, by }]) => ({ id, verdict, by })),
      moreDigests: [...intake.moreDigests],
      graph,
      counts: {
        files: intake.files.length,
        states: verified.states,
        ledgerEntries: intake.facts.reduce((sum, fact) => sum + (fact.kind === 'ledger' ? fact.entries : 0), 0),
        signatures: intake.facts.filter(({ kind }) => kind === 'signature').length,
        documents: intake.facts.filter(({ kind }) => kind === 'document').length,
        nodes: graph.nodes.length,
        edges: graph.edges.length,
      },
      unread: intake.unread,
      notChecked: verified.notChecked,
      aspects: verified.aspects,
      verdict: verified.verdict,
      policy: { name: policy.policy.name, digest: policy.digest },
    };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The files whose bytes are here, one by one: a million of them need not be here at once. */
function* lineageFiles(
  files: readonly JudgedFile[],
  moreDigests: ReadonlyMap<string, readonly string[]>,
): Generator<LineageFile> {
  for (const { path, digest, verdict } of files)
    if (digest !== null) yield { path, digests: [digest, ...(moreDigests.get(path) ?? [])], verdict };
}
