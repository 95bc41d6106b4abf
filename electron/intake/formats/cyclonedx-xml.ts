import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { findBase, resolveName } from '../shape.ts';
import { readXml, XmlError } from '../xml.ts';
import { addDescribed, algorithmNamed, type Described, statedDigest } from './described-files.ts';
import { documentInvalid } from './document-invalid.ts';
import type { Format } from './format.ts';

const format = 'cyclonedx';
const title = 'Bill of materials (CycloneDX)';
const local = (name: string) => name.slice(name.indexOf(':') + 1);

interface Component {
  name: string;
  type: string;
  line: number;
  depth: number;
  digests: string[];
}

/** CycloneDX in XML, as far as files go: components that are called as a file is, with their digests. */
export const cyclonedxXml: Format = {
  id: 'cyclonedx-xml',
  title,
  sieve: { endings: ['xml'] },
  recognise: ({ name, latin1 }) => /\.xml$/i.test(name) && latin1.includes('http://cyclonedx.org/schema/bom/'),
  read(file, facts) {
    const components: Component[] = [];
    const defects: Defect[] = [];
    const open: Component[] = [];
    const path: string[] = [];
    let algorithm: string | null = null;
    try {
      readXml(file.text(limits.jsonBytes), {
        open({ name, attributes, line }, depth) {
          path.length = depth;
          path[depth] = local(name);
          while (open.length > 0 && (open.at(-1)?.depth ?? 0) >= depth) open.pop();
          const attribute = (wanted: string) => attributes.find(([key]) => key === wanted)?.[1] ?? '';
          if (local(name) === 'component') {
            const component = { name: '', type: attribute('type'), line, depth, digests: [] };
            components.push(component);
            open.push(component);
          }
          if (local(name) === 'hash') algorithm = attribute('alg');
        },
        text(text, line) {
          const component = open.at(-1);
          const [inside = '', own = ''] = path.slice(-2);
          if (component === undefined) return;
          if (own === 'name' && inside === 'component' && path.length === component.depth + 2)
            component.name = text.trim();
          if (own !== 'hash' || path.length !== component.depth + 3 || algorithm === null) return;
          const known = algorithmNamed(algorithm);
          const digest = known === null ? null : statedDigest(known, text);
          if (digest !== null) component.digests.push(digest);
          else if (known !== null && defects.length < 100)
            defects.push({
              code: 'manifest-digest',
              detail: `What stands as ${algorithm} of ${component.name} is no such digest: it was not compared.`,
              place: { path: file.path, line },
            });
        },
      });
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      facts.add(documentInvalid(format, title, file.path, `It is no XML that can be read: ${error.message}.`));
      return;
    }
    const named = components.filter(({ name, digests }) => name !== '' && digests.length > 0);
    const base = findBase(
      file,
      named.map(({ name }) => name),
    );
    const described = named.flatMap(({ name, type, digests, line }): Described[] => {
      const place = resolveName(base, name);
      return type === 'file' || (place !== null && file.has(place)) ? [{ name, digests, line }] : [];
    });
    addDescribed(
      file,
      facts,
      {
        format,
        title,
        role: 'components',
        base,
        properties: [{ name: 'Components', value: String(components.length) }],
        defects: [
          ...defects,
          ...(described.length === 0
            ? []
            : [
                {
                  code: 'read-in-part',
                  detail: 'Read as far as files and digests go: what else it says of its components was not judged.',
                  place: { path: file.path },
                },
              ]),
        ],
      },
      described,
    );
  },
};
