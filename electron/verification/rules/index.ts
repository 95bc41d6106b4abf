import type { Rule } from './rule.ts';

/** Every rule, in the order they run: signatures first, for others read their outcomes. One line each. */
export const rules: Rule[] = [];
