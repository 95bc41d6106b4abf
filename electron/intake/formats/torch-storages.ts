/** Raw bytes beside a pickle of torch, as it refers to them: `('storage', class, key, place, elements)`. */
export interface Storage {
  key: string;
  /** Name of the class, without its module. */
  type: string;
  elements: number | null;
}

/** Bytes of an element by the class of a storage (torch/storage.py, "_dtype_to_storage_type_map"). */
const widths: Record<string, number> = {
  DoubleStorage: 8,
  FloatStorage: 4,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
  IntStorage: 4,
  ShortStorage: 2,
  CharStorage: 1,
  ByteStorage: 1,
  BoolStorage: 1,
  UntypedStorage: 1,
  ComplexDoubleStorage: 16,
  ComplexFloatStorage: 8,
  QUInt8Storage: 1,
  QInt8Storage: 1,
  QInt32Storage: 4,
};
/** Bytes of an element of a storage; null where its kind is not known. */
export const widthOf = ({ type }: Storage): number | null => widths[type] ?? null;
const bytesOf = ({ type, elements }: Storage): number | null => {
  const width = widths[type];
  return width === undefined || elements === null ? null : width * elements;
};

/**
 * What storages that a pickle of a torch archive refers to are not as it says (torch/serialization.py, "_save": one
 * record for each, beside the pickle in a folder of its name). @param sizeOf bytes of a member; undefined where none is
 * @returns that, and the members that are referred to
 */
export function storagesApart(
  pickle: string,
  storages: readonly Storage[],
  sizeOf: (member: string) => number | undefined,
): { apart: { code: 'tensor-data-short' | 'pickle-trailing-bytes'; detail: string }[]; members: string[] } {
  const [, folder, stem] = /^(.*\/)?(data|constants)\.pkl$/.exec(pickle) ?? [];
  if (stem === undefined) return { apart: [], members: [] };
  const members = storages.map(({ key }) => `${folder ?? ''}${stem}/${key}`);
  const apart = storages.flatMap((storage, index) => {
    const member = members[index] ?? '';
    const size = sizeOf(member);
    const needed = bytesOf(storage);
    const what = `The storage ${member.slice(0, 200)}`;
    if (size === undefined)
      return { code: 'tensor-data-short' as const, detail: `${what}, which ${pickle} refers to, is not in the file.` };
    if (needed === null || needed === size) return [];
    const detail = `${what} has ${size} bytes, and ${pickle} gives it ${storage.elements} values of ${storage.type}, ${needed} bytes.`;
    return { code: size < needed ? ('tensor-data-short' as const) : ('pickle-trailing-bytes' as const), detail };
  });
  return { apart, members };
}

/**
 * Raw storages behind the pickles of torch before 1.6: of each a count of 64 bits and its bytes
 * (torch/serialization.py, "_legacy_save"). @param count the number of 64 bits at an offset of what follows
 * @returns bytes that they take, and what is wrong; null where the kind of one is not known
 */
export function storagesBehind(
  storages: readonly Storage[],
  bytes: number,
  count: (offset: number) => number,
): { used: number; why: string | null } | null {
  const left = storages.map((storage) => ({ elements: storage.elements ?? 0, size: bytesOf(storage) }));
  if (left.some(({ size }) => size === null)) return null;
  const used = left.reduce((sum, { size }) => sum + 8 + (size ?? 0), 0);
  if (used > bytes) return { used: bytes, why: `The storages need ${used} bytes, and ${bytes} follow the pickles.` };
  for (let at = 0; left.length > 0; ) {
    const elements = count(at);
    const fitting = left.filter((each) => each.elements === elements);
    const [one] = fitting;
    if (one === undefined)
      return { used, why: `A storage is said to have ${elements} values where it lies, and otherwise by the pickle.` };
    // Which of several it is, of as many values and another width, only their names would tell.
    if (fitting.some(({ size }) => size !== one.size)) break;
    left.splice(left.indexOf(one), 1);
    at += 8 + (one.size ?? 0);
  }
  return { used, why: null };
}
