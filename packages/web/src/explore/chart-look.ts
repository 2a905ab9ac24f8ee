import type uPlot from 'uplot';
import { faded } from '../charts/palette.ts';
import type { Palette } from '../charts/palette.ts';
import type { ChartLine } from './chart-lines.ts';
import type { Span } from './time-range.ts';
import { valueWords } from './value-words.ts';

export const chartHeightPx = 320;
const hourS = 3600;
const minuteS = 60;
const dragPxMin = 6;

export interface ChartLook {
  readonly lines: readonly ChartLine[];
  readonly span: Span;
  readonly palette: Palette;
  readonly colorOf: (place: number) => string;
  /** A marked moment in milliseconds, read at each drawing. */
  readonly markedAt: () => number | undefined;
  readonly onPoint: (index: number | undefined) => void;
  readonly onZoom: (span: Span) => void;
}

/** uPlot's options for lines over time: drag chooses a range, times are local. */
export function exploreChartOptions(look: ChartLook): Omit<uPlot.Options, 'width'> {
  const { lines, span, palette, colorOf, onPoint, onZoom } = look;
  const axis: uPlot.Axis = {
    stroke: palette.soft,
    grid: { stroke: palette.line, width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    height: chartHeightPx,
    legend: { show: false },
    padding: [10, 12, 0, 0],
    cursor: {
      // Without this a double click would show another range than the address says.
      bind: { dblclick: () => null },
      drag: { x: true, y: false, setScale: false, dist: dragPxMin },
      points: { size: 7 },
      focus: { prox: 24 },
    },
    focus: { alpha: 0.3 },
    scales: { x: { time: true, min: span.from / 1000, max: span.to / 1000 } },
    axes: [
      { ...axis, size: 34, gap: 8, space: 84, values: (_, ticks) => timeWords(ticks) },
      { ...axis, size: 64, space: 36, values: (_, ticks) => ticks.map(valueWords) },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => {
        const color = colorOf(line.color);
        return {
          label: line.fullName,
          stroke: line.isEarlier ? faded(color, 0.65) : color,
          width: line.isEarlier ? 1 : 1.5,
          ...(line.isEarlier && { dash: [5, 4] }),
          spanGaps: false,
          // A value between two gaps would be no line.
          points: { show: isLonely(line), size: 4, fill: color },
        };
      }),
    ],
    hooks: {
      draw: [(plot) => drawMark(plot, look)],
      setCursor: [(plot) => onPoint(plot.cursor.idx ?? undefined)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < dragPxMin) return;
          const at = (px: number): number => Math.round(plot.posToVal(px, 'x') * 1000);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onZoom({ from: at(left), to: at(left + width) });
        },
      ],
    },
  };
}

/** Few values, none beside another. */
function isLonely({ values }: ChartLine): boolean {
  return values.every(
    (value, index) => value === null || ((values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null),
  );
}

function drawMark(plot: uPlot, { markedAt, palette }: ChartLook): void {
  const at = markedAt();
  if (at === undefined) return;
  const { ctx, bbox } = plot;
  const left = plot.valToPos(at / 1000, 'x', true);
  if (left < bbox.left || left > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = palette.ink;
  ctx.setLineDash([6 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(left, bbox.top);
  ctx.lineTo(left, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

/** Times of day, with seconds where ticks are close; the day at midnight or where ticks are days. */
function timeWords(ticks: readonly number[]): string[] {
  const stepS = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  return ticks.map((tick) => {
    const date = new Date(tick * 1000);
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
    if (stepS >= 12 * hourS || isMidnight)
      return date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
    return date.toLocaleTimeString(undefined, {
      hour: '2-digit',
      minute: '2-digit',
      ...(stepS < minuteS && { second: '2-digit' }),
    });
  });
}
