/** Whether two signatures are by one person or by one key: neither counts twice. Names compare without case, marks and spaces. */
export function whySamePerson(
  first: { name: string; fingerprint: string },
  second: { name: string; fingerprint: string },
): string | null {
  if (first.fingerprint === second.fingerprint)
    return 'This key signed already. A second signature needs another person and another key.';
  if (plain(first.name) === plain(second.name))
    return `${first.name} signed already. A second signature needs another person and another key.`;
  return null;
}

const plain = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/[\p{M}\p{P}\p{Z}\p{C}]/gu, '')
    .toLowerCase();
