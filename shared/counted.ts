/** A number with its noun, such as `1 file` or `2,000 entries`. @param many the plural, where it is not the noun and an s */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
