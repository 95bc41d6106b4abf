import type { Defect } from '../../../shared/fact.ts';
import { type ContentManifest, ManifestError, readManifest } from '../../integrity/c2pa.ts';
import { hasher } from '../../integrity/digest.ts';
import { jwsAlgorithm } from '../../integrity/jws.ts';
import { addUnreadable } from './dsse.ts';
import type { FactSink, Format, OpenFile } from './format.ts';

const largestStore = 16 * 2 ** 20;
const mostChunks = 100_000;
const partBytes = 1_048_576;
const title = 'Content credentials (C2PA)';
const png = Buffer.from('89504e470d0a1a0a', 'hex');
const isPng = (head: Uint8Array) => head[0] === 0x89 && Buffer.compare(Buffer.from(head.subarray(0, 8)), png) === 0;

/** A store of manifests, and the range of the file in which it stands. */
interface Found {
  store: Uint8Array;
  start: number;
  end: number;
}

/** The chunk `caBX` of a PNG (C2PA specification 2.1, A.3.2). @throws ManifestError where there are two */
function storeInPng(file: OpenFile): Found | null {
  let found: Found | null = null;
  let at = png.length;
  for (let count = 0; at + 12 <= file.bytes && count < mostChunks; count += 1) {
    const head = Buffer.from(file.read(at, 8));
    const length = head.readUInt32BE(0);
    if (head.toString('latin1', 4) === 'caBX') {
      if (found !== null) throw new ManifestError('The image carries two stores of manifests.');
      if (length > largestStore || at + 12 + length > file.bytes)
        throw new ManifestError('Its manifests are cut, or larger than is read.');
      found = { store: file.read(at + 8, length), start: at, end: at + 12 + length };
    }
    at += 12 + length;
  }
  return found;
}

const isJpeg = (head: Uint8Array) => head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff;
const mostSegments = 10_000;

/**
 * Segments APP11 of a JPEG that hold one box of JUMBF in pieces (ISO/IEC 19566-5, D.2; C2PA specification 2.1, A.3.1):
 * each repeats the header of the box, and only the first one counts. @throws ManifestError where they are not in order
 */
function storeInJpeg(file: OpenFile): Found | null {
  const pieces: Uint8Array[] = [];
  let [start, end, box, size] = [0, 0, -1, 0];
  let at = 2;
  for (let count = 0; at + 4 <= file.bytes && count < mostSegments; count += 1) {
    const head = Buffer.from(file.read(at, 20));
    const length = head.length < 4 ? 0 : head.readUInt16BE(2);
    // At the scan the picture itself begins.
    if (head[0] !== 0xff || head[1] === 0xda || length < 2) break;
    const next = at + 2 + length;
    if (
      head[1] === 0xeb &&
      length >= 18 &&
      head.toString('latin1', 4, 6) === 'JP' &&
      head.toString('latin1', 16, 20) === 'jumb'
    ) {
      const [number, sequence] = [head.readUInt16BE(6), head.readUInt32BE(8)];
      if (box >= 0 && (number !== box || sequence !== pieces.length + 1 || at !== end))
        throw new ManifestError('The image carries its manifests in pieces that do not belong together.');
      if (box < 0) start = at;
      box = number;
      const skipped = pieces.length === 0 ? 12 : 20;
      const piece = file.read(at + skipped, next - at - skipped);
      size += piece.length;
      if (size > largestStore || next > file.bytes)
        throw new ManifestError('Its manifests are cut, or larger than is read.');
      pieces.push(piece);
      end = next;
    }
    at = next;
  }
  return box < 0 ? null : { store: Buffer.concat(pieces), start, end };
}

/** Images that carry C2PA manifests: what they claim, whether the bytes are those that were bound, and who signed it. */
export const contentCredentials: Format = {
  id: 'image',
  title: 'Image',
  sieve: { endings: [] },
  recognise: ({ head }) => isPng(head) || isJpeg(head),
  read(file, facts) {
    const place = { path: file.path };
    try {
      const found = isPng(file.head) ? storeInPng(file) : storeInJpeg(file);
      if (found === null) {
        const properties = [{ name: 'Content credentials', value: 'none' }];
        facts.add({
          kind: 'document',
          format: 'image',
          title: `Image (${isPng(file.head) ? 'PNG' : 'JPEG'})`,
          place,
          properties,
          defects: [],
        });
        return;
      }
      addManifest(file, facts, readManifest(found.store), found);
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      addUnreadable(file, facts, 'content-credentials', title, error.message);
    }
  },
};

function addManifest(file: OpenFile, facts: FactSink, manifest: ContentManifest, { start, end }: Found): void {
  const place = { path: file.path };
  const defects: Defect[] = manifest.assertions.flatMap(({ label, holds }) =>
    holds
      ? []
      : [
          {
            code: 'content-assertion',
            detail: `The assertion ${label.slice(0, 100)} is not the one that the claim was signed with.`,
            place,
          },
        ],
  );
  const { binding } = manifest;
  if (binding === null)
    defects.push({
      code: 'content-not-bound',
      detail: `The manifest binds the image ${manifest.unread.length === 0 ? 'in no way' : `in ways that are not judged here: ${manifest.unread.slice(0, 5).join(', ')}`}.`,
      place,
    });
  else {
    const actual = boundDigest(file, binding, facts);
    if (actual !== binding.hash)
      defects.push({
        code: 'content-binding',
        detail: 'The image is not the one that the manifest was made for: its bytes have another digest.',
        place,
        expected: `${binding.algorithm}:${binding.hash}`,
        actual: `${binding.algorithm}:${actual}`,
      });
    if (binding.exclusions.some((each) => each.start < start || each.start + each.length > end))
      defects.push({
        code: 'content-left-out',
        detail:
          'The binding leaves out more of the image than the manifest itself: what stands there is bound by nothing.',
        place,
      });
  }
  facts.add({
    kind: 'document',
    format: 'content-credentials',
    title,
    place,
    properties: [
      { name: 'Made by', value: manifest.generator.slice(0, 200) },
      { name: 'Manifest', value: manifest.label.slice(0, 200) },
      ...manifest.assertions.slice(0, 20).map(({ label }) => ({ name: 'Assertion', value: label.slice(0, 200) })),
      { name: 'Not judged', value: 'what the assertions say, ingredients, and the time in the signature' },
    ],
    defects,
  });
  const digest = jwsAlgorithm(manifest.algorithm)?.digest ?? null;
  facts.add({
    kind: 'signature',
    id: `${file.path}#c2pa`,
    scheme: 'c2pa',
    use: 'document',
    title: 'Signature of the content credentials',
    place,
    signed: manifest.signed.toString('base64'),
    signatures: [
      {
        keyId: null,
        name: null,
        value: manifest.signature.toString('base64'),
        certificates: manifest.certificates.map((der) => der.toString('base64')),
        algorithm: manifest.algorithm,
        ...(digest === null ? {} : { digest }),
      },
    ],
    predicateType: null,
  });
}

/** Digest of the file but for the ranges that the binding leaves out, in their order. */
function boundDigest(
  file: OpenFile,
  { algorithm, exclusions }: NonNullable<ContentManifest['binding']>,
  facts: FactSink,
): string {
  const state = hasher(algorithm);
  let at = 0;
  const upTo = (stop: number) => {
    for (; at < stop; at += partBytes) {
      facts.checkpoint();
      state.update(file.read(at, Math.min(partBytes, stop - at)));
    }
  };
  for (const { start, length } of [...exclusions].sort((a, b) => a.start - b.start)) {
    if (start < at && start + length < at) continue;
    upTo(Math.min(start, file.bytes));
    at = Math.max(start + length, 0);
  }
  upTo(file.bytes);
  return state.hex();
}
