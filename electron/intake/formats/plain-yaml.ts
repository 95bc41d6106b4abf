import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { type PlainValue, parseYaml, YamlError } from '../yaml.ts';
import { type Format, Unreadable } from './format.ts';
import { isMachinery } from './plain-json.ts';

/** Words that YAML 1.1 reads as booleans or numbers and YAML 1.2 as text (YAML 1.2.2, 10.3). */
const readDifferently =
  /:[ \t]+(y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|0[0-7]+|[0-9]+(:[0-5]?[0-9])+|[0-9]+(_[0-9]+)+)[ \t]*(#.*)?$/;
const hidden =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const rounded = /(?<![\w.])[0-9]{16,}(?![\w.])/;
/** One look at a whole text spares most texts three at each of their lines. */
const inSomeLine = new RegExp(readDifferently.source, 'm');
const isPlain = (text: string): boolean => !inSomeLine.test(text) && !hidden.test(text) && !rounded.test(text);
const most = 20;

function namesIn(value: PlainValue, each: (name: string) => void): void {
  if (Array.isArray(value)) for (const item of value) namesIn(item, each);
  else if (typeof value === 'object' && value !== null)
    for (const [name, item] of Object.entries(value)) {
      each(name);
      namesIn(item, each);
    }
}

/** YAML that no other reader knows: whether it is YAML 1.2, and what in it programs would read differently. */
export const plainYaml: Format = {
  id: 'yaml',
  title: 'YAML',
  sieve: { endings: ['yaml', 'yml'] },
  recognise: ({ name, bytes }) => /\.ya?ml$/i.test(name) && bytes <= limits.yamlBytes,
  read(file, facts) {
    const text = file.text(limits.yamlBytes);
    const defects: Defect[] = [];
    const say = (code: string, detail: string, line?: number) => {
      if (defects.length < most)
        defects.push({ code, detail, place: { path: file.path, ...(line === undefined ? {} : { line }) } });
    };
    const lines = text.split('\n');
    if (lines.every((line, index) => /^\s*(#.*)?$/.test(index === 0 ? line.replace(/^\uFEFF/, '') : line)))
      say('text-empty', 'This YAML holds no value.');
    else
      try {
        namesIn(parseYaml(text), (name) => {
          if (isMachinery(name)) say('text-machinery', `The name ${name} reaches into the machinery of some programs.`);
        });
      } catch (error) {
        if (error instanceof YamlError) throw new Unreadable(error.message);
        throw error;
      }
    for (const [index, line] of isPlain(text) ? [] : lines.entries()) {
      const [, word] = readDifferently.exec(line.replace(/\r$/, '')) ?? [];
      if (word !== undefined)
        say('text-differs', `${word} is text in YAML 1.2, and something else in YAML 1.1.`, index + 1);
      if (hidden.test(line)) say('text-hidden', 'This line holds characters that cannot be seen.', index + 1);
      const [digits] = rounded.exec(line) ?? [];
      if (digits !== undefined && !Number.isSafeInteger(Number(digits)))
        say('text-number', `Many programs round ${digits.slice(0, 40)}: read it as text.`, index + 1);
    }
    if (defects.length > 0)
      facts.add({
        kind: 'document',
        format: 'yaml',
        title: 'YAML',
        place: { path: file.path },
        properties: [],
        defects,
      });
  },
};
