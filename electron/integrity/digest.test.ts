import { describe, expect, it } from 'vitest';
import { digestBytes, digestOf, hasher, isKnownAlgorithm, sha256 } from './digest.ts';

describe('digests', () => {
  it('gives the known answers for "abc"', () => {
    const abc = Buffer.from('abc');
    expect(sha256('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(digestOf('md5', abc)).toBe('md5:900150983cd24fb0d6963f7d28e17f72');
    expect(digestOf('sha1', abc)).toBe('sha1:a9993e364706816aba3e25717850c26c9cd0d89d');
    expect(digestOf('blake3', abc)).toBe('blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85');
    expect(digestOf('blake2b', abc)).toMatch(/^blake2b:ba80a53f981c4d0d/);
    expect(digestOf('git-sha1', Buffer.from('hello\n'))).toBe('git-sha1:ce013625030ba8dba906f756967f9e9ca394464a');
    // What `cksum` says of these: 1219131554 3, and 4294967295 0.
    expect(digestOf('posix-cksum', abc)).toBe(`posix-cksum:${(1219131554).toString(16)}`);
    expect(digestOf('posix-cksum', Buffer.alloc(0))).toBe('posix-cksum:ffffffff');
    expect(digestOf('crc32', Buffer.from('123456789'))).toBe('crc32:cbf43926');
    // RFC 7693, appendix B, and FIPS 180-4 (SHA-512/256).
    expect(digestOf('blake2s', abc)).toMatch(/^blake2s:508c5e8c327c14e2/);
    expect(digestOf('sha512-256', abc)).toMatch(/^sha512-256:53048e2681941ef9/);
    expect(digestOf('linefeed-md5', Buffer.from('a\r\nb\rc\n')).slice(13)).toBe(
      digestOf('md5', Buffer.from('a\nb\rc\n')).slice(4),
    );
    expect(digestOf('linefeed-md5', Buffer.from('a\0\r\n')).slice(13)).toBe(
      digestOf('md5', Buffer.from('a\0\r\n')).slice(4),
    );
    for (const algorithm of Object.keys(digestBytes).filter(isKnownAlgorithm))
      expect(digestOf(algorithm, abc).length - algorithm.length - 1, algorithm).toBe((digestBytes[algorithm] ?? 0) * 2);
  });

  it('refuses an algorithm it does not know', () => {
    expect(() => hasher('crc64')).toThrow(RangeError);
    expect(isKnownAlgorithm('constructor')).toBe(false);
  });
});
