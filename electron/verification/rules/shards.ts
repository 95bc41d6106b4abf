import type { CheckCode } from '../../../shared/check-codes.ts';
import type { FactOf } from '../../../shared/fact.ts';
import { gapsIn, type ShardSeries, shardSeries } from '../shard-series.ts';
import type { CheckSink, EvidenceView, Rule } from './rule.ts';

type Index = FactOf<'shard-index'>;
/** Named one by one; the rest is counted. */
const named = 5;
const some = (names: readonly string[]): string =>
  `${names.slice(0, named).join(', ')}${names.length > named ? ` and ${names.length - named} more` : ''}`;

/** Remarks on a part that leave what it says of its tensors as it is. */
const besides: ReadonlySet<string> = new Set([
  'archive-hidden-bytes',
  'data-elsewhere',
  'digest-placeholder',
  'pickle-runs-code',
  'pickle-trailing-bytes',
  'tensor-header-loose',
  'text-hidden',
  'text-machinery',
]);

/** A model in parts: every part is here, holds the tensors that the index names, and no others. */
export const shards: Rule = {
  id: 'shards',
  title: 'Models in parts are as their index says',
  verify(evidence, checks) {
    const held = new Map(evidence.facts('tensors').map((fact) => [fact.place.path, fact]));
    const hasDefects = new Set(
      evidence
        .facts('document')
        .flatMap(({ place, defects }) => (defects.every(({ code }) => besides.has(code)) ? [] : [place.path])),
    );
    for (const index of evidence.facts('shard-index')) {
      const base = { rule: 'shards', subject: index.place.path, location: index.place, vouched: 'nobody' } as const;
      const fail = (code: CheckCode, message: string, values: { expected?: string; actual?: string } = {}) =>
        checks.add({
          ...base,
          aspect: 'content',
          verdict: 'fail',
          code,
          expected: null,
          actual: null,
          ...values,
          message,
        });
      const absent = index.shards.filter(({ path }) => path !== null && evidence.file(path) === undefined);
      if (absent.length > 0)
        checks.add({
          ...base,
          aspect: 'completeness',
          verdict: 'undecided',
          code: 'shard-missing',
          expected: `${index.shards.length} parts`,
          actual: `${index.shards.length - absent.length} parts`,
          message: `${absent.length} of the ${index.shards.length} parts that the index names are not here: ${some(absent.map(({ name }) => name))}.`,
          settledBy: 'The parts themselves.',
        });
      let isCompared = absent.length === 0;
      let bytes = 0;
      let isSizeOpen = false;
      for (const part of index.shards) {
        const fact = part.path === null ? undefined : held.get(part.path);
        if (part.path !== null && evidence.file(part.path)?.bytes === 0) {
          isCompared = false;
          fail('shard-tensor', `${part.name} is empty, and the index places ${some(part.tensors)} there.`);
          continue;
        }
        // What cannot be read as tensors here (pointers, other formats) is not compared; damage is named by its reader.
        if (fact === undefined || hasDefects.has(part.path ?? '')) {
          isCompared = false;
          continue;
        }
        const { tensors } = fact;
        isSizeOpen ||= fact.isSizeOpen ?? false;
        bytes += tensors.reduce((sum, each) => sum + each.bytes, 0);
        for (const message of departures(part, tensors)) {
          isCompared = false;
          fail('shard-tensor', message);
        }
      }
      if (!isCompared) continue;
      if (index.totalBytes !== null && !isSizeOpen && index.totalBytes !== bytes)
        fail('shard-total', 'The tensors of all parts do not have the size that the index states (total_size).', {
          expected: `${index.totalBytes} bytes`,
          actual: `${bytes} bytes`,
        });
      else
        checks.add({
          ...base,
          aspect: 'content',
          verdict: 'pass',
          code: 'shards-hold',
          expected: null,
          actual: null,
          message: `${index.shards.length === 1 ? 'The one part is here and holds' : `All ${index.shards.length} parts are here and hold`} the tensors that the index names, and no others.`,
        });
    }
    judgeNames(evidence, checks);
  },
};

const inFolder = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** What files are called is held against the indexes beside them, or against itself where there is none. */
function judgeNames(evidence: EvidenceView, checks: CheckSink): void {
  const series = shardSeries(evidence.files());
  if (series.length === 0) return;
  const listed = new Map<string, string>();
  for (const { place, shards: parts } of evidence.facts('shard-index'))
    for (const { path } of parts) if (path !== null) listed.set(path, place.path);
  const indexed = new Map<string, string>();
  const kindOf = ({ folder, stem, ending }: ShardSeries) => `${folder}\0${stem}\0${ending}`;
  for (const one of series)
    for (const { path } of one.parts) {
      const index = listed.get(path);
      if (index !== undefined) indexed.set(kindOf(one), index);
    }
  const base = { rule: 'shards', expected: null, actual: null, vouched: 'nobody' } as const;
  const unlisted = (path: string, message: string) =>
    checks.add({
      ...base,
      aspect: 'completeness',
      verdict: 'warn',
      code: 'shard-unlisted',
      subject: path,
      location: { path },
      message,
    });
  const wholes = new Set<string>();
  for (const one of series) {
    const index = indexed.get(kindOf(one));
    if (index === undefined) {
      const { missing, beyond } = gapsIn(one);
      const [first] = one.parts;
      if (missing > 0 && first !== undefined)
        checks.add({
          ...base,
          aspect: 'completeness',
          verdict: 'undecided',
          code: 'shard-missing',
          subject: first.path,
          location: { path: first.path },
          expected: `${one.count} parts`,
          actual: `${one.count - missing} parts`,
          message: `This file is called one of ${one.count} parts, and ${missing === 1 ? 'one of them is' : `${missing} of them are`} not here.`,
          settledBy: 'The parts themselves, or the index of the model.',
        });
      for (const path of beyond)
        unlisted(path, `This file is called a part beyond the ${one.count} that there are by its own name.`);
      continue;
    }
    for (const { path } of one.parts)
      if (!listed.has(path))
        unlisted(
          path,
          `This file is called a part of the model, and ${index} does not name it: no loader that goes by the index reads it, and nothing says what it is.`,
        );
    const whole = inFolder(one.folder, `${one.stem}.${one.ending}`);
    if (listed.has(whole) || wholes.has(whole) || evidence.file(whole) === undefined) continue;
    wholes.add(whole);
    unlisted(
      whole,
      `Beside the parts that ${index} names lies a file with the name of the whole model: some programs load it instead of the parts.`,
    );
  }
}

function departures(part: Index['shards'][number], tensors: readonly { name: string }[]): string[] {
  const here = new Set(tensors.map(({ name }) => name));
  const wanted = new Set(part.tensors);
  const lacking = part.tensors.filter((name) => !here.has(name));
  const over = [...here].filter((name) => !wanted.has(name));
  return [
    ...(lacking.length === 0 ? [] : [`${part.name} does not hold ${some(lacking)}, which the index places there.`]),
    ...(over.length === 0 ? [] : [`${part.name} holds ${some(over)}, which the index does not place there.`]),
  ];
}
