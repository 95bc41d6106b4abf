import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** A zip of a folder, deflated, with the records of Zip64 where there are more than 65,535 entries (APPNOTE 4.3). */
export function makeZip(folder: string, place: string): void {
  const fd = openSync(place, 'w');
  const directory: Buffer[] = [];
  let at = 0;
  let count = 0;
  const put = (bytes: Buffer) => {
    writeSync(fd, bytes);
    at += bytes.length;
  };
  const walk = (below: string) => {
    for (const each of readdirSync(join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? each.name : `${below}/${each.name}`;
      if (each.isDirectory()) {
        walk(name);
        continue;
      }
      const bytes = readFileSync(join(folder, name));
      const packed = deflateRawSync(bytes, { level: 6 });
      const raw = Buffer.from(name);
      // Version, flags (UTF-8), method, time, date, CRC-32, sizes, length of name and of extra.
      const common = Buffer.alloc(26);
      common.writeUInt16LE(20, 0);
      common.writeUInt16LE(0x800, 2);
      common.writeUInt16LE(8, 4);
      common.writeUInt16LE((46 << 9) | (1 << 5) | 1, 8);
      common.writeUInt32LE(crc32(bytes), 10);
      common.writeUInt32LE(packed.length, 14);
      common.writeUInt32LE(bytes.length, 18);
      common.writeUInt16LE(raw.length, 22);
      const entry = Buffer.alloc(46);
      entry.writeUInt32LE(0x02014b50, 0);
      entry.writeUInt16LE(20, 4);
      common.copy(entry, 6);
      entry.writeUInt32LE(at, 42);
      directory.push(entry, raw);
      put(Buffer.concat([Buffer.from('PK\x03\x04'), common, raw, packed]));
      count += 1;
    }
  };
  walk('');
  const start = at;
  for (const part of directory) put(part);
  const size = at - start;
  if (count > 0xffff) {
    const end = Buffer.alloc(56);
    end.writeUInt32LE(0x06064b50, 0);
    end.writeBigUInt64LE(44n, 4);
    end.writeUInt16LE(45, 12);
    end.writeUInt16LE(45, 14);
    end.writeBigUInt64LE(BigInt(count), 24);
    end.writeBigUInt64LE(BigInt(count), 32);
    end.writeBigUInt64LE(BigInt(size), 40);
    end.writeBigUInt64LE(BigInt(start), 48);
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50, 0);
    locator.writeBigUInt64LE(BigInt(at), 8);
    locator.writeUInt32LE(1, 16);
    put(Buffer.concat([end, locator]));
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(start, 16);
  put(end);
  closeSync(fd);
}
