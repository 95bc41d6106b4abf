import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { readPolicy } from '../../electron/intake/policy-file.ts';
import { readTrust } from '../../electron/intake/trust-folder.ts';
import { examine } from '../../electron/operations/examine.ts';
import { startExamination } from '../../electron/operations/start-examination.ts';
import { Failure } from '../../shared/failure.ts';
import type { Answer, Question } from './ask-cases.ts';

/** One process that answers cases one after another, as `assay verify` does, and measures itself. Linux measures peaks. */

const status = (name: string): number => {
  try {
    const [, kib = '0'] =
      new RegExp(`^${name}:\\s+([0-9]+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Number(kib) / 1024;
  } catch {
    return process.memoryUsage().rss / 2 ** 20;
  }
};
const written = (): number => {
  try {
    const [, bytes = '0'] = /^wchar: ([0-9]+)/m.exec(readFileSync('/proc/self/io', 'utf8')) ?? [];
    return Number(bytes);
  } catch {
    return 0;
  }
};
function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Elsewhere the peak is that of the process so far.
  }
}

async function answer({ path, trust, asOf, policy, isBare }: Question): Promise<Answer> {
  resetPeak();
  const before = { rss: status('VmRSS'), written: written(), at: performance.now() };
  const measured = () => ({
    seconds: (performance.now() - before.at) / 1_000,
    peakMiB: Math.round(status('VmHWM')),
    growthMiB: Math.max(0, Math.round(status('VmHWM') - before.rss)),
    writtenBytes: written() - before.written,
  });
  try {
    const examined = await (isBare === true ? examine : startExamination)(
      {
        path,
        trust: { entries: trust === null ? [] : readTrust(trust).entries },
        ...(policy == null ? {} : { policy: readPolicy(policy, 'policy.yaml') }),
        asOf: asOf ?? new Date().toISOString(),
        staging: tmpdir(),
        verdictsOnly: true,
      },
      {},
      new AbortController().signal,
    );
    return {
      verdict: examined.verdict,
      checks: examined.checks.filter(({ verdict }) => verdict !== 'pass'),
      passes: examined.checks.filter(({ verdict }) => verdict === 'pass').map(({ code }) => code),
      unread: examined.unread,
      files: examined.source.files,
      refusal: null,
      ...measured(),
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return {
      verdict: 'refused',
      checks: [],
      passes: [],
      unread: [],
      files: 0,
      refusal: { code: error.code, ...error.parts },
      ...measured(),
    };
  }
}

process.on('message', (question: Question) => {
  answer(question).then(
    (given) => process.send?.({ answer: given }),
    (error: unknown) =>
      process.send?.({ bug: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
