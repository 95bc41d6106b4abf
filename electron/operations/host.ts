/** A path that the person chose, behind an opaque token. */
export interface Chosen {
  token: string;
  name: string;
  kind: 'folder' | 'file';
}

/** What the shell around the workstation offers. Implemented in electron/shell, one per shell. */
export interface Host {
  about(): { shell: 'electron' | 'browser'; version: string; hasNativeDialogs: boolean; platform: string };
  /** Native dialog; null when the person cancels. */
  choose(what: 'folder' | 'file' | 'save-folder'): Promise<Chosen | null>;
  /** Folder browser: null starts at home. Throws Failure 'unreadable'. */
  browse(at: string | null): Promise<{ here: Chosen; parent: Chosen | null; entries: Chosen[]; truncated: boolean }>;
  /** A path that the person typed. Throws Failure 'unreadable' where nothing is there. */
  locate(path: string): Promise<Chosen>;
  /** The path behind a token. Throws Failure 'not-found' for a token that was never given out. */
  path(token: string): string;
}
