import type { Defect } from '../../../shared/fact.ts';
import { visible } from '../containers/names.ts';
import type { Format, OpenFile } from './format.ts';
import { hidesInName, hidesInText } from './hidden-text.ts';
import { modelThing } from './model-thing.ts';
import { isMachinery } from './plain-json.ts';

/** Widths of the scalar value types 0 to 12 (ggml, docs/gguf.md); 8 is a string, 9 an array. */
const widths: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
/** ggml types: elements in a block, bytes of a block (ggml, gguf-py, GGML_QUANT_SIZES). */
const blocks: Record<number, [number, number]> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 40],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  16: [256, 66],
  17: [256, 74],
  18: [256, 98],
  19: [256, 50],
  20: [32, 18],
  21: [256, 110],
  22: [256, 82],
  23: [256, 136],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  29: [256, 56],
  30: [1, 2],
  34: [256, 54],
  35: [256, 66],
  39: [32, 17],
  40: [64, 36],
  41: [128, 18],
};

class Short extends Error {}

const windowBytes = 65_536;

/** Forward reader whose every length is held against what is left of the file before anything is allocated. */
class Cursor {
  at = 0;
  /** Whether numbers stand with their highest byte first, as version 3 allows (docs/gguf.md, "Version History"). */
  isBig = false;
  /** Whether an array held arrays. */
  hasNested = false;
  private readonly file: OpenFile;
  /** A window on the file: most values are a few bytes, and there are millions of them. */
  private block: Buffer = Buffer.alloc(0);
  private blockAt = 0;
  constructor(file: OpenFile) {
    this.file = file;
  }
  take(length: number): Buffer {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.file.bytes - this.at)
      throw new Short(`${length} bytes are announced at ${this.at} and ${this.file.bytes - this.at} are left.`);
    const from = this.at;
    this.at += length;
    if (length > windowBytes) return Buffer.from(this.file.read(from, length));
    if (from < this.blockAt || from + length > this.blockAt + this.block.length) {
      this.block = Buffer.from(this.file.read(from, windowBytes));
      this.blockAt = from;
    }
    return this.block.subarray(from - this.blockAt, from - this.blockAt + length);
  }
  skip(length: number): void {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.file.bytes - this.at)
      throw new Short(`${length} bytes are announced at ${this.at} and ${this.file.bytes - this.at} are left.`);
    this.at += length;
  }
  /** Bytes of one number, its lowest byte first. */
  number(width: number): Buffer {
    const taken = this.take(width);
    return this.isBig ? Buffer.from(taken).reverse() : taken;
  }
  u32 = () => this.number(4).readUInt32LE();
  u64 = () => {
    const value = this.number(8).readBigUInt64LE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new Short(`A length of ${value} is announced at ${this.at - 8}.`);
    return Number(value);
  };
  /** A text that names something: never empty. */
  name(limit: number): string {
    const held = this.text(limit);
    if (held === '') throw new Short(`An empty name stands at ${this.at}.`);
    return held;
  }
  text(limit: number): string {
    const length = this.u64();
    if (length > limit)
      throw new Short(`A text of ${length} bytes is announced at ${this.at - 8}; at most ${limit} are read.`);
    const raw = this.take(length);
    const held = raw.toString('utf8');
    if (Buffer.byteLength(held) !== raw.length) throw new Short(`A name at ${this.at - length} is not UTF-8.`);
    return held;
  }
}

/** Of a list of few short texts, the texts themselves; the vocabulary of a model is none. */
function texts(cursor: Cursor, count: number, textAtMost: number): string {
  const held: string[] = [];
  for (let i = 0; i < count; i++) {
    const length = cursor.u64();
    if (count > 100 || length > textAtMost) cursor.skip(length);
    else held.push(cursor.take(length).toString('utf8'));
  }
  return held.length === count && count > 0 ? held.join(', ') : `${count} values`;
}

/** Arrays in arrays, which the format allows and few programs read. */
const deepest = 8;

function value(cursor: Cursor, type: number, textAtMost: number, depth = 0): string {
  if (type === 8) {
    const length = cursor.u64();
    if (length > textAtMost) {
      cursor.skip(length);
      return `text of ${length} bytes`;
    }
    return cursor.take(length).toString('utf8');
  }
  if (type === 9) {
    const inner = cursor.u32();
    const count = cursor.u64();
    if (inner === 9) {
      if (depth >= deepest) throw new Short(`Arrays are nested deeper than ${deepest}.`);
      cursor.hasNested = true;
      // Each of them takes bytes: a count that is none ends with the file.
      for (let i = 0; i < count; i++) value(cursor, 9, textAtMost, depth + 1);
      return `${count} arrays`;
    }
    if (inner === 8) return texts(cursor, count, textAtMost);
    else if (widths[inner] === undefined) throw new Short(`Value type ${inner} is not known.`);
    else if (inner === 7 && count <= 1_048_576 && cursor.take(count).some((byte) => byte > 1))
      throw new Short(`An array of truth values before ${cursor.at} holds others.`);
    else if (inner !== 7 || count > 1_048_576) cursor.skip(count * (widths[inner] ?? 0));
    return `${count} values`;
  }
  const width = widths[type];
  if (width === undefined) throw new Short(`Value type ${type} is not known.`);
  const raw = cursor.number(width);
  switch (type) {
    case 0:
      return String(raw.readUInt8());
    case 1:
      return String(raw.readInt8());
    case 2:
      return String(raw.readUInt16LE());
    case 3:
      return String(raw.readInt16LE());
    case 4:
      return String(raw.readUInt32LE());
    case 5:
      return String(raw.readInt32LE());
    case 6:
      return String(raw.readFloatLE());
    case 7:
      if ((raw[0] ?? 0) > 1) throw new Short(`A truth value of ${raw[0]} stands at ${cursor.at - 1}.`);
      return raw[0] === 0 ? 'false' : 'true';
    case 10:
      return String(raw.readBigUInt64LE());
    case 11:
      return String(raw.readBigInt64LE());
    default:
      return String(raw.readDoubleLE());
  }
}

/** How a template leaves its own words for those of Python (the CVE-2024-34359 class). */
const reaches =
  /[a-z]__|__[a-z]|\\(x5f|u005f|137)|\|\s*attr\s*\(|\b(popen|subprocess|os\.system|import_module|eval|exec)\b/i;

/** The template of a conversation, or one of several that have names. */
const isTemplate = (key: string): boolean => /(^|\.)chat_templates?(\.|$)/.test(key);

/** Paddings that are looked at: more than any model has tensors. */
const paddingsAtMost = 100_000;

/** Where the first padding begins that is not zero (docs/gguf.md, "padding"); null where all are. */
function filledPadding(file: OpenFile, ends: readonly number[], alignment: number): number | null {
  for (const at of ends.slice(0, paddingsAtMost)) {
    const length = Math.min((alignment - (at % alignment)) % alignment, file.bytes - at);
    if (length > 0 && file.read(at, length).some((byte) => byte !== 0)) return at;
  }
  return null;
}

/** A part of a model in several files says which it is, and is called so (llama.cpp, "llama_split_path"). */
function partDefect(name: string, numbers: ReadonlyMap<string, number>): { code: string; detail: string } | null {
  const count = numbers.get('split.count') ?? 0;
  if (count < 2) return null;
  const number = (numbers.get('split.no') ?? 0) + 1;
  const [, called, of] = /-([0-9]{5})-of-([0-9]{5})\.gguf$/i.exec(name) ?? [];
  if (called === undefined)
    return {
      code: 'shard-missing',
      detail: `This is part ${number} of a model in ${count} parts, and by its name the others cannot be found.`,
    };
  if (Number(called) === number && Number(of) === count) return null;
  return { code: 'shard-name', detail: `This is part ${number} of ${count} by its header, and ${name} by its name.` };
}

/** GGUF 2 and 3 (ggml, docs/gguf.md): key values, tensor table, data at the alignment the file names. */
export const gguf: Format = {
  id: 'gguf',
  title: 'Model (GGUF)',
  sieve: { endings: ['gguf'], first: 'G' },
  recognise: ({ name, latin1 }) => /\.gguf$/i.test(name) || latin1.startsWith('GGUF'),
  read(file, facts) {
    const defects: Defect[] = [];
    const properties: { name: string; value: string }[] = [];
    const cursor = new Cursor(file);
    const defect = (code: string, detail: string) =>
      defects.push({ code, detail, place: { path: file.path, offset: cursor.at } });
    try {
      if (cursor.take(4).toString('latin1') !== 'GGUF') throw new Short('The file does not begin with GGUF.');
      let version = cursor.u32();
      if (version === 0x03000000) {
        cursor.isBig = true;
        version = 3;
      }
      if (version !== 2 && version !== 3) throw new Short(`Version ${version} is not read; 2 and 3 are.`);
      const tensorCount = cursor.u64();
      const keyCount = cursor.u64();
      if (cursor.isBig) properties.push({ name: 'Byte order', value: 'highest byte first' });
      properties.push({ name: 'Version', value: String(version) }, { name: 'Tensors', value: String(tensorCount) });
      const keys = new Set<string>();
      const numbers = new Map<string, number>();
      let alignment = 32;
      for (let i = 0; i < keyCount; i++) {
        const key = cursor.name(65_535);
        if (keys.has(key)) defect('gguf-header-invalid', `The key ${key} stands twice.`);
        keys.add(key);
        const type = cursor.u32();
        const text = value(cursor, type, isTemplate(key) ? 1_048_576 : 1_000);
        if (key === 'general.alignment') {
          if (type !== 4) throw new Short(`The alignment is of the type ${type}; it must be 4, a number of 32 bits.`);
          alignment = Number(text);
        }
        if (key.startsWith('split.') && /^[0-9]+$/.test(text)) numbers.set(key, Number(text));
        if (
          ((type === 8 || (type === 9 && !key.startsWith('tokenizer.'))) &&
            (hidesInText(text) || text.includes('\ufffd'))) ||
          hidesInName(key)
        )
          defect('text-hidden', `The value of ${visible(key)} holds characters that cannot be seen.`);
        if (isMachinery(key)) defect('text-machinery', `The name ${key} reaches into the machinery of some programs.`);
        if (isTemplate(key) && reaches.test(text))
          defect('text-active', 'The chat template reaches into the machinery of the program that fills it in.');
        if (properties.length < 200) properties.push({ name: key, value: text.slice(0, 1_000) });
        if (i % 1_000 === 0) facts.checkpoint();
      }
      if (!(alignment >= 8 && alignment % 8 === 0 && alignment <= 65_536))
        throw new Short(`An alignment of ${alignment} is not valid.`);
      // The format asks for a multiple of 8; ggml reads powers of two alone (gguf.cpp, "gguf_init_from_file").
      if (!Number.isInteger(Math.log2(alignment)))
        defect(
          'tensor-header-loose',
          `An alignment of ${alignment} is none that every program reads: it is no power of 2.`,
        );
      if (cursor.hasNested)
        defect('tensor-header-loose', 'A value is an array of arrays, which the format allows and few programs read.');
      const part = partDefect(file.name, numbers);
      if (part !== null) defect(part.code, part.detail);
      const names = new Set<string>();
      const spans: [start: number, end: number, name: string][] = [];
      let end = 0;
      for (let i = 0; i < tensorCount; i++) {
        const name = cursor.name(65_535);
        if (Buffer.byteLength(name) > 64)
          defect('gguf-header-invalid', `The tensor ${name.slice(0, 64)}… has a name longer than 64 bytes.`);
        if (names.has(name)) defect('gguf-header-invalid', `The tensor ${name} stands twice.`);
        names.add(name);
        if (hidesInName(name))
          defect('text-hidden', `The name of the tensor ${visible(name)} holds characters that cannot be seen.`);
        const dimensions = cursor.u32();
        // GGML_MAX_DIMS.
        if (dimensions > 4) throw new Short(`The tensor ${name} has ${dimensions} dimensions.`);
        const shape = Array.from({ length: dimensions }, () => cursor.u64());
        const type = cursor.u32();
        const offset = cursor.u64();
        if (offset % alignment !== 0)
          defect('gguf-header-invalid', `The tensor ${name} does not begin at a multiple of ${alignment}.`);
        const block = blocks[type];
        if (block === undefined)
          defect('gguf-header-invalid', `The tensor ${name} is of the type ${type}, which is not known.`);
        else if ((shape[0] ?? 1) % block[0] !== 0)
          defect(
            'gguf-header-invalid',
            `The tensor ${name} has rows of ${shape[0] ?? 1} values, and its type packs them by ${block[0]}.`,
          );
        const elements = shape.reduce((product, next) => product * BigInt(next), 1n);
        const size = block ? (elements / BigInt(block[0])) * BigInt(block[1]) : 0n;
        const last = BigInt(offset) + size;
        if (last > BigInt(file.bytes))
          defect('tensor-data-short', `The tensor ${name} would end at ${last} of ${file.bytes} bytes.`);
        else {
          end = Math.max(end, Number(last));
          if (block && spans.length < 1_000_000) spans.push([offset, Number(last), name]);
        }
        if (properties.length < 700) properties.push({ name, value: `type ${type} [${shape.join(', ')}]` });
        if (i % 1_000 === 0) facts.checkpoint();
      }
      spans.sort((a, b) => a[0] - b[0]);
      spans.forEach(([start, , name], index) => {
        const [, before = 0, other = ''] = spans[index - 1] ?? [];
        // Each tensor begins where the one before ends, padded (ggml, gguf.cpp, "gguf_init_from_file").
        if (start < before) defect('tensor-layout-invalid', `The tensor ${name} begins inside ${other}.`);
        else if (spans.length === tensorCount && start !== Math.ceil(before / alignment) * alignment)
          defect('tensor-layout-invalid', `Bytes that no tensor explains stand before the tensor ${name}.`);
      });
      const data = Math.ceil(cursor.at / alignment) * alignment;
      const filled = filledPadding(file, [cursor.at, ...spans.map(([, last]) => data + last)], alignment);
      if (filled !== null && tensorCount === 0)
        defect(
          'gguf-header-invalid',
          `Bytes follow the header at ${filled}, which holds no tensor that they could be of.`,
        );
      else if (filled !== null)
        defect('tensor-padding', `Bytes that are not zero stand in the padding at ${filled}: no tensor explains them.`);
      if (tensorCount > 0 && data + end > file.bytes)
        defect('tensor-data-short', `The tensors need ${data + end} bytes; ${file.bytes} are here.`);
      const padded = data + Math.ceil(end / alignment) * alignment;
      if (file.bytes > padded)
        defect(
          'tensor-trailing-bytes',
          `The header does not account for all bytes of the file: ${file.bytes - padded} follow ${tensorCount > 0 ? 'the last tensor' : 'it, and there are no tensors'}.`,
        );
    } catch (error) {
      if (!(error instanceof Short)) throw error;
      defect('gguf-header-invalid', error.message);
    }
    facts.add({
      kind: 'document',
      format: 'gguf',
      title: 'Model (GGUF)',
      place: { path: file.path },
      properties,
      defects: defects.slice(0, 100),
    });
    facts.add(modelThing(file, 'GGUF'));
  },
};
