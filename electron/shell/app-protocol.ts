import type { CustomScheme } from 'electron';
import { appOrigin, appScheme, isOurs } from './app-origin.ts';
import type { Asset } from './assets.ts';
import { securityHeaders } from './security-headers.ts';

/** Never bypassCSP, never service workers (reliability.md, E-03). */
export const appSchemePrivileges: CustomScheme = {
  scheme: appScheme,
  privileges: { standard: true, secure: true, supportFetchAPI: true },
};

/** Of a request, what an answer depends on. */
export interface Asked {
  url: string;
  method: string;
  headers: { get(name: string): string | null };
  body: ReadableStream<Uint8Array> | null;
}

const headers = securityHeaders("'self'");
const refuse = (status: number, text: string) =>
  new Response(text, { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' } });

/**
 * Answers app:// (E-03): only what is listed, under exactly the spelling of the list. An address that a parser had to
 * mend (dots, escapes, backslashes, a query) is not there. The one thing taken in is a dropped file.
 */
export const serveApp =
  (assets: ReadonlyMap<string, Asset>, drop: (asked: Asked) => Promise<Response>) =>
  async (asked: Asked): Promise<Response> => {
    if (!isOurs(asked.url)) return refuse(403, 'This is not a page of Assay.');
    const path = asked.url.slice(appOrigin.length);
    if (asked.method === 'POST' && path === '/drop') {
      const answer = await drop(asked).catch(() => refuse(413, 'The file could not be taken in.'));
      for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
      return answer;
    }
    if (asked.method !== 'GET' && asked.method !== 'HEAD') return refuse(405, 'This is not done here.');
    const asset = asked.url === `${appOrigin}${path}` ? assets.get(path) : undefined;
    if (asset === undefined) return refuse(404, 'There is no such file.');
    return new Response(asked.method === 'HEAD' ? null : new Uint8Array(asset.bytes), {
      status: 200,
      headers: { ...headers, 'Content-Type': asset.type },
    });
  };

/** Schemes that Chromium would answer by itself: they get an error instead (E-04). */
export const otherSchemes = ['http', 'https', 'ftp', 'file'] as const;
export const refuseScheme = (): Response => refuse(403, 'Assay opens nothing but its own window.');

/**
 * Whether a request may leave a page at all, whatever its scheme: ours, and pictures the page holds in memory.
 * @param kind resource type, as webRequest names it
 */
export function mayRequest(url: string, kind: string): boolean {
  if (isOurs(url)) return true;
  if (url.startsWith(`blob:${appOrigin}/`) || url.startsWith('data:')) return kind === 'image' || kind === 'font';
  return url === 'about:blank' && kind === 'mainFrame';
}
