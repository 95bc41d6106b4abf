import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { type Format, Unreadable } from './format.ts';

const treesAtMost = 1_000_000;

import { modelThing } from './model-thing.ts';

const fieldsAtMost = 1_000;
/** More than any tree of LightGBM may have (config.h, "num_leaves"). */
const leavesAtMost = 131_072;

/** Lines `name=value`; of a name that stands twice, what was said first, and the name. */
function fieldsOf(text: string): { fields: Map<string, string>; twice: string | null } {
  const fields = new Map<string, string>();
  let twice: string | null = null;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end < 0 ? text.length : end);
    from += line.length + 1;
    if (line === '') continue;
    const at = line.indexOf('=');
    const name = at < 0 ? line : line.slice(0, at);
    if (fields.has(name)) twice ??= name;
    else if (fields.size >= fieldsAtMost) throw new Unreadable(`A part of it has more than ${fieldsAtMost} fields.`);
    else fields.set(name, at < 0 ? '' : line.slice(at + 1));
  }
  return { fields, twice };
}
/** How many words a list has, without a list being made of them. */
function count(list: string | undefined): number | null {
  if (list === undefined) return null;
  let words = 0;
  let isWord = false;
  for (let i = 0; i < list.length; i += 1) {
    const isBlank = list.charCodeAt(i) <= 0x20;
    if (!isBlank && !isWord) words += 1;
    isWord = !isBlank;
  }
  return words;
}
const whole = (text: string | undefined): number | null =>
  text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;

/** Lists of a tree: one value for each leaf, or one for each node that splits (src/io/tree.cpp, "Tree::ToString"). */
const ofLeaves = ['leaf_value', 'leaf_weight', 'leaf_count'];
const ofSplits = [
  'split_feature',
  'split_gain',
  'threshold',
  'decision_type',
  'left_child',
  'right_child',
  'internal_value',
  'internal_weight',
  'internal_count',
];

/** What one tree says that it is not, in words; null where it is what it says. */
function wrongIn(block: string, features: number | null): string | null {
  const { fields, twice } = fieldsOf(block);
  if (twice !== null) return `names ${twice.slice(0, 100)} twice`;
  const leaves = whole(fields.get('num_leaves'));
  if (leaves === null || leaves < 1) return 'does not say how many leaves it has';
  if (leaves > leavesAtMost) return `is said to have ${leaves} leaves, more than any tree has`;
  for (const [names, most] of [
    [ofLeaves, leaves],
    [ofSplits, leaves - 1],
  ] as const)
    for (const name of names) {
      const found = count(fields.get(name));
      // A tree of one leaf splits nothing, and its writer notes as much of it as it likes.
      if (found !== null && found !== most && !(leaves === 1 && found <= 1))
        return `has ${leaves} leaves, and ${found} values of ${name} instead of ${most}`;
    }
  if (leaves === 1) return null;
  for (const name of ['split_feature', 'threshold', 'left_child', 'right_child', 'leaf_value'])
    if (!fields.has(name)) return `has no ${name}`;
  const numbers = (name: string) => (fields.get(name) ?? '').trim().split(/\s+/).map(Number);
  const reached = new Set<number>();
  for (const name of ['left_child', 'right_child'])
    for (const child of numbers(name)) {
      // A leaf is the complement of its number.
      const isNode = Number.isInteger(child) && (child < 0 ? ~child < leaves : child < leaves - 1 && child > 0);
      if (!isNode || reached.has(child)) return `names ${child} in ${name}, which is none of its nodes, or of two`;
      reached.add(child);
    }
  const most = features ?? Number.POSITIVE_INFINITY;
  if (numbers('split_feature').some((each) => !(Number.isInteger(each) && each >= 0 && each < most)))
    return `splits by a feature beyond the ${features} of the model`;
  return null;
}

/**
 * A model of LightGBM as text (src/boosting/gbdt_model_text.cpp): a header, which states the bytes of each tree, the
 * trees, and what they were trained with. The numbers in the leaves nothing holds.
 */
export const lightgbm: Format = {
  id: 'lightgbm',
  title: 'Model of LightGBM',
  sieve: { first: 't' },
  recognise: ({ latin1, bytes }) =>
    bytes <= limits.jsonBytes && /^tree\r?\n(version=v[0-9]+\r?\n)?num_class=[0-9]+\r?\n/.test(latin1),
  read(file, facts) {
    const place = { path: file.path };
    // One character a byte: sizes are those of bytes.
    const text = Buffer.from(file.whole(limits.jsonBytes)).toString('latin1');
    const defects: Defect[] = [];
    const say = (code: string, detail: string, offset: number) => {
      if (defects.length < 100) defects.push({ code, detail, place: { ...place, offset } });
    };
    const first = /\n(?=Tree=0\n|end of trees)/.exec(text);
    const from = first === null ? text.length : first.index + 1;
    const { fields, twice } = fieldsOf(text.slice(0, from));
    const features = whole(fields.get('max_feature_idx'));
    const known = features === null ? null : features + 1;
    if (twice !== null) say('trees-contradict', `The header names ${twice.slice(0, 100)} twice.`, 0);
    for (const name of ['feature_names', 'feature_infos']) {
      const found = count(fields.get(name));
      if (known !== null && found !== null && found !== known)
        say('trees-contradict', `The model has ${known} features, and ${found} are in ${name}.`, 0);
    }
    const end = text.indexOf('\nend of trees', from - 1) + 1;
    const trees = text.slice(from, end === 0 ? text.length : end);
    const starts: { at: number; number: number }[] = [];
    for (const { index, 1: number } of trees.matchAll(/^Tree=([0-9]+)$/gm))
      if (starts.push({ at: index, number: Number(number) }) > treesAtMost)
        throw new Unreadable(`It holds more than ${treesAtMost} trees.`);
    if (end === 0) say('document-cut', `The trees have no end: the file was cut after ${starts.length} of them.`, from);
    const stated = fields.get('tree_sizes');
    if ((count(stated) ?? 0) > treesAtMost) throw new Unreadable(`It speaks of more than ${treesAtMost} trees.`);
    const sizes = stated?.trim().split(/\s+/).filter(Boolean).map(Number) ?? null;
    if (sizes !== null && end > 0) {
      if (sizes.length !== starts.length)
        say('trees-contradict', `The header speaks of ${sizes.length} trees, and ${starts.length} are here.`, from);
      else
        starts.forEach(({ at }, index) => {
          const size = (starts[index + 1]?.at ?? trees.length) - at;
          if (size !== sizes[index])
            say(
              'trees-contradict',
              `Tree ${index} is said to have ${sizes[index]} bytes, and has ${size}: it was changed after it was written.`,
              from + at,
            );
        });
    }
    const each = whole(fields.get('num_tree_per_iteration'));
    if (end > 0 && each !== null && each > 0 && starts.length % each !== 0)
      say('trees-contradict', `Trees come by ${each}, and ${starts.length} are here.`, from);
    // Where the trees have no end, the last of them is not whole.
    (end === 0 ? starts.slice(0, -1) : starts).forEach(({ at, number }, index) => {
      if (number !== index) say('trees-contradict', `Tree ${index} is called ${number}.`, from + at);
      const wrong = wrongIn(trees.slice(at, starts[index + 1]?.at ?? trees.length), known);
      if (wrong !== null) say('trees-contradict', `Tree ${index} ${wrong}.`, from + at);
      if (index % 100 === 0) facts.checkpoint();
    });
    const after = end === 0 ? '' : text.slice(end);
    if (after.includes('\nparameters:\n') && !after.includes('\nend of parameters'))
      say('document-cut', 'The parameters have no end: the file was cut.', end);
    facts.add({
      kind: 'document',
      format: 'lightgbm',
      title: 'Model of LightGBM',
      place,
      properties: [
        { name: 'Version', value: fields.get('version') ?? 'none stated' },
        { name: 'Trees', value: String(starts.length) },
        ...(known === null ? [] : [{ name: 'Features', value: String(known) }]),
        { name: 'Objective', value: (fields.get('objective') ?? '').slice(0, 200) },
      ],
      defects,
    });
    facts.add(modelThing(file, 'LightGBM'));
  },
};
