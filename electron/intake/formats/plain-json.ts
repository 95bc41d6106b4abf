import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { JsonError, type JsonNode, member, parseJsonTree, pointerToken } from '../../integrity/json.ts';
import { type Format, Unreadable } from './format.ts';

/** Names by which an object of some languages reaches its own machinery. */
const machinery = new Set(['__proto__', 'constructor', 'prototype']);
export const isMachinery = (name: string): boolean => machinery.has(name);

const most = 20;

/** Deviations that strict JSON allows and that programs read differently (RFC 7493, 2.2). */
export function oddities(root: JsonNode, path: string): Defect[] {
  const defects: Defect[] = [];
  const say = (code: string, detail: string, node: JsonNode, pointer: string) => {
    if (defects.length < most) defects.push({ code, detail, place: { path, pointer, line: node.line } });
  };
  const walk = (node: JsonNode, pointer: string): void => {
    if (node.kind === 'object') {
      const kind = member(node, 'class_name');
      if (kind?.kind === 'string' && kind.value === 'Lambda' && member(node, 'config') !== undefined)
        say(
          'text-active',
          'A Lambda layer of Keras holds code that would run when the model is loaded.',
          node,
          pointer,
        );
      for (const { name, value } of node.members) {
        if (isMachinery(name))
          say('text-machinery', `The name ${name} reaches into the machinery of some programs.`, value, pointer);
        walk(value, `${pointer}/${pointerToken(name)}`);
      }
    } else if (node.kind === 'array') node.items.forEach((item, index) => void walk(item, `${pointer}/${index}`));
    else if (node.kind === 'number' && !Number.isFinite(Number(node.source)))
      say('text-number', `${node.source.slice(0, 40)} is larger than many programs can hold.`, node, pointer);
    else if (node.kind === 'number' && /^-?[0-9]{16,}$/.test(node.source) && !Number.isSafeInteger(Number(node.source)))
      say('text-number', `Many programs round ${node.source.slice(0, 40)}: read it as text.`, node, pointer);
  };
  walk(root, '');
  return defects;
}

/** JSON that no other reader knows: whether it is JSON, and what in it programs would read differently. */
export const plainJson: Format = {
  id: 'json',
  title: 'JSON',
  sieve: { endings: ['json'] },
  recognise: ({ name, bytes }) => /\.json$/i.test(name) && bytes <= limits.jsonBytes,
  read(file, facts) {
    let defects: Defect[];
    try {
      defects = oddities(parseJsonTree(file.whole(limits.jsonBytes)), file.path);
    } catch (error) {
      // Text that is JSON up to its end was cut; any other was never JSON.
      if (!(error instanceof JsonError && error.isAtEnd && file.bytes > 0)) throw error;
      defects = [
        {
          code: 'document-cut',
          detail: `The document ends before it is whole: ${error.message}.`,
          place: { path: file.path },
        },
      ];
    }
    // Where nothing is odd there is nothing to keep of it: a source may hold a hundred thousand such files.
    if (defects.length > 0)
      facts.add({
        kind: 'document',
        format: 'json',
        title: 'JSON',
        place: { path: file.path },
        properties: [],
        defects,
      });
  },
};

/** Lines of JSON that are no ledger and no events: each line is JSON, and the last one is whole. */
export const plainJsonLines: Format = {
  id: 'json-lines',
  title: 'JSON lines',
  sieve: { endings: ['jsonl', 'ndjson'] },
  recognise: ({ name, bytes }) => /\.(jsonl|ndjson)$/i.test(name) && bytes <= limits.jsonBytes,
  read(file, facts) {
    const text = file.text(limits.jsonBytes);
    const defects: Defect[] = [];
    const say = (code: string, detail: string, line: number) => {
      if (defects.length < most) defects.push({ code, detail, place: { path: file.path, line } });
    };
    if (text.includes('\r') && !text.includes('\n'))
      throw new Unreadable('Its lines end in carriage returns alone, which JSON lines do not.');
    let good = 0;
    let first = '';
    text.split('\n').forEach((raw, index) => {
      const line = raw.replace(/\r$/, '');
      if (line.length > limits.lineBytes) throw new Unreadable(`Line ${index + 1} is longer than ${limits.lineBytes}.`);
      if (line === '') return;
      try {
        defects.push(
          ...oddities(parseJsonTree(line), file.path)
            .map((each) => ({ ...each, place: { ...each.place, line: index + 1 } }))
            .slice(0, most - defects.length),
        );
      } catch (error) {
        const why = error instanceof Error ? error.message : '';
        first ||= why;
        say('text-line', `Line ${index + 1} is no JSON: ${why}.`, index + 1);
        return;
      }
      good += 1;
      if (index % 1_000 === 0) facts.checkpoint();
    });
    if (good === 0) throw new Unreadable(`None of its lines is JSON: ${first === '' ? 'it is empty' : first}.`);
    if (defects.length > 0)
      facts.add({
        kind: 'document',
        format: 'json-lines',
        title: 'JSON lines',
        place: { path: file.path },
        properties: [],
        defects,
      });
  },
};
