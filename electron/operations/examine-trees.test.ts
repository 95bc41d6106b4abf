import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineFiles } from '../../e2e/testkit/examine-files.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-trees-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Verdict, and the codes of what does not pass. */
async function said(files: Record<string, string | Uint8Array>): Promise<string[]> {
  const { verdict, checks } = await examineFiles(scratch, files);
  return [verdict, ...new Set(checks.filter((each) => each.verdict !== 'pass').map(({ code }) => code))];
}
/** Nothing vouches for numbers that contradict nothing. */
const nothingWrong = ['undecided', 'nothing-checked'];

describe('a model of LightGBM', () => {
  const lists = {
    split_feature: '1 0',
    split_gain: '1 2',
    threshold: '0.5 0.25',
    decision_type: '2 2',
    left_child: '1 -1',
    right_child: '-2 -3',
    leaf_value: '0.1 0.2 0.3',
    leaf_count: '1 2 3',
  };
  const tree = (number: number, changed: Partial<Record<keyof typeof lists, string>> = {}) =>
    `Tree=${number}\nnum_leaves=3\nnum_cat=0\n${Object.entries({ ...lists, ...changed })
      .map(([name, list]) => `${name}=${list}\n`)
      .join('')}shrinkage=1\n\n\n`;
  const model = (trees: string[], sizes = trees.map(({ length }) => length), features = 2) =>
    `tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=${features - 1}\nobjective=regression\nfeature_names=a b\nfeature_infos=[0:1] [0:1]\ntree_sizes=${sizes.join(' ')}\n\n${trees.join('')}end of trees\n\nparameters:\n[boosting: gbdt]\n\nend of parameters\n\npandas_categorical:null\n`;
  const good = model([tree(0), tree(1)]);
  it('has the trees that its header speaks of, each of the bytes and nodes that it says', async () => {
    expect(await said({ 'model.txt': good })).toEqual(nothingWrong);
    for (const wrong of [
      good.replace('0.1 0.2 0.3', '0.1 0.2 0.35'),
      model([tree(0)], [tree(0).length, tree(1).length]),
      model([tree(0), tree(2)]),
      model([tree(0, { leaf_value: '0.1 0.2' })]),
      model([tree(0, { left_child: '0 -1' })]),
      model([tree(0, { right_child: '-2 -9' })]),
      model([tree(0, { right_child: '-1 -3' })]),
      model([tree(0, { split_feature: '1 2' })]),
      model([tree(0)], undefined, 3),
      model([`${tree(0).trimEnd()}\nleaf_value=1 2 3\n\n\n`]),
    ])
      expect(await said({ 'model.txt': wrong }), wrong).toContain('trees-contradict');
  });
  it('is cut where its trees or its parameters have no end', async () => {
    for (const at of [good.indexOf('Tree=1') + 20, good.indexOf('end of trees'), good.indexOf('end of parameters')])
      expect(await said({ 'model.txt': good.slice(0, at) })).toEqual(['fail', 'nothing-checked', 'document-cut']);
  });
});

describe('a model of XGBoost', () => {
  const tree = (id: number, changed: Record<string, unknown> = {}) => ({
    id,
    tree_param: { num_nodes: '3', num_feature: '2', num_deleted: '0', size_leaf_vector: '1' },
    left_children: [1, -1, -1],
    right_children: [2, -1, -1],
    parents: [2147483647, 0, 0],
    split_indices: [1, 0, 0],
    split_conditions: [0.5, 0.1, 0.2],
    default_left: [0, 0, 0],
    ...changed,
  });
  const model = (trees: object[], inner: object = {}, learner: object = {}) => ({
    learner: {
      attributes: {},
      feature_names: [],
      gradient_booster: {
        model: {
          gbtree_model_param: { num_parallel_tree: '1', num_trees: '2' },
          iteration_indptr: [0, 1, 2],
          tree_info: [0, 0],
          trees,
          ...inner,
        },
        name: 'gbtree',
      },
      learner_model_param: { base_score: '5E-1', num_class: '0', num_feature: '2' },
      objective: { name: 'reg:squarederror' },
      ...learner,
    },
    version: [3, 2, 0],
  });
  const wrong: object[] = [
    model([tree(0)]),
    model([tree(0), tree(1), tree(2)]),
    model([tree(0), tree(1)], { tree_info: [0] }),
    model([tree(0), tree(1)], { tree_info: [0, 3] }),
    model([tree(0), tree(1)], { iteration_indptr: [0, 2, 1] }),
    model([tree(0), tree(7)]),
    model([tree(0), tree(1, { left_children: [0, -1, -1] })]),
    model([tree(0), tree(1, { left_children: [2, -1, -1] })]),
    model([tree(0), tree(1, { parents: [2147483647, 0, 1] })]),
    model([tree(0), tree(1, { split_indices: [5, 0, 0] })]),
    model([tree(0), tree(1, { default_left: [0, 0] })]),
    model([tree(0), tree(1)], {}, { feature_names: ['a'] }),
  ];
  it('has as many trees and nodes as it says, and each node one parent', async () => {
    expect(await said({ 'model.json': JSON.stringify(model([tree(0), tree(1)])) })).toEqual(nothingWrong);
    for (const each of wrong)
      expect(await said({ 'model.json': JSON.stringify(each) })).toEqual([
        'fail',
        'nothing-checked',
        'trees-contradict',
      ]);
    const cut = JSON.stringify(model([tree(0), tree(1)])).slice(0, -40);
    expect((await said({ 'model.json': cut }))[0]).toBe('fail');
  });

  /** Universal Binary JSON, as much of it as the model needs. */
  function binary(value: unknown): string {
    const size = (length: number) => `L\0\0\0\0\0\0${String.fromCharCode(length >> 8, length & 0xff)}`;
    if (typeof value === 'string') return `S${size(value.length)}${value}`;
    if (Array.isArray(value) && value.every(Number.isInteger)) {
      const numbers = Buffer.alloc(value.length * 4);
      for (const [i, each] of (value as number[]).entries()) numbers.writeInt32BE(each, i * 4);
      return `[$l#${size(value.length)}${numbers.toString('latin1')}`;
    }
    if (Array.isArray(value)) return `[${value.map(binary).join('')}]`;
    if (typeof value === 'object' && value !== null)
      return `{${Object.entries(value)
        .map(([name, each]) => `${size(name.length)}${name}${binary(each)}`)
        .join('')}}`;
    const number = Buffer.alloc(8);
    number.writeDoubleBE(Number(value));
    return `D${number.toString('latin1')}`;
  }
  const bytes = (text: string) => Buffer.from(text, 'latin1');
  it('is the same in its binary form', async () => {
    const good = binary(model([tree(0), tree(1)]));
    expect(await said({ 'model.ubj': bytes(good) })).toEqual(nothingWrong);
    for (const each of wrong) expect(await said({ 'model.ubj': bytes(binary(each)) })).toContain('trees-contradict');
    for (const each of [good.slice(0, -9), `${good}x`, good.replaceAll('[$l', '[$?')])
      expect(await said({ 'model.ubj': bytes(each) }), JSON.stringify(each.slice(-60))).toContain('document-invalid');
  });
  it('ends in words on spoiled bytes', async () => {
    const good = bytes(binary(model([tree(0), tree(1)])));
    for (let i = 0; i < 60; i += 1) {
      const spoiled = Buffer.from(good);
      spoiled[(i * 37) % good.length] = (i * 101) & 0xff;
      expect((await said({ 'm.ubj': spoiled }))[0]).toMatch(/^(undecided|fail)$/);
    }
  });
});
