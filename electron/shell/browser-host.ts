import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import type { Chosen, Host } from '../operations/host.ts';

const entriesAtMost = 2_000;

/** Paths behind tokens: a window asks for a file only by a token that was given out for what the person chose. */
export class Tokens {
  private readonly paths = new Map<string, string>();
  private readonly tokens = new Map<string, string>();
  give(path: string): string {
    const known = this.tokens.get(path) ?? randomBytes(24).toString('base64url');
    this.tokens.set(path, known);
    this.paths.set(known, path);
    return known;
  }
  path(token: string): string {
    const path = this.paths.get(token);
    if (path === undefined)
      throw new Failure('not-found', {
        what: 'This choice is no longer known.',
        why: 'Assay was started anew since.',
        next: 'Choose it again.',
      });
    return path;
  }
}

const unreadable = (path: string, why: string) =>
  new Failure('unreadable', {
    what: 'This place cannot be opened.',
    where: path,
    why,
    next: 'Check the path and the right to read it.',
  });

/** The shell without native dialogs: a path field and a folder browser. */
export function browserHost(version: string, tokens: Tokens): Host {
  const chosen = (path: string): Chosen => {
    try {
      return {
        token: tokens.give(path),
        name: basename(path) || path,
        kind: lstatSync(path).isDirectory() ? 'folder' : 'file',
      };
    } catch {
      throw unreadable(path, 'Nothing that can be read is there.');
    }
  };
  return {
    about: () => ({ shell: 'browser', version, hasNativeDialogs: false, platform: process.platform }),
    choose: async () => null,
    async browse(at) {
      const here = at === null ? homedir() : tokens.path(at);
      try {
        const all = readdirSync(here, { withFileTypes: true }).filter(
          (each) => (each.isDirectory() || each.isFile()) && !each.name.startsWith('.'),
        );
        all.sort((a, b) => Number(b.isDirectory()) - Number(a.isDirectory()) || a.name.localeCompare(b.name, 'en'));
        const entries = all.slice(0, entriesAtMost).map(
          (each): Chosen => ({
            token: tokens.give(join(here, each.name)),
            name: each.name,
            kind: each.isDirectory() ? 'folder' : 'file',
          }),
        );
        return {
          here: { ...chosen(here), name: here },
          parent: dirname(here) === here ? null : chosen(dirname(here)),
          entries,
          truncated: all.length > entriesAtMost,
        };
      } catch (error) {
        if (error instanceof Failure) throw error;
        throw unreadable(here, 'It cannot be listed.');
      }
    },
    async locate(path) {
      const whole = path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
      if (!isAbsolute(whole)) throw unreadable(path, 'A whole path is needed, from the root of the disk.');
      try {
        return chosen(realpathSync(resolve(whole)));
      } catch (error) {
        if (error instanceof Failure) throw error;
        throw unreadable(path, 'Nothing that can be read is there.');
      }
    },
    path: (token) => tokens.path(token),
  };
}
