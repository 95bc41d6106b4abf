import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { JsonError, type JsonNode, member, parseJsonTree, pointerToken } from '../../integrity/json.ts';
import type { Format } from './format.ts';
import { oddities } from './plain-json.ts';
import { zipMembers } from './zip-members.ts';

const most = 20;
/** Modules that a model of Keras names for what is its own. */
const own = /^(keras|tf_keras|tensorflow|keras_(hub|cv|nlp|core)|builtins)(\.|$)/;
/** Functions of Keras itself that reach files or switch its own caution off. */
const reaching = /^(enable_unsafe_deserialization|get_file|load_model|load_weights|save_model)$/;

/** Objects that a loader would import from elsewhere to build the model (keras/src/saving/serialization_lib.py). */
function imports(root: JsonNode, say: (detail: string, pointer: string) => void): void {
  const walk = (node: JsonNode, pointer: string): void => {
    if (node.kind === 'array') node.items.forEach((item, index) => void walk(item, `${pointer}/${index}`));
    if (node.kind !== 'object') return;
    const text = (name: string) => {
      const found = member(node, name);
      return found?.kind === 'string' ? found.value : null;
    };
    const [module, name, config] = [text('module'), text('class_name'), text('config')];
    if (name !== null && module !== null && !own.test(module))
      say(`It would import ${module.slice(0, 100)}.${(config ?? name).slice(0, 100)} when it is loaded.`, pointer);
    else if (name === 'function' && config !== null && reaching.test(config))
      say(`It would call ${config} of Keras when it is loaded.`, pointer);
    for (const { name: key, value } of node.members) walk(value, `${pointer}/${pointerToken(key)}`);
  };
  walk(root, '');
}

/** A model of Keras 3: a zip of its configuration as JSON and its weights. What it would import is named, nothing is loaded. */
export const kerasArchive: Format = {
  id: 'keras-archive',
  title: 'Model of Keras',
  sieve: { endings: ['keras'] },
  recognise: ({ name, head }) => /\.keras$/i.test(name) && head[0] === 0x50 && head[1] === 0x4b,
  read(file, facts) {
    const place = { path: file.path };
    const defects: Defect[] = [];
    const say = (code: string, detail: string, pointer = '') => {
      if (defects.length < most) defects.push({ code, detail, place: { ...place, pointer } });
    };
    const { members, unexplained } = zipMembers(file);
    for (const { start, end } of unexplained)
      say('archive-hidden-bytes', `${end - start} bytes that no entry of the archive explains lie at ${start}.`);
    for (const each of members) {
      const data = each.open();
      facts.checkpoint();
      if (each.name !== 'config.json') continue;
      try {
        if (data === null || data.bytes > limits.jsonBytes) throw new JsonError('It is too large', 0, 1);
        const root = parseJsonTree(data.read(0, data.bytes));
        defects.push(...oddities(root, file.path));
        imports(root, (detail, pointer) => say('text-active', detail, pointer));
      } catch (error) {
        if (!(error instanceof JsonError)) throw error;
        say('document-invalid', `Its config.json is not strict JSON: ${error.message}.`);
      }
    }
    if (!members.some(({ name }) => name === 'config.json'))
      say('document-invalid', 'It holds no config.json, by which a loader of Keras would know what to build.');
    facts.add({
      kind: 'document',
      format: 'keras-archive',
      title: 'Model of Keras',
      place,
      properties: [{ name: 'Members', value: String(members.length) }],
      defects,
    });
  },
};
