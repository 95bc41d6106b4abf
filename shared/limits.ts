/** What hostile evidence may cost at most (reliability.md, I-03). Shown in Settings; each is named when it refuses. */
const builtIn = {
  entries: 250_000,
  folderEntries: 5_000_000,
  totalBytes: 64 * 2 ** 30,
  entryBytes: 16 * 2 ** 30,
  ratio: 200,
  ratioFromBytes: 100_000_000,
  pathBytes: 4_096,
  nameBytes: 255,
  depth: 128,
  nestedArchives: 0,
  jsonDepth: 256,
  jsonBytes: 64 * 2 ** 20,
  /** Each takes some 150 bytes of memory however short it is; the largest tokenizers hold two million. */
  jsonValues: 2_500_000,
  lineBytes: 16 * 2 ** 20,
  yamlDepth: 64,
  yamlAliases: 100,
  yamlBytes: 10 * 2 ** 20,
  pickleOpcodes: 10_000_000,
  tensorHeaderBytes: 100_000_000,
  certificateBytes: 65_536,
  certificateChain: 8,
  /** A reader that asks for nothing for so long is ended, and its file is listed as unread. */
  readerSeconds: 120,
  readerMemoryMiB: 4_096,
  /** Documents up to this size are kept in the store, so that a case can be read without its medium. */
  keptBytes: 4 * 2 ** 20,
  /** Of files that no reader draws facts from, so much of a source is kept in all. */
  keptUnknownBytes: 16 * 2 ** 20,
};

/** The limits that hold in this thread. */
export const limits: Readonly<Record<keyof typeof builtIn, number>> = builtIn;

/** Lowers limits for this thread, once, before anything is read; none is ever raised. */
export function lowerLimits(given: Partial<Record<keyof typeof builtIn, number | undefined>>): void {
  for (const [name, value] of Object.entries(given) as [keyof typeof builtIn, number | undefined][])
    if (value !== undefined) builtIn[name] = Math.min(builtIn[name], value);
}
