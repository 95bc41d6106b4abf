import type { Defect } from '../../../shared/fact.ts';
import type { Format, OpenFile } from './format.ts';

const blockBytes = 4 * 2 ** 20;
/** What an attribute says of a layer is short; so much of two blocks is looked at as one. */
const overlap = 256;
const lookedThrough = 2 ** 30;
const namedAtMost = 1_000_000;

/** Where the file ends by its own account (HDF5 File Format Specification 3.0, II.A); null where that cannot be told. */
function statedEnd(head: Uint8Array): bigint | null {
  const view = Buffer.from(head.buffer, head.byteOffset, head.length);
  const version = view[8];
  if (version === 0 || version === 1) {
    const at = version === 0 ? 40 : 44;
    return view[13] === 8 && view.length >= at + 8 ? view.readBigUInt64LE(at) : null;
  }
  return (version === 2 || version === 3) && view[9] === 8 && view.length >= 36 ? view.readBigUInt64LE(28) : null;
}

const unescaped = (text: string): string =>
  text.replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Where layers of a kind that holds code are named in the configuration that Keras keeps in an attribute. */
function lambdas(file: OpenFile, checkpoint: () => void): { found: number[]; isWhole: boolean } {
  const found: number[] = [];
  let named = 0;
  for (let from = 0; from < Math.min(file.bytes, lookedThrough) && found.length < 20; from += blockBytes) {
    const block = Buffer.from(file.read(from, blockBytes + overlap));
    checkpoint();
    for (let at = block.indexOf('class_name'); at >= 0 && at < blockBytes; at = block.indexOf('class_name', at + 1)) {
      const [, name = ''] =
        /^class_name"\s{0,8}:\s{0,8}"([^"]{1,100})"/.exec(block.toString('latin1', at, at + overlap)) ?? [];
      if (unescaped(name) === 'Lambda') found.push(from + at);
      if (++named > namedAtMost) return { found, isWhole: false };
    }
  }
  return { found, isWhole: file.bytes <= lookedThrough };
}

/** A file of HDF5, as Keras wrote its models before 3: whether it is whole, and whether it holds code that a loader runs. */
export const hdf5: Format = {
  id: 'hdf5',
  title: 'HDF5',
  recognise: ({ head }) => head[0] === 0x89 && head[1] === 0x48 && Buffer.from(head.subarray(0, 8)).equals(signature),
  read(file, facts) {
    const place = { path: file.path };
    const defects: Defect[] = [];
    const end = statedEnd(file.head);
    if (end !== null && end > BigInt(file.bytes))
      defects.push({
        code: 'document-cut',
        detail: `The file says that it has ${end} bytes, and ${file.bytes} are here.`,
        place,
      });
    const { found, isWhole } = lambdas(file, () => facts.checkpoint());
    for (const offset of found)
      defects.push({
        code: 'text-active',
        detail: 'A Lambda layer of Keras holds code that would run when the model is loaded.',
        place: { ...place, offset },
      });
    if (!isWhole)
      defects.push({
        code: 'read-in-part',
        detail: 'It is so large that code which a loader would run was looked for in a part of it alone.',
        place,
      });
    facts.add({ kind: 'document', format: 'hdf5', title: 'HDF5', place, properties: [], defects });
  },
};
const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
