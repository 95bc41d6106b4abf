import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import type { Format } from './format.ts';

/**
 * Characters that turn the direction of a text or hide in it: it may be read otherwise than it is stored (Trojan
 * Source). Joiners are part of many scripts and of emoji, and are none of Latin words.
 */
const turning =
  /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|[A-Za-z][\u200c\u200d]|[\u200c\u200d][A-Za-z]/;
const most = 20;

/** Texts that no other reader knows: what in them cannot be seen. */
export const plainText: Format = {
  id: 'text',
  title: 'Text',
  sieve: { endings: ['md', 'markdown', 'txt', 'csv', 'rst'] },
  recognise: ({ name, bytes }) => bytes <= limits.keptBytes && /\.(md|markdown|txt|csv|rst)$/i.test(name),
  read(file, facts) {
    const bytes = file.whole(limits.keptBytes);
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    // As many characters as bytes: every byte is one, and none of these is.
    if (whole.length === bytes.length) return;
    const text = whole.replace(/^\uFEFF/, '');
    if (!turning.test(text)) return;
    const defects: Defect[] = [];
    text.split('\n').forEach((line, index) => {
      if (defects.length < most && turning.test(line))
        defects.push({
          code: 'text-hidden',
          detail: `Line ${index + 1} holds characters that cannot be seen and change how it is read.`,
          place: { path: file.path, line: index + 1 },
        });
    });
    facts.add({ kind: 'document', format: 'text', title: 'Text', place: { path: file.path }, properties: [], defects });
  },
};
