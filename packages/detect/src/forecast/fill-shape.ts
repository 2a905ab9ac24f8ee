import type { SeriesRef } from '@heliosiq/model';

/** What a series runs towards: a value at which something is used up, and from which side. */
export interface FillShape {
  /** The value at which it is used up: full at 1 or 100, empty at 0. */
  readonly end: number;
  readonly direction: 'up' | 'down';
}

/** Things that fill or drain for long, as metric names and labels call them. Memory and processors breathe and are left out. */
const stores =
  /disk|filesystem|file_system|\bfs\b|_fs_|volume|storage|tablespace|partition|inode|quota|queue|backlog|pool|bucket|credit|budget|fuel|battery|tank|licen[cs]e/;
const used = /used|usage|util|full|fill|occup|percent|pct|level/;
const free = /free|avail|remain|left|credit|budget|battery/;

/**
 * How a series can be used up; undefined where it cannot, or where nobody can tell from its name and unit. Shares (units `%`, `1` or
 * none) of a store that is used run to full, what is free of a store (shares, bytes or counts) runs to 0.
 */
export function fillShapeOf({ metric, unit }: SeriesRef): FillShape | undefined {
  const name = metric.toLowerCase().replaceAll(/[.\-/]/g, '_');
  if (!stores.test(name) || /rate|_per_|latency|duration|_total$|errors?/.test(name)) return undefined;
  if (free.test(name) && !/used/.test(name)) return { end: 0, direction: 'down' };
  if (!used.test(name)) return undefined;
  if (unit === '%' || /percent|pct/.test(name)) return { end: 100, direction: 'up' };
  return unit === '1' && /ratio|util|full|share/.test(name) ? { end: 1, direction: 'up' } : undefined;
}
