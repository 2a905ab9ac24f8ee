import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SeriesPoints } from '@heliosiq/ports';
import { firstColumns, labelPrefix } from './export-columns.ts';
import type { LabelNames } from './export-columns.ts';
import { createIsoTime } from './iso-time.ts';

const pieceCharactersMin = 64 * 1024;

/**
 * Samples as CSV (RFC 4180 with plain line feeds): a head, then a line a sample. Times are ISO 8601 in UTC to the
 * millisecond; values that are no numbers are NaN, +Inf and -Inf; a label that a series has not is empty.
 */
export async function* csvFile(
  parts: AsyncIterable<SeriesPoints>,
  labelNames: LabelNames,
): AsyncGenerator<Uint8Array, void, undefined> {
  const heads = [...firstColumns, ...labelNames.map((name) => cellOf(`${labelPrefix}${name}`))];
  const timeText = createIsoTime();
  let text = `${heads.join(',')}\n`;
  for await (const { series, times, values } of parts) {
    const before = `,${cellOf(series.asset)},${cellOf(series.metric)},${cellOf(series.unit ?? '')},`;
    const after = `${labelNames.map((name) => `,${cellOf(series.labels[name] ?? '')}`).join('')}\n`;
    for (let index = 0; index < times.length; index += 1) {
      text += timeText(times[index] ?? 0) + before + valueText(values[index] ?? Number.NaN) + after;
      if (text.length < pieceCharactersMin) continue;
      yield Buffer.from(text);
      text = '';
      // A reader that is quick takes piece after piece without giving a turn to others.
      await nextTurn();
    }
  }
  if (text !== '') yield Buffer.from(text);
}

function cellOf(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
