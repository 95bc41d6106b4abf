import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DigestingAccess } from './digesting-access.ts';

const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7) % 251));
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
const whole = {
  bytes: content.length,
  read: (offset: number, length: number) => content.subarray(offset, offset + length),
  close: () => {},
};

describe('bytes that are digested while they are read', () => {
  it.each([
    ['in order', [0, 1_000, 500_000, 2_000_000]],
    ['with looks back and ahead', [0, 0, 4_096, 2_999_999, 100, 1_500_000, 7, 3_000_000]],
    ['not at all', []],
  ])('have the digest of all of them, however they were read: %s', (_how, offsets) => {
    const access = new DigestingAccess(whole, () => {});
    for (const offset of offsets)
      expect(access.read(offset, 65_536)).toEqual(content.subarray(offset, offset + 65_536));
    expect(access.digest()).toBe(digest);
  });

  it('have none where the file ends early', () => {
    const cut = { ...whole, bytes: content.length + 1 };
    expect(new DigestingAccess(cut, () => {}).digest()).toBeNull();
  });

  it('can be left in the middle', () => {
    const access = new DigestingAccess(whole, (done) => {
      if (done > 1_000_000) throw new Error('cancelled');
    });
    expect(() => access.digest()).toThrow('cancelled');
  });
});
