import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Certificate, readCertificate } from './certificate.ts';
import { pemBlocks } from './public-key.ts';
import { readTimestamp, TimestampError, verifyTimestamp } from './timestamp-token.ts';

interface Case {
  id: string;
  group: string;
  expected: string;
  path: string;
  params?: { token?: string; data?: string; roots?: string[] };
}
const corpora = ['timestamps', 'timestamps-own'].map((name) => `../shared/corpora/${name}`).filter(existsSync);
const cases = corpora.flatMap((root) =>
  (JSON.parse(readFileSync(`${root}/GIVE/cases.json`, 'utf8')).cases as Case[])
    .filter(({ group }) => group === 'rfc3161')
    .map(({ params = {}, path, ...rest }) => ({
      ...rest,
      token: readFileSync(join(root, path, params.token ?? 'response.tsr')),
      data: readFileSync(join(root, path, params.data ?? 'data')),
      roots: params.roots?.map((file) => join(root, file)) ?? [join(root, path, 'ts_chain.pem')],
    })),
);
const certificatesOf = (files: string[]): Certificate[] =>
  files.flatMap((file) => pemBlocks(readFileSync(file, 'utf8'), 'CERTIFICATE').map(readCertificate));

/** valid, invalid or inconclusive, as a token over data comes out for a reviewer with these roots. */
function wordOf({ token, data, roots }: (typeof cases)[number]): 'valid' | 'invalid' | 'inconclusive' {
  try {
    const info = readTimestamp(token);
    if (createHash(info.algorithm).update(data).digest('hex') !== info.imprint) return 'invalid';
    const { verdict } = verifyTimestamp(info, certificatesOf(roots));
    return verdict === 'pass' ? 'valid' : verdict === 'undecided' ? 'inconclusive' : 'invalid';
  } catch (error) {
    expect(error).toBeInstanceOf(TimestampError);
    return 'invalid';
  }
}

describe('timestamp tokens', () => {
  it.skipIf(cases.length === 0)('come out as labelled (skipped where the corpora are not there)', () => {
    const differing = cases.flatMap((each) => {
      const word = wordOf(each);
      return word === each.expected.split('-')[0] ? [] : [`${each.id}: ${each.expected}, said ${word}`];
    });
    expect(differing).toEqual([]);
    expect(cases.length).toBeGreaterThanOrEqual(24);
  });

  it.skipIf(cases.length === 0)('whose signed attributes are of other types than theirs do not hold', () => {
    const [seed] = cases.filter(({ id }) => id === 'ok-tsa-ec-sha384');
    if (seed === undefined) return;
    // The attributes of content type (1.2.840.113549.1.9.3) and of the certificate (…9.16.2.47): each byte as a tag.
    for (const attribute of ['06092a864886f70d010903', '060b2a864886f70d010910022f']) {
      const start = seed.token.toString('hex').indexOf(attribute) / 2;
      expect(start).toBeGreaterThan(0);
      for (let at = start; at < start + attribute.length / 2 + 24; at += 1) {
        const spoiled = Buffer.from(seed.token);
        spoiled[at] = seed.token[at] === 0x02 ? 0x06 : 0x02;
        expect(wordOf({ ...seed, token: spoiled })).not.toBe('valid');
      }
    }
  });

  it.skipIf(cases.length === 0)('that are damaged end in TimestampError or in a verdict that is not a pass', () => {
    const [seed] = cases.filter(({ id }) => id === 'ok-tsa-ec-sha384');
    if (seed === undefined) return;
    const known = certificatesOf(seed.roots);
    const imprint = readTimestamp(seed.token).imprint;
    fc.assert(
      fc.property(fc.nat({ max: seed.token.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const mutant = Buffer.from(seed.token);
        mutant[at] = (mutant[at] ?? 0) ^ flip;
        try {
          const info = readTimestamp(mutant);
          // What stands outside of the signature (status, extra certificates) may change without harm.
          if (verifyTimestamp(info, known).verdict === 'pass') expect(info.imprint).toBe(imprint);
        } catch (error) {
          expect(error).toBeInstanceOf(TimestampError);
        }
      }),
      { numRuns: 600, seed: 4 },
    );
  });
});
