import type { Severity } from '@heliosiq/model';

/** Words that senders use for how bad it is, in lower case. */
const severityWords: Readonly<Record<Severity, readonly string[]>> = {
  critical: [
    'critical',
    'crit',
    'page',
    'fatal',
    'emergency',
    'emerg',
    'alert',
    'disaster',
    'blocker',
    'p0',
    'p1',
    'sev0',
    'sev1',
    '1',
  ],
  high: ['high', 'error', 'err', 'major', 'urgent', 'severe', 'p2', 'sev2', '2'],
  medium: ['medium', 'warning', 'warn', 'moderate', 'average', 'ticket', 'p3', 'sev3', '3'],
  low: ['low', 'minor', 'notice', 'p4', 'sev4', '4'],
  info: ['info', 'information', 'informational', 'none', 'ok', 'debug', 'p5', 'sev5', '5'],
};

const severityOfWord: ReadonlyMap<string, Severity> = new Map(
  Object.entries(severityWords).flatMap(([severity, words]) =>
    // The cast holds: the entries of a record keep its keys.
    words.map((word) => [word, severity as Severity] as const),
  ),
);

/** Labels that say how bad it is, the first one wins. */
const severityLabels = ['severity', 'priority', 'level'];

/** Alerts that fire as long as all is well, so that their absence can be noticed. */
const heartbeatNames = new Set(['watchdog', 'deadmansswitch', 'deadmanssnitch', 'infoinhibitor']);

/** How bad an alert is by its labels; `medium` when they do not say it in a word that is known. */
export function severityOfLabels(labels: Readonly<Record<string, string>>): Severity {
  if (heartbeatNames.has(labels['alertname']?.toLowerCase().replaceAll(/[^a-z]/g, '') ?? '')) return 'info';
  for (const label of severityLabels) {
    const severity = severityOfWord.get(labels[label]?.trim().toLowerCase() ?? '');
    if (severity !== undefined) return severity;
  }
  return 'medium';
}
