// Opcodes of pickles, as texts of one byte a character (CPython, Lib/pickletools.py).
export const latin1 = (opcodes: string): Buffer => Buffer.from(opcodes, 'latin1');
export const text = (value: string): string => `\x8c${String.fromCharCode(value.length)}${value}`;
/** A length in four bytes, and what is so long. */
export const long = (value: string): string => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(value.length);
  return size.toString('latin1') + value;
};
/** A whole number of four bytes, with its sign. */
export const int = (value: number): string => {
  const held = Buffer.alloc(4);
  held.writeInt32LE(value);
  return `J${held.toString('latin1')}`;
};
export const bytes = (value: string): string => `B${long(value)}`;
export const global = (module: string, name: string): string => `c${module}\n${name}\n`;
export const tuple = (...items: string[]): string => `(${items.join('')}t`;
export const call = (callee: string, ...args: string[]): string => `${callee}${tuple(...args)}R`;
export const dict = (...pairs: string[]): string => `}(${pairs.join('')}u`;
/** An object that is made empty, and given a state. */
export const made = (callee: string, state: string): string => `${callee})\x81${state}b`;
/** A type of numpy, and the state that it is given: version, order, part, names, fields, size, alignment, flags. */
export const type = (code: string, ...state: string[]): string =>
  `${call(global('numpy', 'dtype'), text(code), '\x89', '\x88')}${state.length === 0 ? '' : `${tuple(...state)}b`}`;
export const evil = `\x80\x04${call(global('os', 'system'), text('x'))}.`;
