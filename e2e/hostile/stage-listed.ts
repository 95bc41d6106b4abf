import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Question } from '../corpora/ask-cases.ts';
import { type Staged, stageVector } from './stage-vector.ts';

/** A file made to hurt, as its list describes it, without its label. */
export interface Listed {
  file: string;
  /** A head given from outside, for a ledger: its last hash. */
  head?: { size: number; head: string };
}

/** A vector by what the document holds, never by its name. */
function vectorIn(bytes: Uint8Array, place: string): Staged | null {
  try {
    return stageVector(JSON.parse(Buffer.from(bytes).toString('utf8')), place);
  } catch {
    return null;
  }
}

/** Lays a case out as a reviewer would hold it. @param folder of the family; @param place an empty folder of ours */
export function stageListed(folder: string, { file, head }: Listed, place: string): Question {
  const source = [join(folder, 'cases', file), join(folder, file)].find((each) => existsSync(each)) ?? file;
  let path = join(place, basename(source));
  cpSync(source, path, { recursive: true, verbatimSymlinks: true });
  if (head !== undefined && statSync(path).isFile()) {
    const together = join(place, 'evidence');
    mkdirSync(together);
    cpSync(path, join(together, basename(path)));
    writeFileSync(join(together, 'HEAD'), `${head.head}\n`);
    path = together;
  }
  const vector = statSync(source).isFile() && /\.json$/i.test(file) ? vectorIn(readFileSync(source), place) : null;
  return vector === null
    ? { path, trust: null, asOf: null }
    : { path: vector.path, trust: vector.trust, asOf: vector.asOf, policy: vector.policy };
}
