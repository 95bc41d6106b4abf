import type { Format } from './format.ts';

/** Every reader, most particular first: the first that recognises a file reads it. One line each. */
export const formats: Format[] = [];
