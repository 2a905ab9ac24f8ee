import type { ChartLine } from './chart-lines.ts';
import { useLineColors } from './line-colors.ts';
import { valueWords } from './value-words.ts';

export interface ChartLegendProps {
  readonly lines: readonly ChartLine[];
  readonly hidden: ReadonlySet<string>;
  readonly onHidden: (hidden: readonly string[]) => void;
}

/** Every line with its last, least, largest and mean value; each can be hidden, or shown alone. */
export function ChartLegend({ lines, hidden, onHidden }: ChartLegendProps) {
  const colorOf = useLineColors();
  const shown = lines.filter(({ key }) => !hidden.has(key));
  const toggle = ({ key }: ChartLine): void =>
    onHidden(lines.map((line) => line.key).filter((each) => hidden.has(each) !== (each === key)));
  const isAlone = ({ key }: ChartLine): boolean => shown.length === 1 && shown[0]?.key === key;
  const solo = (line: ChartLine): void =>
    onHidden(isAlone(line) ? [] : lines.map(({ key }) => key).filter((key) => key !== line.key));
  return (
    <div className="max-h-72 overflow-auto">
      <table className="w-full text-sm tabular-nums">
        <caption className="sr-only">Legend</caption>
        <thead className="sticky top-0 bg-card text-left text-xs text-soft">
          <tr>
            <th scope="col" className="py-1 font-medium">
              Line
            </th>
            {['Last', 'Min', 'Max', 'Avg'].map((head) => (
              <th
                key={head}
                scope="col"
                className={`py-1 pl-3 text-right font-medium ${head === 'Last' ? '' : 'max-sm:hidden'}`}
              >
                {head}
              </th>
            ))}
            <th scope="col" className="w-12">
              <span className="sr-only">Alone</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.key} className={`border-t border-line ${hidden.has(line.key) ? 'text-soft' : ''}`}>
              <td className="py-0.5">
                <button
                  type="button"
                  aria-pressed={!hidden.has(line.key)}
                  title={line.fullName}
                  onClick={() => toggle(line)}
                  className="flex w-full min-w-0 cursor-pointer items-center gap-2 py-0.5 text-left hover:underline"
                >
                  <Swatch color={colorOf(line.color)} isHidden={hidden.has(line.key)} isEarlier={line.isEarlier} />
                  <span className={`wrap-anywhere ${hidden.has(line.key) ? 'line-through' : ''}`}>{line.name}</span>
                </button>
              </td>
              <Figure value={line.figures?.last} />
              <Figure value={line.figures?.min} isExtra />
              <Figure value={line.figures?.max} isExtra />
              <Figure value={line.figures?.avg} isExtra />
              <td className="pl-2 text-right">
                <button
                  type="button"
                  aria-label={isAlone(line) ? 'Show all lines' : `Show ${line.fullName} alone`}
                  onClick={() => solo(line)}
                  className="cursor-pointer rounded px-1 text-xs text-link hover:underline"
                >
                  {isAlone(line) ? 'all' : 'only'}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Swatch(props: { readonly color: string; readonly isHidden: boolean; readonly isEarlier: boolean }) {
  const { color, isHidden, isEarlier } = props;
  return (
    <svg aria-hidden viewBox="0 0 16 8" className="h-2 w-4 shrink-0">
      <line
        x1="0"
        x2="16"
        y1="4"
        y2="4"
        stroke={color}
        strokeWidth="3"
        strokeOpacity={isHidden ? 0.25 : isEarlier ? 0.65 : 1}
        {...(isEarlier && { strokeDasharray: '4 3' })}
      />
    </svg>
  );
}

function Figure({ value, isExtra = false }: { readonly value: number | undefined; readonly isExtra?: boolean }) {
  return (
    <td className={`pl-3 text-right whitespace-nowrap ${isExtra ? 'max-sm:hidden' : ''}`}>
      {value === undefined ? '–' : valueWords(value)}
    </td>
  );
}
