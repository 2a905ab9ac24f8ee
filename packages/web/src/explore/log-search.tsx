import type { DiscreteSignal } from '@heliosiq/model';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { SyntheticEvent } from 'react';
import { apiQuery } from '../app/queries.ts';
import { AssetName } from '../words/asset-name.tsx';
import { severities, signalKinds } from './explore-search.ts';
import type { ExploreSearch } from './explore-search.ts';
import type { Span } from './time-range.ts';

type LogQuestion = Pick<ExploreSearch, 'text' | 'asset' | 'kind' | 'severity'>;

export interface LogSearchProps {
  readonly question: LogQuestion;
  readonly span: Span;
  readonly markedAt: number | undefined;
  readonly onQuestion: (question: { readonly [Name in keyof LogQuestion]: LogQuestion[Name] | undefined }) => void;
  readonly onMark: (at: number | undefined) => void;
}

const linesMax = 200;

/** Logs, events, changes and alerts of the charted time, newest first; a line marks its moment on the chart. */
export function LogSearch({ question, span, markedAt, onQuestion, onMark }: LogSearchProps) {
  const found = useQuery({
    ...apiQuery('findSignals', {
      query: {
        from: String(Math.floor(span.from)),
        to: String(Math.ceil(span.to)),
        limit: String(linesMax),
        ...question,
      },
    }),
    placeholderData: keepPreviousData,
  });
  const signals = found.data?.signals ?? [];
  return (
    <section aria-label="Logs and events" className="card grid min-w-0 content-start gap-3">
      <h2 className="font-semibold">Logs and events</h2>
      <SearchFields question={question} onQuestion={onQuestion} />
      {found.error !== null && (
        <p role="alert" className="text-sm text-critical">
          {found.error.message}.
        </p>
      )}
      {found.isSuccess && signals.length === 0 && (
        <p className="text-sm text-soft">Nothing was said in this time{isAsked(question) ? ' that matches' : ''}.</p>
      )}
      <ol aria-busy={found.isFetching} className="grid max-h-[36rem] gap-0.5 overflow-auto text-sm">
        {signals.map((signal) => (
          <li key={`${signal.kind} ${signal.id} ${signal.at}`}>
            <SignalLine
              signal={signal}
              text={question.text}
              isMarked={signal.at === markedAt}
              onMark={() => onMark(signal.at === markedAt ? undefined : signal.at)}
            />
          </li>
        ))}
      </ol>
      {signals.length === linesMax && (
        <p className="text-xs text-soft">The newest {linesMax}; choose a shorter time or other words for the rest.</p>
      )}
    </section>
  );
}

function SearchFields({ question, onQuestion }: Pick<LogSearchProps, 'question' | 'onQuestion'>) {
  const [text, setText] = useState(question.text ?? '');
  const [asset, setAsset] = useState(question.asset ?? '');
  // The way back changes what is asked, and keeps the fields where they are.
  useEffect(() => setText(question.text ?? ''), [question.text]);
  useEffect(() => setAsset(question.asset ?? ''), [question.asset]);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    onQuestion({ text: text.trim(), asset: asset.trim() });
  };
  return (
    <form role="search" onSubmit={submit} className="grid grid-cols-2 gap-2 text-sm">
      <input
        className="field col-span-2"
        type="search"
        aria-label="Words in the line"
        placeholder="Words in the line"
        maxLength={200}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <input
        className="field col-span-2"
        aria-label="Asset"
        placeholder="Asset, its whole name"
        maxLength={200}
        value={asset}
        onChange={({ target }) => setAsset(target.value)}
      />
      <select
        className="field"
        aria-label="Kind"
        value={question.kind ?? ''}
        onChange={({ target }) => onQuestion({ kind: signalKinds.find((kind) => kind === target.value) })}
      >
        <option value="">every kind</option>
        {signalKinds.map((kind) => (
          <option key={kind}>{kind}</option>
        ))}
      </select>
      <select
        className="field"
        aria-label="Severity"
        value={question.severity ?? ''}
        onChange={({ target }) => onQuestion({ severity: severities.find((severity) => severity === target.value) })}
      >
        <option value="">every severity</option>
        {severities.map((severity) => (
          <option key={severity}>{severity}</option>
        ))}
      </select>
      <button className="quiet-button col-span-2">Search</button>
    </form>
  );
}

const edges: Readonly<Record<(typeof severities)[number], string>> = {
  critical: 'border-critical',
  high: 'border-high',
  medium: 'border-medium',
  low: 'border-low',
  info: 'border-line',
};

interface SignalLineProps {
  readonly signal: DiscreteSignal;
  readonly text: string | undefined;
  readonly isMarked: boolean;
  readonly onMark: () => void;
}

function SignalLine({ signal, text, isMarked, onMark }: SignalLineProps) {
  const severity = signal.kind === 'change' ? undefined : signal.severity;
  const words = [signal.kind, ...(severity === undefined || severity === 'info' ? [] : [severity])].join(', ');
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
        <Marked text={signal.kind === 'log' ? signal.body.slice(0, 500) : signal.title} part={text} />
      </span>
    </button>
  );
}

/** The text with what was searched for in it marked. */
function Marked({ text, part }: { readonly text: string; readonly part: string | undefined }) {
  const at = part === undefined ? -1 : text.toLowerCase().indexOf(part.toLowerCase());
  if (part === undefined || at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark className="bg-accent/30 text-inherit">{text.slice(at, at + part.length)}</mark>
      {text.slice(at + part.length)}
    </>
  );
}

function isAsked({ text, asset, kind, severity }: LogQuestion): boolean {
  return [text, asset, kind, severity].some((part) => part !== undefined);
}
