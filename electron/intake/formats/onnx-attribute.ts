/** Fields of AttributeProto that hold a value, and the AttributeType that each is of (onnx.proto, AttributeProto). */
const fields: Record<number, { type: number; isList: boolean }> = {
  2: { type: 1, isList: false },
  3: { type: 2, isList: false },
  4: { type: 3, isList: false },
  5: { type: 4, isList: false },
  6: { type: 5, isList: false },
  7: { type: 6, isList: true },
  8: { type: 7, isList: true },
  9: { type: 8, isList: true },
  10: { type: 9, isList: true },
  11: { type: 10, isList: true },
  14: { type: 13, isList: false },
  15: { type: 14, isList: true },
  22: { type: 11, isList: false },
  23: { type: 12, isList: true },
};
const names = [
  'UNDEFINED',
  'FLOAT',
  'INT',
  'STRING',
  'TENSOR',
  'GRAPH',
  'FLOATS',
  'INTS',
  'STRINGS',
  'TENSORS',
  'GRAPHS',
  'SPARSE_TENSOR',
  'SPARSE_TENSORS',
  'TYPE_PROTO',
  'TYPE_PROTOS',
] as const;
/** Types whose value is a message: without its field there is none. A number or a text may be left out as 0 or empty. */
const messages: ReadonlySet<number> = new Set([4, 5, 11, 13]);

/** What one attribute of a node holds, as far as its form goes. */
export interface AttributeParts {
  name: string;
  /** Null where it names no type. */
  type: bigint | null;
  /** How often each of its fields stands, by number. */
  held: ReadonlyMap<number, number>;
  /** Whether it stands for an attribute of the function around it (`ref_attr_name`). */
  isReference: boolean;
}

/**
 * What is wrong with an attribute: it holds one value, of the type that it names (onnx/checker.cc, "check_attribute").
 * Null where nothing is. A type that is not named is judged by whoever knows the version of the model.
 */
export function attributeFault({ name, type, held, isReference }: AttributeParts): string | null {
  const shown = `The attribute ${name.slice(0, 100)}`;
  if (name === '') return 'An attribute has no name.';
  if (type !== null && names[Number(type)] === undefined)
    return `${shown} is of the type ${type}, which ONNX does not know.`;
  const values = [...held].flatMap(([number, count]) => {
    const field = fields[number];
    return field === undefined ? [] : [{ ...field, count }];
  });
  const [value] = values;
  if (values.length > 1) return `${shown} holds values of ${values.length} kinds: programs take the one or the other.`;
  if (value !== undefined && !value.isList && value.count > 1)
    return `${shown} holds its value twice: programs take one of them, or both together.`;
  if (value !== undefined && isReference)
    return `${shown} holds a value, and stands for an attribute of the function around it too.`;
  if (value !== undefined && type !== null && Number(type) !== value.type)
    return `${shown} says that it is of the type ${names[Number(type)]}, and holds a value of the type ${names[value.type]}.`;
  if (value === undefined && !isReference && messages.has(Number(type ?? 0)))
    return `${shown} says that it is of the type ${names[Number(type)]}, and holds no value.`;
  return null;
}
