import type { NoiseReport } from '@heliosiq/model';
import { bold, table } from './terminal.ts';

/** The report of noise as a person reads it in a terminal. */
export function noiseWords(report: NoiseReport): string {
  const { from, to, incidents, occurrences, occurrencesPerIncident, pages, pagesPerWeek, muted, failed } = report;
  const lines = [
    bold(`${day(from)} to ${day(to)}`),
    `${occurrences} alerts and anomalies became ${incidents}${report.isCut ? ' or more' : ''} incidents: ${occurrencesPerIncident} for one`,
    `${pages} messages (${pagesPerWeek} a week), ${muted} held back, ${failed} not delivered`,
    `${report.reopened} came back, ${report.recurrences} were here before, ${report.merged} turned out to be one with another`,
    `by severity: ${
      Object.entries(report.bySeverity)
        .map(([severity, count]) => `${severity} ${count}`)
        .join(', ') || 'none'
    }`,
    `taken after ${span(report.acknowledgedAfterMs)}, over after ${span(report.resolvedAfterMs)} (median)`,
  ];
  if (report.rules.length > 0) {
    lines.push(
      '',
      table([
        ['RULE', 'FIRED', 'ALERTS', 'INCIDENTS'],
        ...report.rules.map(({ rule, fired, alerts, incidents: caused }) => [
          rule,
          String(fired),
          String(alerts),
          String(caused),
        ]),
      ]),
    );
  }
  return lines.join('\n');
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function span(durationMs: number | undefined): string {
  if (durationMs === undefined) return 'no time known';
  const minutes = Math.round(durationMs / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
