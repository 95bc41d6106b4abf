import { writeSync } from 'node:fs';
import { type Format, Unreadable } from '../../electron/intake/formats/format.ts';
import { formats } from '../../electron/intake/formats/index.ts';
import { rules } from '../../electron/verification/rules/index.ts';
import type { Rule } from '../../electron/verification/rules/rule.ts';
import { lowerLimits } from '../../shared/limits.ts';

/**
 * Loaded before a program (`node --import`), in each of its threads: readers and a rule that hang or take all memory,
 * by the ending of a file's name. What a bug of a reader would do, at will.
 */
lowerLimits({ readerSeconds: 1, readerMemoryMiB: 96 });

const forever = (): never => {
  for (let i = 0; ; i = (i + 1) % 7) if (i > 7) break;
  throw new Error('not reached');
};
const greedy: Format['read'] = (_, facts) => {
  const held: unknown[] = [];
  for (;;) {
    held.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));
    facts.checkpoint();
  }
};
const poison = (ending: string, act: Format['read']): Format => ({
  id: 'plain-text',
  title: `Poisoned ${ending}`,
  recognise: ({ name }) => name.endsWith(`.${ending}`),
  read: act,
});
const mild: Format = {
  ...poison('mild', forever),
  read() {
    throw new Unreadable('It is only mild.');
  },
};
(formats as Format[]).unshift(poison('hangs', forever), poison('eats', greedy), mild);

const spins: Rule = {
  id: 'listings',
  title: 'Spins',
  verify(evidence) {
    if (!evidence.files().some(({ path }) => path.endsWith('.spins'))) return;
    writeSync(2, 'spinning\n');
    forever();
  },
};
(rules as Rule[]).unshift(spins);
