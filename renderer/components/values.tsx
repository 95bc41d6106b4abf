import { visibleName } from '../../shared/visible-text.ts';

/** In Electron a page has no right to the clipboard; the shell copies plain text for it. */
function copy(text: string): void {
  const shell = (window as unknown as { assay?: { copy(text: string): void } }).assay;
  if (shell === undefined) void navigator.clipboard.writeText(text);
  else shell.copy(text);
}

const hexOf = (digest: string) => digest.slice(digest.indexOf(':') + 1);
/** A digest cut in the middle: whole in its tooltip, copied by one click. */
export function Digest({ digest, onCopy }: { digest: string | null; onCopy?: ((digest: string) => void) | undefined }) {
  if (digest === null) return <span className="m11 dd">no bytes</span>;
  const hex = hexOf(digest);
  const short = `${hex.slice(0, 6)}…${hex.slice(-6)}`;
  return (
    <button
      type="button"
      className="digest m11 d"
      title={`${digest}. Click to copy`}
      aria-label={`Digest ${hex.slice(0, 8)} to ${hex.slice(-8)}, copy`}
      onClick={(event) => {
        event.stopPropagation();
        copy(digest);
        onCopy?.(digest);
      }}
    >
      {short}
    </button>
  );
}

/** A digest in groups of eight; where it differs from another, the first group that does is marked. */
export function WholeDigest({ digest, other }: { digest: string; other?: string | null | undefined }) {
  const isHex = /^[a-z0-9-]+:[0-9a-f]+$/.test(digest);
  if (!isHex) return <span className="digest whole">{visibleName(digest)}</span>;
  const groups = hexOf(digest).match(/.{1,8}/g) ?? [];
  const others = other == null ? groups : (hexOf(other).match(/.{1,8}/g) ?? []);
  const first = groups.findIndex((group, index) => group !== others[index]);
  return (
    <span className="digest whole">
      <span className="dd">{digest.slice(0, digest.indexOf(':'))} </span>
      {groups.map((group, index) => {
        const key = `${index}-${group}`;
        return index === first && other != null ? <mark key={key}>{group}</mark> : <span key={key}> {group} </span>;
      })}
    </span>
  );
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** A time in UTC, whole and with the local one in its tooltip. */
export function Time({ at }: { at: string | null }) {
  if (at === null) return <span className="dd">none</span>;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{visibleName(at)}</span>;
  const two = (value: number) => String(value).padStart(2, '0');
  return (
    <time dateTime={at} title={`${date.toISOString()} UTC, ${date.toLocaleString()} here`}>
      {date.getUTCDate()} {months[date.getUTCMonth()]} {two(date.getUTCHours())}:{two(date.getUTCMinutes())}
    </time>
  );
}

export const bytesText = (bytes: number): string => bytes.toLocaleString('en');
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** Folder quiet, name plain; what could deceive the eye stands as an escape. The folder gives way before the name does. */
export function PathText({ path }: { path: string }) {
  const shown = visibleName(path);
  const slash = shown.lastIndexOf('/');
  return (
    <span title={shown} className="path">
      <span className="dd el">{shown.slice(0, slash + 1)}</span>
      <span>{shown.slice(slash + 1)}</span>
    </span>
  );
}
