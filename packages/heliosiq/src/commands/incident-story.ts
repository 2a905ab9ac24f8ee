import type { IncidentDetail } from '@heliosiq/api';
import type { z } from 'zod';
import { bold, cyan, dim, red, wrap, yellow } from './terminal.ts';

type Detail = z.infer<typeof IncidentDetail>;

/** One incident as a person reads it in a terminal: what happened, why, what was ruled out, the story. */
export function incidentStory({ incident, diagnosis, anomalies, timeline, silences }: Detail): string {
  const paintSeverity = incident.severity === 'critical' || incident.severity === 'high' ? red : yellow;
  const lines = [
    `${bold(incident.title)}`,
    `${paintSeverity(incident.severity)} · ${incident.status} · since ${clock(incident.startedAt)} · ${incident.assets.length} asset(s) affected`,
    ...facts(incident, silences),
    '',
  ];
  const worst = anomalies[0];
  if (worst !== undefined) lines.push(wrap(worst.explanation, 96, '  '), '');
  if (diagnosis === undefined) lines.push(dim('  The investigation is under way.'));
  else {
    lines.push(`${bold('Why')}  ${diagnosis.summary}`);
    for (const hypothesis of diagnosis.hypotheses.slice(0, 3)) {
      const share = `${Math.round(hypothesis.confidence * 100)} %`.padStart(5);
      lines.push(`  ${hypothesis.rank}. ${cyan(hypothesis.asset)} ${dim(hypothesis.fault)} ${share}`);
      for (const evidence of hypothesis.evidence.slice(0, 4)) {
        lines.push(wrap(`${evidence.direction === 'for' ? '+' : '-'} ${evidence.text}`, 92, '       '));
      }
      for (const { title, url } of hypothesis.runbooks ?? [])
        lines.push(`       ${bold('runbook')} ${title} ${dim(url)}`);
    }
    for (const { asset, why } of diagnosis.ruledOut.slice(0, 5)) lines.push(dim(`  not ${asset}: ${why}`));
    for (const missing of diagnosis.missing.slice(0, 5)) lines.push(yellow(`  missing: ${missing}`));
  }
  lines.push('', bold('Timeline'));
  for (const entry of timeline.slice(-15))
    lines.push(
      `  ${dim(clock(entry.at))}  ${entry.text}${entry.reason === undefined ? '' : dim(` (${entry.reason})`)}`,
    );
  return lines.join('\n');
}

/** Who has it, what it has to do with others, and why nobody is told. */
function facts(incident: Detail['incident'], silences: Detail['silences']): readonly string[] {
  const { severityReason, assignee, recurrenceOf, mergedInto, symptomOf } = incident;
  return [
    ...(severityReason === undefined ? [] : [dim(severityReason)]),
    ...(assignee === undefined ? [] : [`${assignee} works on it`]),
    ...(mergedInto === undefined ? [] : [yellow(`it went on in incident ${mergedInto}`)]),
    ...(symptomOf === undefined ? [] : [`likely a symptom of incident ${symptomOf}`]),
    ...(recurrenceOf === undefined ? [] : [`it was here before: incident ${recurrenceOf}`]),
    ...silences.map(({ kind, author, reason }) => yellow(`${kind} by ${author}: ${reason}`)),
  ];
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}
