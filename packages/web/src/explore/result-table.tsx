import { useState } from 'react';
import type { ChartLine, LineFigures } from './chart-lines.ts';
import { valueWords } from './value-words.ts';

type Column = keyof LineFigures;

const columns: readonly (readonly [Column, string])[] = [
  ['last', 'Last'],
  ['min', 'Min'],
  ['max', 'Max'],
  ['avg', 'Avg'],
  ['count', 'Points'],
];

/** The same lines as a table: a column a label, and figures by which it is sorted. */
export function ResultTable({ lines }: { readonly lines: readonly ChartLine[] }) {
  const [order, setOrder] = useState<{ readonly by: Column; readonly isRising: boolean }>();
  const labels = labelsOf(lines);
  const sorted = order === undefined ? lines : lines.toSorted((a, b) => compare(a, b, order));
  const sortBy = (by: Column): void => setOrder({ by, isRising: order?.by === by ? !order.isRising : false });
  return (
    <div className="max-h-[32rem] overflow-auto">
      <table className="w-full text-sm tabular-nums">
        <caption className="sr-only">Values</caption>
        <thead className="sticky top-0 bg-card text-left text-xs text-soft">
          <tr>
            {labels.map((label) => (
              <th key={label} scope="col" className="py-1 pr-4 font-medium">
                {label === '__name__' ? 'metric' : label}
              </th>
            ))}
            {columns.map(([column, words]) => (
              <th
                key={column}
                scope="col"
                aria-sort={order?.by !== column ? 'none' : order.isRising ? 'ascending' : 'descending'}
                className="py-1 pl-3 text-right font-medium whitespace-nowrap"
              >
                <button type="button" className="cursor-pointer hover:text-ink" onClick={() => sortBy(column)}>
                  {words}
                  <span aria-hidden>{order?.by !== column ? '' : order.isRising ? ' ↑' : ' ↓'}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((line) => (
            <tr key={line.key} className="border-t border-line">
              {labels.map((label) => (
                <td key={label} className="py-1 pr-4 wrap-anywhere">
                  {line.labels[label] ?? ''}
                  {label === labels[0] && line.isEarlier && <span className="text-soft"> (earlier)</span>}
                </td>
              ))}
              {columns.map(([column]) => (
                <td key={column} className="py-1 pl-3 text-right whitespace-nowrap">
                  {line.figures === undefined ? '–' : valueWords(line.figures[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function labelsOf(lines: readonly ChartLine[]): readonly string[] {
  const names = new Set(lines.flatMap((line) => Object.keys(line.labels)));
  return [...names].sort((a, b) => (a === '__name__' ? -1 : b === '__name__' ? 1 : a.localeCompare(b)));
}

/** Lines without values come last, whichever way. */
function compare(
  a: ChartLine,
  b: ChartLine,
  { by, isRising }: { readonly by: Column; readonly isRising: boolean },
): number {
  if (a.figures === undefined || b.figures === undefined)
    return Number(a.figures === undefined) - Number(b.figures === undefined);
  return (a.figures[by] - b.figures[by]) * (isRising ? 1 : -1);
}
