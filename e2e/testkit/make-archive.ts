import zlib from 'node:zlib';

export interface Entry {
  name: string;
  body?: string | Buffer;
  /** tar: type flag; zip: bits of the mode. */
  type?: string;
  mode?: number;
  /** A size that is told instead of the true one. */
  told?: number;
  /** tar: what fills the last block behind the body. */
  padding?: string;
  /** zip: bytes behind the end of what is packed, counted as packed. */
  behind?: Buffer;
  /** zip: a data descriptor, in place of sizes in the header before the body. */
  descriptor?: Buffer;
  /** zip: a header before a descriptor that has the size all the same. */
  knowsSize?: boolean;
  /** zip: the system of whoever made the entry; 3 is Unix. */
  madeBy?: number;
  /** zip: the volume it begins in. */
  disk?: number;
  /** zip: bytes behind all this, that nothing counts. */
  gap?: Buffer;
  /** zip: the extra field, in the header and in the directory. */
  extra?: Buffer;
  /** zip: bits of the flags that the header alone has. */
  headerFlags?: number;
}

/** A tar with what its headers say, right or wrong. @param end bytes of its end mark */
export function tar(entries: Entry[], end = 1_024): Buffer {
  const parts = entries.map(({ name, body = 'x', type = '0', mode = 0o644, told, padding = '' }) => {
    const bytes = Buffer.from(body);
    const block = Buffer.alloc(512);
    block.write(name, 0, 100, 'utf8');
    block.write(`${mode.toString(8).padStart(7, '0')}\0`, 100, 'latin1');
    block.write('0000000\u00000000000\0', 108, 'latin1');
    block.write(`${(told ?? bytes.length).toString(8).padStart(11, '0')}\u000000000000000\0`, 124, 'latin1');
    block.write(`        ${type}`, 148, 'latin1');
    if (type === '1' || type === '2') block.write('target', 157, 'latin1');
    block.write('ustar\u000000', 257, 'latin1');
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    const rest = Buffer.alloc((512 - (bytes.length % 512)) % 512);
    rest.write(padding);
    return Buffer.concat([block, bytes, rest]);
  });
  return Buffer.concat([...parts, Buffer.alloc(end)]);
}

/** A zip with what its directory says, right or wrong. */
export function zip(entries: Entry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const { name, body = 'x', mode = 0o100644, told, behind, descriptor, gap, extra, headerFlags = 0 } = entry;
    const bytes = Buffer.from(body);
    const packed = Buffer.concat([zlib.deflateRawSync(bytes), behind ?? Buffer.alloc(0)]);
    const same = Buffer.alloc(26);
    same.writeUInt16LE(20, 0);
    same.writeUInt16LE(0x0800 | (descriptor === undefined ? 0 : 8), 2);
    same.writeUInt16LE(8, 4);
    same.writeUInt16LE(0x5a21, 8);
    same.writeUInt32LE(zlib.crc32(bytes), 10);
    same.writeUInt32LE(packed.length, 14);
    same.writeUInt32LE(told ?? bytes.length, 18);
    same.writeUInt16LE(Buffer.byteLength(name), 22);
    same.writeUInt16LE(extra?.length ?? 0, 24);
    const header = Buffer.from(same);
    header.writeUInt16LE(header.readUInt16LE(2) ^ headerFlags, 2);
    if (descriptor !== undefined) header.fill(0, 10, entry.knowsSize === true ? 18 : 22);
    const named = Buffer.concat([Buffer.from(name), extra ?? Buffer.alloc(0)]);
    const local = Buffer.concat([
      Buffer.from('PK\u0003\u0004', 'latin1'),
      header,
      named,
      packed,
      descriptor ?? Buffer.alloc(0),
      gap ?? Buffer.alloc(0),
    ]);
    const rest = Buffer.alloc(14);
    rest.writeUInt16LE(entry.disk ?? 0, 2);
    rest.writeUInt32LE((mode * 0x10000) >>> 0, 6);
    rest.writeUInt32LE(at, 10);
    const mark = Buffer.from('PK\u0001\u0002\u0014\u0003', 'latin1');
    mark.writeUInt8(entry.madeBy ?? 3, 5);
    central.push(Buffer.concat([mark, same, rest, named]));
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\u0005\u0006', 'latin1'), end]);
}
