/** What a command may touch of the process around it. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Progress is shown on standard error only when that is a terminal. */
  isErrTerminal: boolean;
  hasColour: boolean;
  /** Where the person stands (INIT_CWD under npm): relative paths are taken from here. */
  cwd: string;
  env: Record<string, string | undefined>;
  /** Aborted by Ctrl+C. */
  signal: AbortSignal;
}

/** Exit statuses (command-line.md). A bug (70) is whatever a command throws that is not a Failure or a Usage. */
export const exit = { passed: 0, failed: 1, undecided: 2, refused: 3, usage: 64, bug: 70 } as const;

/** The command was wrong: usage goes to standard error, status 64. */
export class Usage extends Error {}

export interface Command {
  /** As typed, such as `verify` or `keys new`. */
  name: string;
  usage: string;
  /** What it does, in a sentence or two. */
  does: string;
  /** What it takes, each with what that is. */
  more: readonly (readonly [name: string, what: string])[];
  /** Returns the exit status. Throws Failure (status 3), Usage (64). */
  run(args: string[], io: Io): Promise<number>;
}
