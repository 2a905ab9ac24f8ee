import type uPlot from 'uplot';
import { quantity, scaleOf } from '../words/units.ts';
import { faded } from './palette.ts';
import type { Palette } from './palette.ts';

export const chartHeightPx = 190;
const markWidthPxMin = 8;
const dotsLargeMax = 12;
const hourS = 3600;

/** How a chart looks and whom it tells what is under the pointer. Times in milliseconds. */
export interface ChartLook {
  readonly unit: string | undefined;
  readonly markedFrom: number;
  readonly markedTo: number;
  readonly palette: Palette;
  /** The index under the pointer; undefined when it left. */
  readonly onPoint: (index: number | undefined) => void;
}

/** uPlot's options for: time, value, lower, upper, expected. */
export function chartOptions(look: ChartLook): Omit<uPlot.Options, 'width'> {
  const { unit, palette, onPoint } = look;
  const hidden: uPlot.Series = { stroke: 'transparent', spanGaps: true, points: { show: false } };
  const axis: uPlot.Axis = {
    stroke: palette.soft,
    grid: { stroke: palette.line, width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    height: chartHeightPx,
    legend: { show: false },
    padding: [8, 10, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    axes: [
      { ...axis, size: 34, gap: 8, space: 84, values: (_, ticks) => timeWords(ticks) },
      { ...axis, size: 62, space: 36, values: (_, ticks) => tickWords(ticks, unit) },
    ],
    series: [
      {},
      { stroke: palette.link, width: 2, spanGaps: true, points: { show: false } },
      hidden,
      hidden,
      { stroke: palette.good, width: 1, dash: [4, 4], spanGaps: true, points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: faded(palette.good, 0.28) }],
    hooks: {
      drawClear: [(plot) => shadeStretch(plot, look)],
      draw: [(plot) => dotStretch(plot, look)],
      setCursor: [(plot) => onPoint(plot.cursor.idx ?? undefined)],
    },
  };
}

function tickWords(ticks: readonly number[], unit: string | undefined): string[] {
  const scale = scaleOf(unit, Math.max(0, ...ticks.map(Math.abs)));
  return ticks.map((tick) => quantity(tick, unit, scale));
}

/** Times of day; the day where it changes, or at every tick of a chart over many days. */
function timeWords(ticks: readonly number[]): string[] {
  const stepS = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  return ticks.map((tick) => {
    const date = new Date(tick * 1000);
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
    return stepS >= 12 * hourS || isMidnight
      ? date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
      : date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  });
}

function shadeStretch(plot: uPlot, { markedFrom, markedTo, palette }: ChartLook): void {
  const { ctx, bbox } = plot;
  const from = plot.valToPos(markedFrom / 1000, 'x', true);
  const to = plot.valToPos(markedTo / 1000, 'x', true);
  const width = Math.max(markWidthPxMin * devicePixelRatio, to - from);
  const left = Math.max(bbox.left, (from + to - width) / 2);
  const right = Math.min(bbox.left + bbox.width, (from + to + width) / 2);
  if (right <= left) return;
  ctx.save();
  ctx.fillStyle = faded(palette.critical, 0.2);
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.restore();
}

/** A red dot on each measured value of the anomalous stretch, so that it shows without colour too. */
function dotStretch(plot: uPlot, { markedFrom, markedTo, palette }: ChartLook): void {
  const { ctx } = plot;
  const [times, values] = plot.data;
  ctx.save();
  ctx.fillStyle = palette.critical;
  const marked = [...times].flatMap((at, index) => {
    const value = values?.[index];
    return value === null || value === undefined || at * 1000 < markedFrom || at * 1000 > markedTo
      ? []
      : [[at, value] as const];
  });
  const radiusPx = (marked.length > dotsLargeMax ? 2 : 3.5) * devicePixelRatio;
  for (const [at, value] of marked) {
    ctx.beginPath();
    ctx.arc(plot.valToPos(at, 'x', true), plot.valToPos(value, 'y', true), radiusPx, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
}
