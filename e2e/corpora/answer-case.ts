import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { readPolicy } from '../../electron/intake/policy-file.ts';
import { readTrust } from '../../electron/intake/trust-folder.ts';
import { examine } from '../../electron/operations/examine.ts';
import { startExamination } from '../../electron/operations/start-examination.ts';
import { Failure } from '../../shared/failure.ts';
import type { Answer, Question } from './ask-cases.ts';

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

/** Time on a machine with nothing else to do: no more than by the clock, no more than the processor gave. */
function busy({ at, cpu }: { at: number; cpu: NodeJS.CpuUsage }): number {
  const { user, system } = process.cpuUsage(cpu);
  return Math.min((performance.now() - at) / 1_000, (user + system) / 1e6);
}

/** Answers a case as `assay verify` does, and measures this process meanwhile. Linux measures peaks. @throws a bug */
export async function answerCase(
  { path, trust, asOf, policy, isBare }: Question,
  staging: string = tmpdir(),
): Promise<Answer> {
  resetPeak();
  const before = { rss: status('VmRSS'), written: written(), at: performance.now(), cpu: process.cpuUsage() };
  const measured = () => ({
    seconds: (performance.now() - before.at) / 1_000,
    busySeconds: busy(before),
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
        staging,
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
