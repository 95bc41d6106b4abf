import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A signature with the keys that are to be trusted for it, in one document: how test vectors of envelopes come. */
interface Vector {
  trustedKeys: Record<string, { pem?: string }>;
  threshold?: number;
  envelope?: unknown;
  jws?: unknown;
  /** The bytes of the envelope, where they matter as they are. */
  raw?: string;
}

const isVector = (value: unknown): value is Vector =>
  typeof value === 'object' && value !== null && 'trustedKeys' in value && ('envelope' in value || 'jws' in value);

/** A chain with the roots that are to be trusted for it (x509-limbo). */
interface Chain {
  peer_certificate: string;
  untrusted_intermediates: string[];
  trusted_certs: string[];
  validation_time: string | null;
}
const isChain = (value: unknown): value is Chain =>
  typeof value === 'object' && value !== null && 'peer_certificate' in value && 'trusted_certs' in value;

/** Where a subject named `evidence/a.txt` lies, and what it holds, in these vectors. */
const subject = { folder: 'evidence', name: 'a.txt', text: 'a' };

export interface Staged {
  path: string;
  trust: string;
  /** How many different signers are asked for. */
  threshold: number;
  /** When it is judged; null: now. */
  asOf: string | null;
}

/**
 * Lays out a vector as a reviewer would hold it: the signed document and its subject in one place, her keys in another.
 * Null where the document is no such vector. @param place an empty folder of ours
 */
export function stageVector(document: unknown, place: string): Staged | null {
  if (isChain(document)) {
    const path = join(place, 'chain.pem');
    const trust = join(place, 'trust');
    mkdirSync(trust);
    writeFileSync(path, [document.peer_certificate, ...document.untrusted_intermediates].join('\n'));
    document.trusted_certs.forEach((text, index) => {
      writeFileSync(join(trust, `root-${index}.pem`), text);
    });
    return { path, trust, threshold: 1, asOf: document.validation_time };
  }
  if (!isVector(document)) return null;
  const path = join(place, 'vector');
  const trust = join(place, 'trust');
  mkdirSync(join(path, subject.folder), { recursive: true });
  mkdirSync(trust);
  writeFileSync(join(path, subject.folder, subject.name), subject.text);
  const { envelope, jws, raw } = document;
  if (envelope !== undefined || jws === undefined)
    writeFileSync(join(path, 'statement.dsse.json'), raw ?? JSON.stringify(envelope));
  else writeFileSync(join(path, 'statement.jws'), raw ?? (typeof jws === 'string' ? jws : JSON.stringify(jws)));
  Object.entries(document.trustedKeys).forEach(([name, { pem }], index) => {
    const safe = /^[a-z0-9]{1,20}$/i.test(name) ? name : `key-${index}`;
    if (typeof pem === 'string') writeFileSync(join(trust, `${safe}.pem`), pem);
  });
  return { path, trust, threshold: document.threshold ?? 1, asOf: null };
}
