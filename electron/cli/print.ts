import type { Verdict } from '../../shared/verdict.ts';
import { visibleText as visible } from '../../shared/visible-text.ts';
import type { Io } from './command.ts';

const colours: Record<Verdict, string> = { pass: '32', warn: '33', fail: '31', policy: '35', undecided: '36' };
/** A verdict as a word, coloured where that helps and is wanted. */
export const paint = (verdict: Verdict, io: Io): string =>
  io.hasColour ? `\u001b[${colours[verdict]}m${verdict}\u001b[0m` : verdict;

/** A path that was mistyped would be a store of its own: who makes one is told. */
export const madeNow = (store: string): string => `The store ${visibleText(store)} was not there, and was made.\n`;

/** Evidence's own text on one line of a terminal: what could deceive the eye, or begin a line of its own, is an escape. */
export const visibleText = (text: string): string =>
  visible(text).replace(/[\t\n]/g, (char) => (char === '\n' ? '\\u000a' : '\\u0009'));
