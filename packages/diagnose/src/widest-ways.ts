/** Ways from a start through a graph, each as wide as its narrowest step. */
export interface WidestWays {
  /** Width (0..1) of the widest way to an asset; undefined where there is none. */
  widthTo(asset: string): number | undefined;
  /** Assets of that way, the start first; empty where there is none. */
  wayTo(asset: string): readonly string[];
}

/** Finds the widest way to every asset that can be reached (Dijkstra's algorithm with minimum for sum; ties by name). */
export function widestWays(
  start: string,
  stepsFrom: (asset: string) => readonly { readonly to: string; readonly width: number }[],
): WidestWays {
  const width = new Map([[start, 1]]);
  const parent = new Map<string, string>();
  const open = new Set([start]);
  while (open.size > 0) {
    let [next = start] = open;
    for (const asset of open) {
      const gain = (width.get(asset) ?? 0) - (width.get(next) ?? 0);
      if (gain > 0 || (gain === 0 && asset < next)) next = asset;
    }
    open.delete(next);
    for (const step of stepsFrom(next)) {
      const through = Math.min(width.get(next) ?? 0, step.width);
      if (through <= (width.get(step.to) ?? -1)) continue;
      width.set(step.to, through);
      parent.set(step.to, next);
      open.add(step.to);
    }
  }
  return {
    widthTo: (asset) => width.get(asset),
    wayTo(asset) {
      if (!width.has(asset)) return [];
      const way = [asset];
      for (let up = parent.get(asset); up !== undefined && !way.includes(up); up = parent.get(up)) way.unshift(up);
      return way;
    },
  };
}
