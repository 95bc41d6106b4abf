import { Stop } from './pickle-bytes.ts';
import type { Made, Value } from './pickle-values.ts';

/** What stands behind a wrapper of joblib: a stream of its own, or so many bytes, which padding may stand before. */
export type Behind = { isStream: true } | { isStream: false; bytes: number; isPadded: boolean };

/** Bytes of an item of the types of numpy that are told by a letter and digits; of texts the digits count characters. */
const widths: Record<string, readonly number[]> = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8, 12, 16],
  c: [8, 16, 24, 32],
  m: [8],
  M: [8],
  O: [8],
};
const hasObjects = 1;

/**
 * A type as a loader would have it: the name that it is made of, and the state that it is then given, whose size counts
 * for texts, bytes and structures, and whose flags count for all (numpy, "arraydescr_setstate"). Null where it is none
 * that is known.
 */
function itemOf(dtype: Value | undefined): { width: number; isObject: boolean } | null {
  if (dtype?.t !== 'made' || `${dtype.by.module}.${dtype.by.name}` !== 'numpy.dtype' || dtype.isRebuilt) return null;
  const [code] = dtype.args.t === 'tuple' ? dtype.args.v : [];
  const [, letter = '', digits = ''] =
    code?.t === 'text' ? (/^[|<>=]?([biufcmMOSUV])([0-9]{0,9})$/.exec(code.v) ?? []) : [];
  const isSized = /^[SUV]$/.test(letter);
  if (letter === '' || !(isSized || letter === 'O' || widths[letter]?.includes(Number(digits)))) return null;
  const width = letter === 'O' ? 8 : Number(digits) * (letter === 'U' ? 4 : 1);
  const { state } = dtype;
  if (state === undefined) return { width, isObject: letter === 'O' };
  const parts = state.t === 'tuple' && (state.v.length === 8 || state.v.length === 9) ? state.v : [];
  const [size, flags] = [parts[5], parts[7]];
  if (size?.t !== 'int' || flags?.t !== 'int' || (isSized && size.v < 0)) return null;
  return { width: isSized ? size.v : width, isObject: (flags.v & hasObjects) !== 0 };
}

/**
 * What joblib reads behind its wrapper (joblib/numpy_pickle.py, "NumpyArrayWrapper.read_array"): where the type holds
 * objects, alone or in a field, a stream; else the bytes of all items.
 * @throws Stop where the type or the shape is none that is known
 */
export function behindWrapper({ state, args, isNew, isRebuilt }: Made, at: number): Behind {
  const unknown = new Stop('An array of joblib has no plain shape or type.', at);
  const isPlain = isNew === true && !isRebuilt && (args.t !== 'tuple' || args.v.length === 0);
  if (state?.t !== 'dict' || !isPlain) throw unknown;
  const [item, shape] = [itemOf(state.v.get('dtype')), state.v.get('shape')];
  if (item === null || shape?.t !== 'tuple') throw unknown;
  if (item.isObject) return { isStream: true };
  let bytes = BigInt(item.width);
  for (const size of shape.v) {
    if (size.t !== 'int') throw unknown;
    bytes *= BigInt(size.v);
    if (size.v < 0 || bytes > Number.MAX_SAFE_INTEGER)
      throw new Stop('An array of joblib has a size that no array has.', at, { isRefused: true });
  }
  const padded = state.v.get('numpy_array_alignment_bytes') ?? { t: 'none' };
  if (padded.t === 'made') throw unknown;
  return { isStream: false, bytes: Number(bytes), isPadded: padded.t !== 'none' };
}
