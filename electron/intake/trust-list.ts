import { readFileSync, statSync } from 'node:fs';
import type { Use } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { type TrustEntry, Use as UseSchema } from '../../shared/trust.ts';
import { asList, asObject, asText } from './shape.ts';
import { parseYaml, YamlError } from './yaml.ts';

/** Names that the list of a folder may have: one that was passed over would trust every key beside it for everything. */
export const trustListName = /^trust\.ya?ml$/i;

/** What trust.yaml says of a file: whom it is of, and what for. */
export interface Refinement {
  file: string;
  name: string | null;
  uses: Use[] | null;
  kind: TrustEntry['kind'];
  identities: TrustEntry['identities'];
  /** The list, and the entry in it, for whoever mends it. */
  list: string;
  entry: string;
}

const largest = 1_048_576;
const kinds = {
  keys: 'key',
  authorities: 'authority',
  timestampers: 'timestamper',
  sigstore: 'sigstore',
  logs: 'log',
  blocks: 'block',
} as const;
/** What a file in a section may hold, and how that is called. */
const meant: Record<TrustEntry['kind'], { kinds: TrustEntry['kind'][]; words: string }> = {
  key: { kinds: ['key', 'authority', 'log'], words: 'a public key or a certificate' },
  authority: { kinds: ['authority', 'key'], words: 'a certificate of an authority' },
  timestamper: { kinds: ['authority', 'key'], words: 'a certificate of a time-stamper or of its authority' },
  sigstore: { kinds: ['sigstore'], words: 'a trusted root of Sigstore (trusted_root.json)' },
  log: { kinds: ['log', 'key'], words: 'a key of a log (C2SP verifier key or PEM)' },
  block: { kinds: ['block'], words: 'headers of Bitcoin blocks' },
};
const called: Record<TrustEntry['kind'], string> = {
  key: 'a public key',
  authority: 'a certificate or the key of an authority',
  timestamper: 'a certificate',
  sigstore: 'a trusted root of Sigstore',
  log: 'a verifier key of a log',
  block: 'the header of a block',
};
const fields = ['file', 'root', 'name', 'uses', 'identities'];

/**
 * Reads trust.yaml strictly: whatever in it were passed over would trust for more than was meant.
 * @param beside names of the files that it may speak of @throws Failure invalid, saying which entry and why
 */
export function readTrustList(path: string, beside: readonly string[]): Refinement[] {
  const refuse = (why: string): never => refuseList(path, why);
  if (statSync(path).size > largest) return refuse(`It is larger than ${largest} bytes.`);
  let document: ReturnType<typeof parseYaml>;
  try {
    document = parseYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof YamlError) return refuse(error.message);
    throw error;
  }
  if (document !== null && (typeof document !== 'object' || Array.isArray(document)))
    return refuse('It holds no sections.');
  return Object.entries(document ?? {}).flatMap(([section, list]) => {
    const kind = Object.hasOwn(kinds, section) ? kinds[section as keyof typeof kinds] : undefined;
    if (kind === undefined)
      return refuse(`${section} is no section of it: keys, authorities, timestampers, sigstore, logs and blocks are.`);
    if (list !== null && !Array.isArray(list)) return refuse(`The section ${section} is not a list.`);
    return asList(list).map((raw, index) => ({
      ...refinement(raw, kind, beside, (why) => refuse(`Entry ${index + 1} of ${section}: ${why}`)),
      list: path,
      entry: `Entry ${index + 1} of ${section}`,
    }));
  });
}

function refuseList(path: string, why: string): never {
  throw new Failure('invalid', {
    what: 'The trust list cannot be read.',
    where: path,
    why,
    notDone: 'Nothing was trusted and nothing was verified.',
    next: 'Mend trust.yaml, or leave it out to trust each key for everything but timestamps.',
  });
}

/**
 * Refuses an entry whose file holds something else than its section is for, or that narrows to identities what has none:
 * it would be trusted for more than was meant. @throws Failure invalid
 */
export function refuseMisplaced(
  { file, kind, identities, list, entry }: Refinement,
  held: readonly (Pick<TrustEntry, 'kind'> & { hasIdentities: boolean })[],
): void {
  const { kinds: taken, words } = meant[kind];
  const other = held.find((each) => !taken.includes(each.kind));
  if (other !== undefined)
    return refuseList(list, `${entry}: ${file} holds ${called[other.kind]}, and this section is for ${words}.`);
  const mayNarrow = (kind === 'authority' || kind === 'sigstore') && held.every(({ hasIdentities }) => hasIdentities);
  if (identities.length > 0 && held.length > 0 && !mayNarrow)
    return refuseList(
      list,
      `${entry}: identities narrow a certificate under authorities or a root under sigstore, and ${file} is neither.`,
    );
}

function refinement(
  raw: Parameters<typeof asObject>[0],
  kind: TrustEntry['kind'],
  beside: readonly string[],
  refuse: (why: string) => never,
): Omit<Refinement, 'list' | 'entry'> {
  const entry = asObject(raw);
  const file = asText(entry['file']) ?? asText(entry['root']);
  if (file === null || file.includes('/') || file.includes('\\') || file === '..')
    return refuse('it names no file beside it.');
  for (const field of Object.keys(entry))
    if (!fields.includes(field))
      return refuse(`${field} is nothing that can be said of ${file}: ${fields.join(', ')} are.`);
  if (!beside.includes(file)) return refuse(`${file} is not here, or is no ordinary file.`);
  const { name, uses, identities = [] } = entry;
  if (name !== undefined && asText(name) === null) return refuse(`the name of ${file} is not a text.`);
  if (uses !== undefined && !Array.isArray(uses)) return refuse(`the uses of ${file} are not a list.`);
  if (!Array.isArray(identities)) return refuse(`the identities of ${file} are not a list.`);
  const given =
    uses?.map(
      (each) =>
        UseSchema.safeParse(each).data ??
        refuse(`${asText(each) ?? 'what it holds'} is no use of ${file}: ${UseSchema.options.join(', ')} are.`),
    ) ?? null;
  return {
    file,
    name: asText(name),
    uses: kind === 'timestamper' ? ['timestamp'] : given,
    kind,
    identities: identities.map((each) => {
      const { identity, issuer = '', ...rest } = asObject(each);
      if (typeof identity !== 'string' || identity === '' || typeof issuer !== 'string' || Object.keys(rest).length > 0)
        return refuse(`an identity under ${file} is not { identity: NAME, issuer: NAME }.`);
      return { identity, issuer };
    }),
  };
}
