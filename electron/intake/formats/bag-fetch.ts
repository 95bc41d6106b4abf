/** A file that a bag leaves to be fetched (RFC 8493, 2.2.3). `bytes` is null where no length is given. */
export interface FetchLine {
  url: string;
  bytes: number | null;
  name: string;
  line: number;
}

/** Lines of `fetch.txt`; one that cannot be read has an empty name. */
export const fetchLines = (text: string, version: string): FetchLine[] =>
  text.split(/\r\n?|\n/).flatMap((row, index): FetchLine[] => {
    if (row === '') return [];
    const [, url = '', length = '', name = ''] = /^(\S+)\s+([0-9]{1,15}|-)\s+(.+)$/.exec(row) ?? [];
    return [{ url, bytes: length === '-' ? null : Number(length), name: bagName(name, version), line: index + 1 }];
  });

/** Names of a bag: CR, LF and, from 1.0, the percent sign are encoded, and nothing else (RFC 8493, 2.1.3). */
export const bagName = (name: string, version: string): string =>
  name.replace(/%(0[aA]|0[dD]|25)/g, (whole, code: string) =>
    code !== '25' ? (/a/i.test(code) ? '\n' : '\r') : Number(version) < 1 ? whole : '%',
  );
