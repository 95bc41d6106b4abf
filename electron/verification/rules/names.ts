import type { CheckCode } from '../../../shared/check-codes.ts';
import { visibleText } from '../../../shared/visible-text.ts';
import type { Rule } from './rule.ts';

const isAscii = /^[\x00-\x7f]*$/;

/**
 * What some file system makes of a name: compatibility forms, full case folding (ß is ss, ς is σ) and composition, so
 * that two names which anything in use takes for one have one fold.
 */
export const foldOf = (name: string): string =>
  isAscii.test(name)
    ? name.toLowerCase()
    : name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');

/** Letters of these scripts join by invisible characters; in any other such a character hides a difference. */
const joins =
  /(?:[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Mongolian}]|\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})$/u;

function hasInvisible(name: string): boolean {
  for (const { index, 0: char } of name.matchAll(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu)) {
    const before = name.slice(0, index);
    const isJoiner = char === '\u200c' || char === '\u200d' || /^[\ufe00-\ufe0f]$/.test(char);
    if (!(isJoiner && joins.test(before))) return true;
  }
  return false;
}

/** Greek and Cyrillic letters in one word with Latin ones: what reads as `report` need not be it (UTS 39, 5.1). */
function mixesScripts(name: string): boolean {
  return (name.match(/[\p{L}\p{M}]+/gu) ?? []).some(
    (word) => /\p{Script=Latin}/u.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word),
  );
}

/** Characters that look like a separator or a dot and are none. */
const standIns = /[\u2024-\u2026\u2044\u2215\u29f8\uff0e\uff0f\uff3c\ufe52\ufe68]/;

/** Names of devices: with any ending, these open the device on Windows (Win32, "Naming Files"). */
const device = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\.|$)/i;

/** Nothing that is looked for stands in a name of these characters, but for what it begins or ends with. */
const usual = /^[\w\-.+=@,#~()[\]{} !$&';^`]*$/;

/** What is wrong with one name, most deceptive first; null where nothing is. */
function whyOdd(name: string): { code: CheckCode; message: string } | null {
  if (usual.test(name) && !device.test(name) && !/[. ]$/.test(name)) return null;
  const deceives = (message: string) => ({ code: 'name-deceives', message }) as const;
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name))
    return deceives('This name holds control characters. They are shown as escapes everywhere.');
  if (/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/.test(name))
    return deceives('This name holds characters that turn the direction of text: it can read otherwise than it is.');
  if (hasInvisible(name)) return deceives('This name holds characters that cannot be seen.');
  if (standIns.test(name))
    return deceives('This name holds a character that looks like a dot or a separator and is none.');
  if (/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/.test(name))
    return deceives('This name holds a blank that is not the usual one.');
  if (mixesScripts(name))
    return deceives(
      'This name mixes Latin letters with Greek or Cyrillic ones in one word: it can be taken for another.',
    );
  if (/%(2e|2f|5c|00|0[ad])/i.test(name))
    return deceives('This name holds encoded dots or separators. It is taken as it is written and decoded nowhere.');
  const portable = (message: string) => ({ code: 'name-not-portable', message }) as const;
  if (device.test(name)) return portable('On Windows this name opens a device: the evidence cannot be laid out there.');
  // Names made from addresses hold a question mark; Windows refuses it outright and takes it for nothing else.
  if (/[<>:"|*\\]/.test(name))
    return portable('This name holds a character that Windows does not allow or reads as more than a name.');
  if (/[. ]$/.test(name) && !/^[. ]+$/.test(name))
    return portable('This name ends in a dot or a blank, which Windows drops: another file can take its place.');
  if (name.normalize('NFC') !== name)
    return portable('This name is composed otherwise than usual (not NFC): some systems store and list it as another.');
  return null;
}

/** Names that a file system or a person takes for one another, or that some system cannot hold. */
export const names: Rule = {
  id: 'names',
  title: 'Names are told apart',
  verify(evidence, checks) {
    // A name that folding changes: only such a one is taken for another.
    const folded = new Map<string, number[]>();
    const base = { rule: 'names', aspect: 'content', verdict: 'warn', expected: null, vouched: 'nobody' } as const;
    const said = new Set<string>();
    let folder = '';
    // A listed name that is here in another spelling is the listings' to say; once is enough.
    const listedOtherwise = new Set<string>();
    for (const { items } of evidence.facts('listing'))
      for (const { path } of items)
        if (path !== null && /[^\x00-\x7f]/.test(path) && evidence.file(path) === undefined)
          listedOtherwise.add(path.normalize('NFC'));
    for (const [place, { path }] of evidence.files().entries()) {
      const key = foldOf(path);
      if (key !== path) {
        const known = folded.get(key);
        if (known === undefined) folded.set(key, [place]);
        else known.push(place);
      }
      // A folder's name is looked at once, with the first file in it; files of one folder mostly follow each other.
      const name = path.lastIndexOf('/') + 1;
      const isBeside = name === folder.length && path.startsWith(folder);
      folder = isBeside ? folder : path.slice(0, name);
      for (
        let end = isBeside ? -1 : path.indexOf('/'), start = isBeside ? name : 0;
        ;
        start = end + 1, end = path.indexOf('/', start)
      ) {
        const prefix = end < 0 ? path : path.slice(0, end);
        if (end < 0 || !said.has(prefix)) {
          const odd = whyOdd(path.slice(start, end < 0 ? undefined : end));
          if (end >= 0) said.add(prefix);
          const isSaid = odd?.code === 'name-not-portable' && listedOtherwise.has(path.normalize('NFC'));
          if (odd !== null && !isSaid)
            checks.add({
              ...base,
              code: odd.code,
              subject: path,
              location: { path },
              actual: visibleText(path),
              message: odd.message,
            });
        }
        if (end < 0) break;
      }
    }
    for (const [key, places] of folded) {
      const plain = foldOf(key) === key ? evidence.place(key) : -1;
      const [first = -1, ...others] = [...places, ...(plain < 0 ? [] : [plain])].sort((a, b) => a - b);
      const twin = visibleText(evidence.files()[first]?.path ?? '');
      for (const place of others) {
        const path = evidence.files()[place]?.path ?? '';
        checks.add({
          ...base,
          code: 'names-collide',
          subject: path,
          location: { path },
          actual: twin,
          message: `Some systems take this name and ${twin} for one file: they differ only in case, or in how a letter is written or composed.`,
        });
      }
    }
  },
};
