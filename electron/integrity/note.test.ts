import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from './digest.ts';
import {
  formatCheckpoint,
  formatVerifierKey,
  NoteError,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  signNote,
  verifyNote,
} from './note.ts';

const corpus = '../shared/corpora/tlog-notes';
const cases: { id: string; expected: string; path: string }[] = existsSync(corpus)
  ? JSON.parse(readFileSync(`${corpus}/GIVE/cases.json`, 'utf8')).cases
  : [];
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const keyOf = (key: KeyObject, name = 'log.example') => {
  const parsed = parseVerifierKey(formatVerifierKey(name, key));
  if (parsed === null) throw new Error('The key does not read back.');
  return parsed;
};
const text = formatCheckpoint({
  origin: 'log.example',
  size: 40,
  root: Buffer.alloc(32, 7),
  extensions: ['chain-head 00'],
});

describe('signed notes', () => {
  it.skipIf(cases.length === 0)('agrees with the cases of golang/mod (skipped where the corpus is not there)', () => {
    const results = cases.flatMap(({ id, expected, path }) => {
      const keyFile = `${corpus}/${path}/verifier-keys.txt`;
      // The others are signed with ECDSA under type 0x05 and bring no verifier key.
      if (!existsSync(keyFile)) return [];
      const keys = readFileSync(keyFile, 'utf8')
        .split('\n')
        .flatMap((line) => parseVerifierKey(line) ?? []);
      let holds = false;
      try {
        holds = verifyNote(parseNote(readFileSync(`${corpus}/${path}/note.txt`)), keys).holds;
      } catch (error) {
        expect(error).toBeInstanceOf(NoteError);
      }
      return [{ id, agrees: holds === (expected === 'valid') }];
    });
    expect(results.filter(({ agrees }) => !agrees)).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(7);
  });

  it('signs a checkpoint that reads back', () => {
    const note = parseNote(Buffer.from(signNote(text, 'log.example', privateKey)));
    expect(parseCheckpoint(note.text)).toEqual({
      origin: 'log.example',
      size: 40,
      root: Buffer.alloc(32, 7),
      extensions: ['chain-head 00'],
    });
    expect(verifyNote(note, [keyOf(publicKey)]).by.map(({ name }) => name)).toEqual(['log.example']);
    expect(verifyNote(note, [keyOf(generateKeyPairSync('ed25519').publicKey)]).holds).toBe(false);
    const altered = parseNote(Buffer.from(signNote(text, 'log.example', privateKey).replace('\n40\n', '\n41\n')));
    expect(verifyNote(altered, [keyOf(publicKey)]).holds).toBe(false);
  });

  it('verifies a cosignature over the time it states', () => {
    const raw = Buffer.concat([
      Uint8Array.of(4),
      createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32),
    ]);
    const hash = sha256Hex(Buffer.concat([Buffer.from('witness\n'), raw])).slice(0, 8);
    const witness = parseVerifierKey(`witness+${hash}+${raw.toString('base64')}`);
    const at = Buffer.alloc(8);
    at.writeBigUInt64BE(1_790_000_000n);
    const value = sign(null, Buffer.from(`cosignature/v1\ntime 1790000000\n${text}`), privateKey);
    const line = (time: Buffer) =>
      `${text}\n\u2014 witness ${Buffer.concat([Buffer.from(hash, 'hex'), time, value]).toString('base64')}\n`;
    expect(witness).not.toBeNull();
    if (witness === null) return;
    expect(verifyNote(parseNote(Buffer.from(line(at))), [witness]).holds).toBe(true);
    expect(verifyNote(parseNote(Buffer.from(line(Buffer.alloc(8)))), [witness]).holds).toBe(false);
  });

  it('refuses checkpoints that two readers could read differently', () => {
    const root = Buffer.alloc(32).toString('base64');
    for (const bad of [
      `a\n01\n${root}\n`,
      `a\n-1\n${root}\n`,
      `a\n1\n${root.slice(0, -1)}\n`,
      `\n1\n${root}\n`,
      `a\n1\n${root}`,
    ])
      expect(() => parseCheckpoint(bad), bad).toThrow(NoteError);
  });

  it('throws nothing but its own error on any bytes', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('', '\u2014 a AAAAAAAA', '\u2014 log AAAAAAAA==', 'a\n1', '\n\n'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          fc.array(line, { maxLength: 8 }).map((lines) => Buffer.from(lines.join('\n'))),
        ),
        (input) => {
          try {
            const note = parseNote(input);
            verifyNote(note, [keyOf(publicKey)]);
            parseCheckpoint(note.text);
          } catch (error) {
            expect(error).toBeInstanceOf(NoteError);
          }
        },
      ),
      { seed: 3, numRuns: 800 },
    );
  });

  it('take any character but the controls of ASCII below the space (C2SP signed-note, Format)', () => {
    const odd = signNote('one\u007ftwo\u0085\n', 'log.example', privateKey);
    expect(verifyNote(parseNote(Buffer.from(odd)), [keyOf(publicKey)]).holds).toBe(true);
    expect(() => parseNote(Buffer.from(odd.replace('\u007f', '\u001f')))).toThrow(NoteError);
  });
});
