/** Distances between the middles of nodes of 156 × 44 px. */
const columnWidth = 220;
const rowHeight = 62;
const sweeps = 12;

interface Edge {
  source: number;
  target: number;
}

/**
 * Layered drawing after Sugiyama, Tagawa and Toda (1981), left to right: circles are broken by depth-first search,
 * nodes go to the layer of their longest path pulled tight, long edges get stand-ins, twelve sweeps order each layer by
 * the mean of its neighbours with the fewest crossings kept, and heights follow the mean of neighbours without overlap.
 * Deterministic: the same nodes and edges in the same order give the same picture. 300 nodes take some 10 ms.
 * @returns the middle of each node, px
 */
export function layout(nodes: readonly number[], edges: readonly Edge[]): Map<number, { x: number; y: number }> {
  const forward = acyclic(nodes, edges);
  const layer = layers(nodes, forward);
  const { rows, up, down } = withStandIns(nodes, forward, layer);
  order(rows, up, down);
  return place(nodes, rows, up, down);
}

/** Edges without those that close a circle, doubles and loops. */
function acyclic(nodes: readonly number[], edges: readonly Edge[]): Edge[] {
  const out = new Map<number, number[]>(nodes.map((id) => [id, []]));
  const seen = new Set<string>();
  for (const { source, target } of edges) {
    const key = `${source} ${target}`;
    if (source === target || seen.has(key)) continue;
    seen.add(key);
    out.get(source)?.push(target);
  }
  const state = new Map<number, 1 | 2>();
  const kept: Edge[] = [];
  for (const root of nodes) {
    if (state.has(root)) continue;
    const stack: { id: number; next: number }[] = [{ id: root, next: 0 }];
    state.set(root, 1);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top === undefined) break;
      const target = out.get(top.id)?.[top.next++];
      if (target === undefined) {
        state.set(top.id, 2);
        stack.pop();
      } else if (state.get(target) === 1) kept.push({ source: target, target: top.id });
      else {
        kept.push({ source: top.id, target });
        if (!state.has(target)) {
          state.set(target, 1);
          stack.push({ id: target, next: 0 });
        }
      }
    }
  }
  return kept;
}

/** Longest path from the sources, then each node is pulled towards what it leads to. */
function layers(nodes: readonly number[], edges: readonly Edge[]): Map<number, number> {
  const before = new Map<number, number>(nodes.map((id) => [id, 0]));
  const out = new Map<number, number[]>(nodes.map((id) => [id, []]));
  for (const { source, target } of edges) {
    out.get(source)?.push(target);
    before.set(target, (before.get(target) ?? 0) + 1);
  }
  const layer = new Map<number, number>(nodes.map((id) => [id, 0]));
  const queue = nodes.filter((id) => before.get(id) === 0);
  for (let head = 0; head < queue.length; head++) {
    const id = queue[head] ?? 0;
    for (const target of out.get(id) ?? []) {
      layer.set(target, Math.max(layer.get(target) ?? 0, (layer.get(id) ?? 0) + 1));
      const left = (before.get(target) ?? 0) - 1;
      before.set(target, left);
      if (left === 0) queue.push(target);
    }
  }
  for (const id of [...queue].reverse()) {
    const after = (out.get(id) ?? []).map((target) => layer.get(target) ?? 0);
    if (after.length > 0) layer.set(id, Math.min(...after) - 1);
  }
  return layer;
}

type Links = Map<number, number[]>;

/** An edge over several layers passes through a stand-in in each (negative ids), so that the order makes room for it. */
function withStandIns(
  nodes: readonly number[],
  edges: readonly Edge[],
  layer: Map<number, number>,
): { rows: number[][]; up: Links; down: Links } {
  const rows: number[][] = [];
  const put = (id: number, at: number) => {
    const row = rows[at];
    if (row === undefined) rows[at] = [id];
    else row.push(id);
  };
  for (const id of nodes) put(id, layer.get(id) ?? 0);
  const up: Links = new Map();
  const down: Links = new Map();
  const link = (source: number, target: number) => {
    down.set(source, [...(down.get(source) ?? []), target]);
    up.set(target, [...(up.get(target) ?? []), source]);
  };
  let standIn = -1;
  for (const { source, target } of edges) {
    const last = layer.get(target) ?? 0;
    let from = source;
    for (let at = (layer.get(source) ?? 0) + 1; at < last; at++) {
      put(standIn, at);
      link(from, standIn);
      from = standIn--;
    }
    link(from, target);
  }
  for (let at = 0; at < rows.length; at++) rows[at] ??= [];
  return { rows, up, down };
}

function order(rows: number[][], up: Links, down: Links): void {
  let best = rows.map((row) => [...row]);
  let fewest = crossings(rows, down);
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const goesDown = sweep % 2 === 0;
    for (let step = 1; step < rows.length; step++) {
      const at = goesDown ? step : rows.length - 1 - step;
      const fixed = rows[goesDown ? at - 1 : at + 1] ?? [];
      const row = rows[at] ?? [];
      const position = new Map(fixed.map((id, index) => [id, index]));
      const links = goesDown ? up : down;
      const weight = new Map(
        row.map((id, index) => [
          id,
          mean((links.get(id) ?? []).flatMap((other) => position.get(other) ?? [])) ?? index,
        ]),
      );
      row.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0));
    }
    const now = crossings(rows, down);
    if (now < fewest) {
      fewest = now;
      best = rows.map((row) => [...row]);
    }
  }
  best.forEach((row, at) => {
    rows[at] = row;
  });
}

const mean = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;

/** Crossings between neighbouring layers, counted by a Fenwick tree (Barth, Mutzel, Jünger 2004). */
function crossings(rows: number[][], down: Links): number {
  let total = 0;
  for (let at = 0; at + 1 < rows.length; at++) {
    const below = rows[at + 1] ?? [];
    const position = new Map(below.map((id, index) => [id, index]));
    const tree = new Int32Array(below.length + 1);
    let count = 0;
    for (const id of rows[at] ?? []) {
      const ends = (down.get(id) ?? []).flatMap((other) => position.get(other) ?? []).sort((a, b) => a - b);
      for (const end of ends) {
        let before = 0;
        for (let i = end + 1; i > 0; i -= i & -i) before += tree[i] ?? 0;
        total += count - before;
      }
      for (const end of ends) {
        count += 1;
        for (let i = end + 1; i <= below.length; i += i & -i) tree[i] = (tree[i] ?? 0) + 1;
      }
    }
  }
  return total;
}

/** Heights: each layer is moved to the mean of its neighbours, kept in order and a row apart. */
function place(
  nodes: readonly number[],
  rows: number[][],
  up: Links,
  down: Links,
): Map<number, { x: number; y: number }> {
  const y = new Map<number, number>();
  for (const row of rows) row.forEach((id, index) => y.set(id, (index - (row.length - 1) / 2) * rowHeight));
  for (let pass = 0; pass < 8; pass++) {
    const links = pass % 2 === 0 ? up : down;
    for (const row of pass % 2 === 0 ? rows : [...rows].reverse()) {
      const wish = row.map((id) => mean((links.get(id) ?? []).map((other) => y.get(other) ?? 0)) ?? y.get(id) ?? 0);
      spread(wish).forEach((value, index) => y.set(row[index] ?? 0, value));
    }
  }
  const positions = new Map<number, { x: number; y: number }>();
  const real = new Set(nodes);
  rows.forEach((row, at) => {
    for (const id of row) if (real.has(id)) positions.set(id, { x: at * columnWidth, y: Math.round(y.get(id) ?? 0) });
  });
  return positions;
}

/** The heights nearest to the wishes that keep the order and the distance: pool adjacent violators. */
function spread(wishes: number[]): number[] {
  const blocks: { sum: number; count: number }[] = [];
  wishes.forEach((wish, index) => {
    blocks.push({ sum: wish - index * rowHeight, count: 1 });
    for (;;) {
      const last = blocks.at(-1);
      const before = blocks.at(-2);
      if (!last || !before || before.sum / before.count <= last.sum / last.count) break;
      blocks.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  });
  return blocks
    .flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count))
    .map((value, index) => value + index * rowHeight);
}
