import { runCommand } from '../../electron/cli/run-command.ts';

export interface Said {
  status: number;
  out: string;
  err: string;
}

/** Runs a command as the door does, standing in `cwd`. @param env where the store and its anchors are */
export async function runAssay(
  args: string[],
  io: { cwd: string; env: Record<string, string | undefined> },
): Promise<Said> {
  const said = { out: '', err: '' };
  const status = await runCommand(args, {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    isErrTerminal: false,
    hasColour: false,
    signal: new AbortController().signal,
    ...io,
  });
  return { status, ...said };
}
