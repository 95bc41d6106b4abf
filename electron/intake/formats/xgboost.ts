import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { asList, asObject, asText, asWord, type Shape } from '../shape.ts';
import { readUbjson } from '../ubjson.ts';
import { documentInvalid, jsonDocument } from './document-invalid.ts';
import { type FactSink, type Format, type OpenFile, Unreadable } from './format.ts';
import { modelThing } from './model-thing.ts';

const whole = (value: Shape): number | null => {
  const text = asWord(value);
  return text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
};
/** Lists of a tree that have one value for each node (src/tree/tree_model.cc, "RegTree::SaveModel"). */
const ofNodes = ['right_children', 'parents', 'split_indices', 'split_conditions', 'default_left'];

/** What one tree says that it is not, in words; null where it is what it says. */
function wrongIn(tree: Shape, index: number, features: number | null): string | null {
  const fields = asObject(tree);
  const left = asList(fields['left_children']);
  const right = asList(fields['right_children']);
  const nodes = whole(asObject(fields['tree_param'])['num_nodes']) ?? left.length;
  if (nodes < 1) return 'has no nodes';
  for (const name of ['left_children', ...ofNodes]) {
    if (!Array.isArray(fields[name])) return `has no ${name}`;
    const found = asList(fields[name]).length;
    if (found !== nodes) return `has ${nodes} nodes, and ${found} values in ${name}`;
  }
  const id = whole(fields['id']);
  if (id !== null && id !== index) return `is called ${id}`;
  const parents = asList(fields['parents']);
  const splits = asList(fields['split_indices']);
  // Nodes that were pruned stay in the lists: only those are looked at that the first one leads to.
  const waiting = [0];
  const reached = new Set(waiting);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const [a, b] = [left[node], right[node]];
    // Of leaves that hold several values, the second number says where these are.
    if (a === -1) continue;
    const split = splits[node];
    if (typeof split !== 'number' || split < 0 || (features !== null && features > 0 && split >= features))
      return `splits node ${node} by feature ${String(split)}, and the model has ${features}`;
    for (const child of [a, b]) {
      if (typeof child !== 'number' || !Number.isInteger(child) || child <= 0 || child >= nodes || reached.has(child))
        return `leads from node ${node} to ${String(child)}, which is none of its nodes, or of two`;
      if (parents[child] !== node) return `leads from node ${node} to ${child}, which names another parent`;
      reached.add(child);
      waiting.push(child);
    }
  }
  return null;
}

/** What a booster says of its trees that they are not. */
function faults(learner: ReturnType<typeof asObject>, say: (detail: string, pointer: string) => void): number | null {
  const outer = asObject(learner['gradient_booster']);
  const at = '/learner/gradient_booster';
  const booster = asText(outer['name']) === 'dart' ? asObject(outer['gbtree']) : outer;
  if (asText(outer['name']) === 'gblinear') return null;
  const model = asObject(booster['model']);
  const parameters = asObject(learner['learner_model_param']);
  const features = whole(parameters['num_feature']);
  const names = asList(learner['feature_names']).length;
  if (features !== null && features > 0 && names > 0 && names !== features)
    say(`The model has ${features} features, and names ${names}.`, '/learner/feature_names');
  if (!Array.isArray(model['trees'])) {
    say('The booster holds no list of trees.', `${at}/model/trees`);
    return null;
  }
  const trees = asList(model['trees']);
  const stated = whole(asObject(model['gbtree_model_param'])['num_trees']);
  if (stated !== trees.length)
    say(`num_trees is ${stated ?? 'not stated'}, and ${trees.length} trees are here.`, `${at}/model/trees`);
  const groups = asList(model['tree_info']);
  if (groups.length !== trees.length)
    say(`${groups.length} trees have a group in tree_info, and ${trees.length} are here.`, `${at}/model/tree_info`);
  const classes = Math.max(1, whole(parameters['num_class']) ?? 1, whole(parameters['num_target']) ?? 1);
  if (groups.some((group) => typeof group !== 'number' || group < 0 || group >= classes))
    say(`A tree is of a group beyond the ${classes} of the model.`, `${at}/model/tree_info`);
  const rounds = asList(model['iteration_indptr']);
  const isRising = rounds.every((round, i) => typeof round === 'number' && round >= Number(rounds[i - 1] ?? 0));
  if (rounds.length > 0 && !(isRising && rounds[0] === 0 && rounds.at(-1) === trees.length))
    say('iteration_indptr does not lead over all trees.', `${at}/model/iteration_indptr`);
  const dropped = outer['weight_drop'];
  if (Array.isArray(dropped) && dropped.length !== trees.length)
    say(`${dropped.length} trees have a weight, and ${trees.length} are here.`, `${at}/weight_drop`);
  trees.forEach((tree, index) => {
    const wrong = wrongIn(tree, index, features);
    if (wrong !== null) say(`Tree ${index} ${wrong}.`, `${at}/model/trees/${index}`);
  });
  return trees.length;
}

const about = { format: 'xgboost', title: 'Model of XGBoost' };
/** The same names in the binary form, which is written since 2.1 where nothing else is asked for. */
const isBinary = (latin1: string): boolean => /^\{[iUIlL][\s\S]{1,8}?learner\{/.test(latin1);

/** The model, in either form; null where it is none, which is then said of it. */
function rootOf(file: OpenFile, facts: FactSink): ReturnType<typeof asObject> | null {
  if (!isBinary(Buffer.from(file.head.subarray(0, 64)).toString('latin1'))) return jsonDocument(file, facts, about);
  try {
    return asObject(readUbjson(file.whole(limits.jsonBytes)));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    facts.add(documentInvalid(about.format, about.title, file.path, error.message));
    return null;
  }
}

/** A model of XGBoost (doc/model.schema): its trees are as many, and of as many nodes, as it says. */
export const xgboost: Format = {
  id: 'xgboost',
  title: 'Model of XGBoost',
  sieve: { endings: ['json', 'model', 'xgb'], first: '{' },
  recognise: ({ utf8, latin1, bytes }) =>
    bytes <= limits.jsonBytes &&
    (isBinary(latin1.slice(0, 64)) ||
      /^\s*\{\s*("version"\s*:\s*\[[0-9,\s]*\]\s*,\s*)?"learner"\s*:\s*\{\s*"(attributes|feature_names|feature_types|gradient_booster|learner_model_param|objective)"/.test(
        utf8,
      )),
  read(file, facts) {
    const root = rootOf(file, facts);
    if (root === null) return;
    const place = { path: file.path };
    const defects: Defect[] = [];
    const learner = asObject(root['learner']);
    const trees = faults(learner, (detail, pointer) => {
      if (defects.length < 100) defects.push({ code: 'trees-contradict', detail, place: { ...place, pointer } });
    });
    facts.add({
      kind: 'document',
      ...about,
      place,
      properties: [
        { name: 'Version', value: asList(root['version']).map(String).join('.').slice(0, 40) },
        { name: 'Booster', value: (asText(asObject(learner['gradient_booster'])['name']) ?? '').slice(0, 100) },
        ...(trees === null ? [] : [{ name: 'Trees', value: String(trees) }]),
        { name: 'Objective', value: (asText(asObject(learner['objective'])['name']) ?? '').slice(0, 200) },
      ],
      defects,
    });
    facts.add(modelThing(file, 'XGBoost'));
  },
};
