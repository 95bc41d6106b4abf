import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

export interface Asset {
  type: string;
  bytes: Buffer;
}

/** The window's own files, listed once: what is not in the list is not there, and no path is ever joined to a request. */
export function loadAssets(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  const add = (below: string) => {
    if (!existsSync(join(folder, below))) return;
    for (const each of readdirSync(join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? each.name : `${below}/${each.name}`;
      const type = types[extname(each.name)];
      if (each.isDirectory()) add(name);
      else if (each.isFile() && type !== undefined)
        assets.set(`/${name}`, { type, bytes: readFileSync(join(folder, name)) });
    }
  };
  add('');
  return assets;
}
