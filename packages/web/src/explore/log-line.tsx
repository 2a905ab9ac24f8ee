import type { FoundLog } from '@heliosiq/api';
import type { DiscreteSignal } from '@heliosiq/model';
import { AssetName } from '../words/asset-name.tsx';
import type { severities } from './explore-search.ts';
import { linePieces } from './line-pieces.ts';

/** A signal with the parameters of its text, where they are known. */
export interface ShownLine {
  readonly signal: DiscreteSignal;
  readonly parameters: FoundLog['parameters'];
}

const edges: Readonly<Record<(typeof severities)[number], string>> = {
  critical: 'border-critical',
  high: 'border-high',
  medium: 'border-medium',
  low: 'border-low',
  info: 'border-line',
};

const textMax = 500;

export interface SignalLineProps {
  readonly line: ShownLine;
  /** What was searched for. */
  readonly text: string | undefined;
  readonly isMarked: boolean;
  readonly onMark: () => void;
}

/** One log, event, change or alert; a click marks its moment on the chart. */
export function SignalLine({ line: { signal, parameters }, text, isMarked, onMark }: SignalLineProps) {
  const severity = signal.kind === 'change' ? undefined : signal.severity;
  const words = [signal.kind, ...(severity === undefined || severity === 'info' ? [] : [severity])].join(', ');
  const shown = signal.kind === 'log' ? signal.body.slice(0, textMax) : signal.title;
  return (
    <button
      type="button"
      aria-pressed={isMarked}
      title="Mark this moment on the chart"
      onClick={onMark}
      className={`grid w-full cursor-pointer gap-0.5 border-l-4 py-1 pr-1 pl-2 text-left hover:bg-raised ${
        edges[severity ?? 'info']
      } ${isMarked ? 'bg-accent/15' : ''}`}
    >
      <span className="flex flex-wrap gap-x-2 text-xs text-soft">
        <time dateTime={new Date(signal.at).toISOString()} className="tabular-nums">
          {new Date(signal.at).toLocaleString(undefined, {
            day: 'numeric',
            month: 'short',
            hour: '2-digit',
            minute: '2-digit',
            second: '2-digit',
          })}
        </time>
        <span>{words}</span>
        <AssetName name={signal.asset} />
      </span>
      <span className="font-mono text-xs/5 wrap-anywhere">
        {linePieces(shown, { parameters, part: text }).map(({ from, text: piece, kind, isFound }) => (
          <Piece key={from} text={piece} kind={kind} isFound={isFound} />
        ))}
      </span>
    </button>
  );
}

interface PieceProps {
  readonly text: string;
  readonly kind: string | undefined;
  readonly isFound: boolean;
}

function Piece({ text, kind, isFound }: PieceProps) {
  const inner = isFound ? <mark className="bg-accent/30 text-inherit">{text}</mark> : text;
  if (kind === undefined) return inner;
  return (
    <span title={kind} className="border-b border-dotted border-soft text-accent">
      {inner}
    </span>
  );
}
