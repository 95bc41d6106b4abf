import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { readXml, XmlError } from '../xml.ts';
import { type Format, Unreadable } from './format.ts';
import { isMachinery } from './plain-json.ts';

const active = /^(script|iframe|object|embed|include|import)$/i;
const most = 20;

/** XML that no other reader knows: whether it is well formed, and what in it would act or be read by halves. */
export const plainXml: Format = {
  id: 'xml',
  title: 'XML',
  sieve: { endings: ['xml', 'xhtml', 'svg', 'rdf', 'xsd'] },
  recognise: ({ name, bytes }) => /\.(xml|xhtml|svg|rdf|xsd)$/i.test(name) && bytes <= limits.jsonBytes,
  read(file, facts) {
    const defects: Defect[] = [];
    const say = (code: string, detail: string, line: number) => {
      if (defects.length < most) defects.push({ code, detail, place: { path: file.path, line } });
    };
    try {
      readXml(file.text(limits.jsonBytes), {
        open({ name, attributes, line }) {
          const local = name.slice(name.indexOf(':') + 1);
          if (active.test(local)) say('text-active', `${name} would load or run something; here it is text.`, line);
          for (const [key] of attributes)
            if (isMachinery(key))
              say('text-machinery', `The name ${key} reaches into the machinery of some programs.`, line);
            else if (/^on[a-z]+$/i.test(key)) say('text-active', `${key} would run something; here it is text.`, line);
        },
        split: (line) =>
          say('text-split', 'A comment or instruction stands inside a text: programs that stop there read less.', line),
      });
    } catch (error) {
      if (error instanceof XmlError) throw new Unreadable(`${error.message}.`);
      throw error;
    }
    if (defects.length > 0)
      facts.add({ kind: 'document', format: 'xml', title: 'XML', place: { path: file.path }, properties: [], defects });
  },
};
