import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Use } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { type TrustEntry, Use as UseSchema } from '../../shared/trust.ts';
import { CertificateError, readCertificate } from '../integrity/certificate.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { JsonError, parseJson } from '../integrity/json.ts';
import { parseVerifierKey } from '../integrity/note.ts';
import { fingerprint, KeyError, pemBlocks, readPublicKey } from '../integrity/public-key.ts';
import { asList, asObject, asText } from './shape.ts';
import { parseYaml, YamlError } from './yaml.ts';

export interface TrustFolder {
  entries: TrustEntry[];
  /** Files in which nothing was recognised, each with a sentence. */
  unknown: string[];
}

const largest = 1_048_576;

/** What one file holds: keys, certificates, a verifier key, a Sigstore root. Recognised by content, never by name. */
function entriesOf(path: string): TrustEntry[] {
  const text = readFileSync(path, 'utf8');
  const base = {
    name: basename(path).replace(/(\.pub|\.cert)?\.(pem|crt|cer|key|vkey|json|txt)$/i, ''),
    uses: null,
    identities: [],
    addedAt: null,
    addedBy: null,
  };
  const keys = pemBlocks(text, 'PUBLIC KEY').map((material): TrustEntry => {
    const print = fingerprint(readPublicKey(material));
    return { ...base, id: print, kind: 'key', material, fingerprint: print };
  });
  const authorities = pemBlocks(text, 'CERTIFICATE').map((material): TrustEntry => {
    const certificate = readCertificate(material);
    return {
      ...base,
      id: certificate.fingerprint,
      kind: 'authority',
      name: certificate.subject,
      material,
      fingerprint: certificate.fingerprint,
    };
  });
  const logs = text.split('\n').flatMap((line): TrustEntry[] => {
    const key = parseVerifierKey(line);
    const print = `sha256:${sha256Hex(line.trim())}`;
    return key === null
      ? []
      : [{ ...base, id: print, kind: 'log', name: key.name, material: line.trim(), fingerprint: print }];
  });
  const sigstore = text.trimStart().startsWith('{') ? sigstoreRoot(text, base) : [];
  return [...keys, ...authorities, ...logs, ...sigstore];
}

function sigstoreRoot(
  text: string,
  base: Pick<TrustEntry, 'name' | 'uses' | 'identities' | 'addedAt' | 'addedBy'>,
): TrustEntry[] {
  try {
    const { mediaType } = asObject(parseJson(text));
    if (!/^application\/vnd\.dev\.sigstore\.trustedroot/.test(asText(mediaType) ?? '')) return [];
  } catch (error) {
    if (error instanceof JsonError) return [];
    throw error;
  }
  const print = `sha256:${sha256Hex(text)}`;
  return [{ ...base, id: print, kind: 'sigstore', material: text, fingerprint: print }];
}

/** Refinements of trust.yaml: which file is whom, and what for. */
interface Refinement {
  file: string;
  name: string | null;
  uses: Use[] | null;
  kind: TrustEntry['kind'];
  identities: TrustEntry['identities'];
}

function refinements(path: string): Refinement[] {
  const refuse = (why: string): never => {
    throw new Failure('invalid', {
      what: 'The trust list cannot be read.',
      where: path,
      why,
      notDone: 'Nothing was trusted and nothing was verified.',
      next: 'Mend trust.yaml, or leave it out to trust each key for everything but timestamps.',
    });
  };
  let document: ReturnType<typeof asObject>;
  try {
    document = asObject(parseYaml(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof YamlError) return refuse(error.message);
    throw error;
  }
  const kinds = {
    keys: 'key',
    authorities: 'authority',
    timestampers: 'timestamper',
    sigstore: 'sigstore',
    logs: 'log',
  } as const;
  return Object.entries(document).flatMap(([section, list]) => {
    const kind = kinds[section as keyof typeof kinds];
    if (kind === undefined)
      return refuse(`${section} is no section of it: keys, authorities, timestampers, sigstore and logs are.`);
    return asList(list).map((raw): Refinement => {
      const entry = asObject(raw);
      const file = asText(entry['file']) ?? asText(entry['root']);
      if (file === null || file.includes('/') || file.includes('\\') || file === '..')
        return refuse(`An entry of ${section} names no file beside it.`);
      const uses =
        entry['uses'] === undefined
          ? null
          : asList(entry['uses']).map(
              (each) =>
                UseSchema.safeParse(each).data ??
                refuse(`${String(asText(each))} is no use: ${UseSchema.options.join(', ')} are.`),
            );
      const identities = asList(entry['identities']).map((each) => ({
        identity: asText(asObject(each)['identity']) ?? '',
        issuer: asText(asObject(each)['issuer']) ?? '',
      }));
      return {
        file,
        name: asText(entry['name']),
        uses: kind === 'timestamper' ? ['timestamp'] : uses,
        kind,
        identities,
      };
    });
  });
}

/**
 * Reads what a reviewer trusts from a file or a folder (command-line.md, "Trust"). `trust.yaml` in a folder says who
 * is who and for what; without it, or where it does not name a file, a key is trusted for all but timestamps.
 * @throws Failure unreadable, invalid
 */
export function readTrust(path: string): TrustFolder {
  let files: string[];
  let refined: Refinement[] = [];
  try {
    if (statSync(path).isDirectory()) {
      const names = readdirSync(path, { withFileTypes: true })
        .filter((each) => each.isFile())
        .map(({ name }) => name)
        .sort();
      if (names.includes('trust.yaml')) refined = refinements(join(path, 'trust.yaml'));
      files = names.filter((name) => name !== 'trust.yaml').map((name) => join(path, name));
    } else if (/\.ya?ml$/i.test(path)) {
      refined = refinements(path);
      files = [...new Set(refined.map(({ file }) => join(dirname(path), file)))];
    } else files = [path];
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('unreadable', {
      what: 'The trust list cannot be read.',
      where: path,
      why: 'Nothing that can be read is at this path.',
      notDone: 'Nothing was trusted and nothing was verified.',
      next: 'Check the path, or leave it out.',
    });
  }
  const entries: TrustEntry[] = [];
  const unknown: string[] = [];
  for (const file of files) {
    const name = basename(file);
    try {
      if (statSync(file).size > largest) unknown.push(`${name} is larger than ${largest} bytes and was not read.`);
      else {
        const held = entriesOf(file);
        if (held.length === 0) unknown.push(`${name} holds no key, certificate or root that is known here.`);
        const named = refined.filter((each) => each.file === name);
        for (const entry of held) {
          if (named.length === 0) entries.push(entry);
          for (const { kind, uses, identities, name: given } of named)
            entries.push({
              ...entry,
              kind: entry.kind === 'key' || entry.kind === 'log' ? entry.kind : kind,
              uses,
              identities,
              name: given ?? entry.name,
            });
        }
      }
    } catch (error) {
      if (error instanceof KeyError || error instanceof CertificateError)
        unknown.push(`${name} is not trusted: ${error.message}`);
      else unknown.push(`${name} cannot be read.`);
    }
  }
  for (const { file } of refined)
    if (!files.some((each) => basename(each) === file)) unknown.push(`${file} is named in trust.yaml and not here.`);
  return { entries, unknown };
}
