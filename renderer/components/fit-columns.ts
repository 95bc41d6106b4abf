/** A column's track of the grid (`84px`, `minmax(160px,1fr)`), and whether it is left out where there is no room for it. */
interface Track {
  width: string;
  givesWay?: boolean;
}

const paddings = 24;
const gap = 12;
const leastOf = ({ width }: Track) => Number(/[0-9]+(?=px)/.exec(width)?.[0] ?? 0);
const neededBy = (tracks: readonly Track[]) =>
  paddings + tracks.reduce((sum, each) => sum + leastOf(each), 0) + gap * Math.max(0, tracks.length - 1);

/**
 * The columns that a grid of a width has room for: those that give way are left out, the last first, until the others
 * stand in it whole. Those that do not give way always stay.
 * @param width in pixels; 0 while it is not known, when all stay
 */
export function fitColumns<Each extends Track>(columns: readonly Each[], width: number): Each[] {
  const shown = [...columns];
  while (width > 0 && neededBy(shown) > width) {
    const last = shown.findLastIndex(({ givesWay }) => givesWay === true);
    if (last < 0) break;
    shown.splice(last, 1);
  }
  return shown;
}
