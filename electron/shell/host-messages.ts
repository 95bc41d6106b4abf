/** What main and the process of the workstation say to each other. Both are ours; no window is heard here. */
export type FromHost =
  | { kind: 'ready' }
  /** The store could not be opened: said to the person, then the end. */
  | { kind: 'refused'; text: string }
  | { kind: 'choose'; id: number; what: 'folder' | 'file' | 'save-folder' }
  | { kind: 'given'; id: number; token: string };

export type ToHost =
  /** Goes with a port: another window wants to speak the contract. */
  | { kind: 'connect' }
  | { kind: 'chosen'; id: number; path: string | null }
  /** A dropped file lies here: a token for it is wanted. */
  | { kind: 'give'; id: number; path: string }
  | { kind: 'close' };
