import { hash } from 'node:crypto';
import { type Spot, scanCanonicalLine, type Wanted, wantedMember } from './canonical-line.ts';
import type { ChainFields } from './chain-result.ts';
import type { ChainRule } from './chain-rule.ts';

/**
 * The quick way through records that stand in RFC 8785 form already: one scan of the bytes, then the hash over the two
 * slices around the member that holds it. Nothing is parsed and nothing copied but what is hashed.
 */
export class CanonicalRows {
  private scratch = Buffer.alloc(65_536);
  private readonly wanted: Wanted[];
  private readonly own: Wanted;
  private readonly previous: Wanted | null;
  private readonly clock: Wanted | null;
  private readonly sequence: Wanted | null;
  private readonly identity: Wanted | null;
  private readonly columns: (Wanted | null)[];
  private readonly spot: Spot;

  /** Whether the rule is the one this is for: the own hash over the RFC 8785 form without it. */
  static fits(rule: ChainRule): boolean {
    const { hashField, previousField } = rule;
    return (
      hashField !== null &&
      !hashField.includes('.') &&
      !(previousField ?? '').includes('.') &&
      rule.form === 'jcs' &&
      rule.preimage === 'record' &&
      rule.blank === null &&
      rule.rename === null &&
      rule.leaveOut.length === 1 &&
      rule.leaveOut[0] === hashField &&
      rule.signatureField === null &&
      rule.digits === 64 &&
      rule.algorithm === 'sha256' &&
      rule.ending === undefined &&
      rule.only === undefined &&
      rule.sparse === undefined &&
      rule.family === 'own-hash'
    );
  }

  constructor(
    rule: ChainRule,
    clock: string | null,
    sequence: string | null,
    identity: string | null,
    columns: readonly (string | null)[],
    spot: readonly string[],
  ) {
    const byName = new Map<string, Wanted>();
    const want = (name: string | null): Wanted | null => {
      if (name === null) return null;
      const wanted = byName.get(name) ?? wantedMember(name);
      byName.set(name, wanted);
      return wanted;
    };
    this.own = want(rule.hashField ?? '') ?? wantedMember('');
    this.previous = want(rule.previousField);
    this.clock = want(clock);
    this.sequence = want(sequence);
    this.identity = want(identity);
    this.columns = columns.map(want);
    this.spot = { beginnings: spot.map((name) => Buffer.from(name)), found: false };
    this.wanted = [...byName.values()];
  }

  /**
   * The fields of a record whose own hash holds; null where the slow way must read it: prefixes and other spellings of a
   * hash, none at all, one that does not hold.
   * @param before hash of the record before, which most name
   */
  read(line: Uint8Array, before: string | null): ChainFields | null {
    if (!scanCanonicalLine(line, this.wanted, this.spot)) return null;
    const { own } = this;
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
    const claimed = textOf64(bytes, own);
    const previous = this.previous === null ? null : textOf64(bytes, this.previous);
    if (claimed === null) return null;
    if (this.previous !== null && previous !== before && (previous === null || !/^[0-9a-f]{64}$/.test(previous)))
      return null;
    const from = own.isLast ? own.from - 1 : own.from;
    const to = own.isLast ? own.end : own.end + 1;
    if (from < 1) return null;
    const length = line.length - (to - from);
    if (this.scratch.length < length) this.scratch = Buffer.alloc(length * 2);
    this.scratch.set(line.subarray(0, from));
    this.scratch.set(line.subarray(to), from);
    const computed = hash('sha256', this.scratch.subarray(0, length), 'hex');
    if (computed !== claimed) return null;
    return {
      claimed,
      computed,
      previous,
      at: textAt(bytes, this.clock),
      sequence: textAt(bytes, this.sequence),
      identity: textAt(bytes, this.identity),
      spotted: this.spot.found,
      texts: this.columns.map((column) => textAt(bytes, column)),
    };
  }
}

/** A text of 64 bytes; null for anything else. */
function textOf64(line: Buffer, { start, end }: Wanted): string | null {
  return start < 0 || end - start !== 66 || line[start] !== 0x22 ? null : line.toString('latin1', start + 1, end - 1);
}

/** A text, or a number as written; null for anything else. */
export function textAt(line: Buffer, wanted: Wanted | null): string | null {
  if (wanted === null || wanted.start < 0) return null;
  const first = line[wanted.start] ?? 0;
  if (first !== 0x22)
    return first === 0x2d || (first >= 0x30 && first <= 0x39)
      ? line.toString('latin1', wanted.start, wanted.end)
      : null;
  const text = line.toString('utf8', wanted.start + 1, wanted.end - 1);
  // The scan has accepted the text, escapes and all, so that this cannot fail.
  return (text.includes('\\') ? String(JSON.parse(`"${text}"`)) : text) || null;
}
