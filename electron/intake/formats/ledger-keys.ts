import { KeyError, readBareKey, readPublicKey } from '../../integrity/public-key.ts';
import { folderOf } from '../shape.ts';
import type { OpenFile } from './format.ts';

const keysAtMost = 50;

/** Public keys in files beside a ledger, by name of the file, PEM. */
export function keysBeside(file: OpenFile): { name: string; material: string; from: string }[] {
  return file
    .list(folderOf(file.path))
    .filter((path) => /\.(pub|pem|key|vk|txt)$|public[^/]*$/i.test(path))
    .slice(0, keysAtMost)
    .flatMap((path) => {
      const bytes = file.peek(path, 8_192);
      if (bytes === null) return [];
      const text = Buffer.from(bytes).toString('utf8');
      try {
        const key = text.includes('-----BEGIN PUBLIC KEY-----') ? readPublicKey(text) : readBareKey(text);
        if (key === null) return [];
        const material = key.export({ format: 'pem', type: 'spki' }).toString();
        return [{ name: path.slice(path.lastIndexOf('/') + 1), material, from: path }];
      } catch (error) {
        if (error instanceof KeyError) return [];
        throw error;
      }
    });
}
