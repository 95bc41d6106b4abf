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
  /** Whom it is to be for, and what it is to be used as. */
  expected_peer_name?: { kind: string; value: string } | null;
  expected_peer_names?: { kind: string; value: string }[];
  max_chain_depth?: number | null;
  crls?: string[];
}
const isChain = (value: unknown): value is Chain =>
  typeof value === 'object' && value !== null && 'peer_certificate' in value && 'trusted_certs' in value;

/** What a reviewer who wants more than one signer writes into her policy. */
const thresholdOf = (count: number): string | null =>
  count < 2 ? null : `version: 1\nname: ${count} signers\nsignatures: { required: { statement: ${count} } }\n`;

/** Where a subject named `evidence/a.txt` lies, and what it holds, in these vectors. */
const subject = { folder: 'evidence', name: 'a.txt', text: 'a' };

export interface Staged {
  path: string;
  trust: string;
  /** Text of her policy; null for the one that ships. */
  policy: string | null;
  /** When it is judged; null: now. */
  asOf: string | null;
}

/**
 * Lays out a vector as a reviewer would hold it: the signed document and its subject in one place, her keys in another.
 * Null where the document is no such vector. @param place an empty folder of ours
 */
export function stageVector(document: unknown, place: string): Staged | null {
  if (isChain(document)) {
    const path = join(place, 'chain');
    const trust = join(place, 'trust');
    mkdirSync(trust);
    mkdirSync(path);
    writeFileSync(join(path, 'chain.pem'), [document.peer_certificate, ...document.untrusted_intermediates].join('\n'));
    (document.crls ?? []).forEach((text, index) => {
      writeFileSync(join(path, `revoked-${index}.crl`), text);
    });
    document.trusted_certs.forEach((text, index) => {
      writeFileSync(join(trust, `root-${index}.pem`), text);
    });
    // Whom the reviewer expects is what she names under the authority.
    const { expected_peer_name: peer, expected_peer_names: peers = [], max_chain_depth: depth } = document;
    const identities = [...(peer == null ? [] : [peer]), ...peers].map(({ value }) => ({
      identity: value,
      issuer: '',
    }));
    const authorities = document.trusted_certs.map((_, index) => ({ file: `root-${index}.pem`, identities }));
    writeFileSync(join(trust, 'trust.yaml'), JSON.stringify({ authorities }));
    return {
      path,
      trust,
      policy: depth == null ? null : `version: 1\nname: ${depth} between\nsignatures: { intermediates: ${depth} }\n`,
      asOf: document.validation_time,
    };
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
  return { path, trust, policy: thresholdOf(document.threshold ?? 1), asOf: null };
}
