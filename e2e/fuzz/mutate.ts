/** A stream of numbers in [0, 1) that a seed determines (mulberry32): the same seed makes the same inputs anywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What breaks readers: ends of ranges, lengths that lie, what text is quoted and nested by. */
const tokens = [
  '\0',
  '\xff\xff\xff\xff',
  '\xff\xff\xff\xff\xff\xff\xff\x7f',
  '\x80\x00\x00\x00',
  '"',
  '{"',
  '[[[[[[[[',
  '}',
  '\\u0000',
  '\\ud800',
  '1e999',
  '-0',
  '99999999999999999999',
  'null',
  '../../',
  '\r\n',
  '\n',
  '%00',
  '-----BEGIN ',
  'sha256:',
  '\x30\x84\xff\xff\xff\xff',
  'c__builtin__\neval\n',
  '\x80\x04',
  'PK\x03\x04',
].map((text) => Buffer.from(text, 'latin1'));

/** One to six changes: bits, bytes, cuts, repeats, foreign tokens, a piece of another file. */
export function mutate(bytes: Buffer, other: Buffer, random: () => number): Buffer {
  let changed = Buffer.from(bytes);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const splice = (at: number, remove: number, insert: Buffer) =>
    Buffer.concat([changed.subarray(0, at), insert, changed.subarray(Math.min(changed.length, at + remove))]);
  for (let turn = 1 + upTo(6); turn > 0; turn -= 1) {
    const at = upTo(changed.length + 1);
    const some = 1 + upTo(random() < 0.8 ? 8 : 4_096);
    switch (upTo(8)) {
      case 0:
        if (changed.length > 0) {
          const place = Math.min(at, changed.length - 1);
          changed[place] = (changed[place] ?? 0) ^ (1 << upTo(8));
        }
        break;
      case 1:
        if (changed.length > 0) changed[Math.min(at, changed.length - 1)] = upTo(256);
        break;
      case 2:
        changed = splice(at, some, Buffer.alloc(0));
        break;
      case 3:
        changed = splice(at, 0, changed.subarray(at, at + some));
        break;
      case 4:
        changed = splice(at, random() < 0.5 ? 0 : some, tokens[upTo(tokens.length)] ?? Buffer.alloc(0));
        break;
      case 5: {
        const from = upTo(other.length);
        changed = splice(at, random() < 0.5 ? 0 : some, other.subarray(from, from + some));
        break;
      }
      case 6:
        if (random() < 0.3) changed = Buffer.from(changed.subarray(0, at));
        break;
      default: {
        // A digit or a length that lies.
        const place = changed.indexOf(0x30 + upTo(10), at);
        if (place >= 0) changed[place] = 0x30 + upTo(10);
      }
    }
  }
  return changed;
}
