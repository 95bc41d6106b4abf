import type { Verdict } from '../../shared/verdict.ts';
import type { Io } from './command.ts';

const colours: Record<Verdict, string> = { pass: '32', warn: '33', fail: '31', policy: '35', undecided: '36' };
/** A verdict as a word, coloured where that helps and is wanted. */
export const paint = (verdict: Verdict, io: Io): string =>
  io.hasColour ? `\u001b[${colours[verdict]}m${verdict}\u001b[0m` : verdict;

/** Evidence's own text on a terminal: controls and direction marks become visible escapes. */
export const visibleText = (text: string): string =>
  text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
