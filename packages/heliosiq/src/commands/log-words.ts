import type { FoundLog, LogPatternList } from '@heliosiq/api';
import { cyan, dim, red, table, yellow } from './terminal.ts';

/** One line for a terminal: when, who, how bad, and the line with its parameters in colour. */
export function logLine({ log, parameters }: FoundLog): string {
  const at = new Date(log.at).toISOString().replace('T', ' ').slice(0, 23);
  let body = '';
  let from = 0;
  for (const { from: start, to } of parameters) {
    body += shownText(log.body.slice(from, start)) + cyan(shownText(log.body.slice(start, to)));
    from = to;
  }
  body += shownText(log.body.slice(from));
  const severity = log.severity === 'info' ? '' : `${severityWord(log.severity)} `;
  return `${dim(at)} ${shownText(log.asset)} ${severity}${body}`;
}

/** Patterns with their numbers and course, for a terminal. */
export function patternWords({ patterns, known, lines }: LogPatternList): string {
  if (patterns.length === 0) return 'No log lines with a pattern.';
  const rows = patterns.map((use) => [
    use.id,
    use.lines.toLocaleString('en'),
    use.worst === 'info' ? '' : use.worst,
    sparkline(use.histogram.counts),
    new Date(use.firstAt).toISOString().slice(0, 16).replace('T', ' '),
    cut(shownText(use.template), 140),
  ]);
  const listed = table([['PATTERN', 'LINES', 'WORST', 'OVER TIME', 'FIRST SEEN', 'TEXT'], ...rows]);
  const rest = known > patterns.length ? `; the first ${patterns.length} are shown` : '';
  return `${listed}\n${dim(`${lines.toLocaleString('en')} lines follow ${known.toLocaleString('en')} patterns${rest}`)}`;
}

const bars = '▁▂▃▄▅▆▇█';

/** Numbers as bars; nothing as a blank. */
function sparkline(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  return counts
    .map((count) => (count === 0 ? ' ' : (bars[Math.ceil((count / most) * bars.length) - 1] ?? ' ')))
    .join('');
}

function severityWord(severity: FoundLog['log']['severity']): string {
  return severity === 'critical' || severity === 'high' ? red(severity) : yellow(severity);
}

/** Lines are foreign text: what would move the cursor or change the terminal is shown as a dot. */
function shownText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (sign) => (sign === '\t' ? ' ' : '·'));
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
