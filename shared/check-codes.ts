/**
 * The closed list of check codes: what each says, in the words of a list. A rule may emit these and no others
 * (electron/verification/rules/codes.test.ts holds every rule against it). One line each, by subject.
 */
export const checkCodes = {
  // content
  'digest-match': 'The bytes have the digest that was stated',
  'digest-mismatch': 'The bytes do not have the digest that was stated',
  'size-mismatch': 'The size is not the one that was stated',
  'file-missing': 'A listed file is not here',
  'file-extra': 'A file is here that the list does not name',
  'file-unread': 'A file could not be read',
  'nothing-checked': '0 items checked',
} as const satisfies Record<string, string>;
export type CheckCode = keyof typeof checkCodes;
