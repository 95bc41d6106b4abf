import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lexer, type Token, walkTokens } from 'marked';
import { expect, it } from 'vitest';

const docs = resolve(import.meta.dirname, '../resources/docs');
/** What `renderer/components/markdown.tsx` sets; anything else it shows as it is written. */
const set = new Set([
  ...['heading', 'paragraph', 'table', 'list', 'list_item', 'code', 'space'],
  ...['text', 'strong', 'em', 'codespan', 'br', 'link', 'escape'],
]);

it.each(readdirSync(docs).filter((name) => name.endsWith('.md')))('%s holds nothing that Help cannot set', (name) => {
  const kinds = new Set<string>();
  const note = (token: Token) => void kinds.add(token.type);
  walkTokens(lexer(readFileSync(join(docs, name), 'utf8')), note);
  expect([...kinds].filter((kind) => !set.has(kind))).toEqual([]);
});
