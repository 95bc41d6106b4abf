import { folderOf } from '../shape.ts';
import type { OpenFile } from './format.ts';

const signature =
  /\.(asc|sig|sign|minisig|signify|p7s|p7m|jws|jwt|tsr|tst|tsq|ots|tlog-proof|vkey|pem|pub|gpg|pgp|sigstore|bundle)$|^(README|LICENSE|namespace)/i;

/**
 * The file that a detached signature is over: the one whose name it bears, else the only other file in its folder that
 * is no signature itself. Null where neither is there. Text arithmetic alone.
 */
export function coveredFile(file: OpenFile): string | null {
  const bare = file.path.replace(/\.([A-Za-z0-9]+|tlog-proof)$/, '');
  if (bare !== file.path && file.has(bare)) return bare;
  const others = file
    .list(folderOf(file.path))
    .filter((path) => path !== file.path && !signature.test(path.slice(path.lastIndexOf('/') + 1)));
  const [only, ...more] = others;
  return only !== undefined && more.length === 0 ? only : null;
}
