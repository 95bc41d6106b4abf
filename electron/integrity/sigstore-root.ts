import type { KeyObject } from 'node:crypto';
import { type Certificate, CertificateError, readCertificate } from './certificate.ts';
import { type JsonValue, parseJson } from './json.ts';
import { KeyError, readPublicKey } from './public-key.ts';

interface Period {
  start: Date;
  end: Date | null;
}
export interface LogKey extends Period {
  /** SHA-256 over the key, base64. */
  id: string;
  key: KeyObject;
}
/** What a reviewer trusts of a Sigstore instance (sigstore_trustroot.proto, TrustedRoot). */
export interface SigstoreRoot {
  authorities: (Period & { chain: Certificate[] })[];
  logs: LogKey[];
  certificateLogs: LogKey[];
  timestampers: (Period & { chain: Certificate[] })[];
}

type Shape = JsonValue | undefined;
const objectOf = (value: Shape): { [name: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
const listOf = (value: Shape): JsonValue[] => (Array.isArray(value) ? value.slice(0, 100) : []);
const bytesOf = (value: Shape): Buffer => Buffer.from(typeof value === 'string' ? value : '', 'base64');

/** Both ends belong to it; one without a beginning is malformed and counts for nothing. */
function periodOf(value: Shape): Period | null {
  const { start, end } = objectOf(value);
  if (typeof start !== 'string' || Number.isNaN(Date.parse(start))) return null;
  return { start: new Date(start), end: typeof end === 'string' ? new Date(end) : null };
}
export const isDuring = ({ start, end }: Period, at: Date): boolean => at >= start && (end === null || at <= end);

function logsOf(list: Shape): LogKey[] {
  return listOf(list).flatMap((each): LogKey[] => {
    const { publicKey, logId } = objectOf(each);
    const period = periodOf(objectOf(publicKey)['validFor']);
    const { keyId } = objectOf(logId);
    if (period === null || typeof keyId !== 'string') return [];
    try {
      return [{ ...period, id: keyId, key: readPublicKey(bytesOf(objectOf(publicKey)['rawBytes'])) }];
    } catch (error) {
      if (error instanceof KeyError) return [];
      throw error;
    }
  });
}

function chainsOf(list: Shape): (Period & { chain: Certificate[] })[] {
  return listOf(list).flatMap((each) => {
    const { certChain, validFor } = objectOf(each);
    const period = periodOf(validFor);
    if (period === null) return [];
    try {
      const chain = listOf(objectOf(certChain)['certificates']).map((one) =>
        readCertificate(bytesOf(objectOf(one)['rawBytes'])),
      );
      return chain.length === 0 ? [] : [{ ...period, chain }];
    } catch (error) {
      if (error instanceof CertificateError) return [];
      throw error;
    }
  });
}

/** Reads `trusted_root.json`. Parts that are malformed are left out: what they would vouch for is then vouched by nobody. @throws JsonError */
export function readSigstoreRoot(text: string): SigstoreRoot {
  const root = objectOf(parseJson(text));
  return {
    authorities: chainsOf(root['certificateAuthorities']),
    logs: logsOf(root['tlogs']),
    certificateLogs: logsOf(root['ctlogs']),
    timestampers: chainsOf(root['timestampAuthorities']),
  };
}
