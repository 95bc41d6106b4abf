import { dialog, type MessagePortMain, type UtilityProcess, utilityProcess } from 'electron';
import { hostFlags } from './host-flags.ts';
import type { FromHost, ToHost } from './host-messages.ts';

export interface HostProcess {
  /** Hands a window's port to the workstation. */
  connect(port: MessagePortMain): void;
  /** A token for a file that was staged here. */
  give(path: string): Promise<string>;
  /** Ends it: asked first, after five seconds forced. */
  close(): Promise<void>;
}
export interface HostProcessOptions {
  entry: string;
  args: string[];
  /** It could not open the store, in words for the person. */
  onRefused(text: string): void;
  /** It ended without having been asked to. */
  onLost(status: number): void;
}

const patience = 5_000;
const titles = {
  folder: 'Evidence folder',
  file: 'Archive or file of evidence',
  'save-folder': 'Folder to write into',
};
const properties = {
  folder: ['openDirectory'],
  file: ['openFile'],
  'save-folder': ['openDirectory', 'createDirectory'],
} as const;

/** Variables that would change what the process is (reliability.md, E-20): they are not passed on. */
const unwanted = ['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE', 'NODE_EXTRA_CA_CERTS', 'NODE_REPL_EXTERNAL_MODULE'];

/** Starts the workstation in a utility process, so that no parsing and no key is in the process that has the windows. */
export function startHostProcess({ entry, args, onRefused, onLost }: HostProcessOptions): HostProcess {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !unwanted.includes(name)));
  const child: UtilityProcess = utilityProcess.fork(entry, args, {
    serviceName: 'Assay workstation',
    env,
    execArgv: hostFlags,
  });
  let isClosing = false;
  let last = 0;
  const awaited = new Map<number, (token: string) => void>();
  const say = (message: ToHost, ports: MessagePortMain[] = []) => child.postMessage(message, ports);
  const over = new Promise<void>((ended) => {
    child.once('exit', (status) => {
      ended();
      if (!isClosing) onLost(status);
    });
  });
  child.on('message', (message: FromHost) => {
    if (message.kind === 'refused') {
      isClosing = true;
      onRefused(message.text);
    }
    if (message.kind === 'given') {
      awaited.get(message.id)?.(message.token);
      awaited.delete(message.id);
    }
    if (message.kind === 'choose') {
      const { id, what } = message;
      void dialog
        .showOpenDialog({ title: titles[what], properties: [...properties[what]] })
        .then(({ canceled, filePaths }) => say({ kind: 'chosen', id, path: canceled ? null : (filePaths[0] ?? null) }));
    }
  });
  return {
    connect: (port) => say({ kind: 'connect' }, [port]),
    give: (path) =>
      new Promise((answer) => {
        last += 1;
        awaited.set(last, answer);
        say({ kind: 'give', id: last, path });
      }),
    async close() {
      if (isClosing) return;
      isClosing = true;
      say({ kind: 'close' });
      const forced = setTimeout(() => child.kill(), patience);
      await over;
      clearTimeout(forced);
    },
  };
}
