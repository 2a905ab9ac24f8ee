/** A resolved incident as a document: what happened, what caused it, what was done, for the next time. */

import type { Diagnosis, Incident, TimelineEntry } from '@heliosiq/model';
import type { NewDocument } from '@heliosiq/ports';

export interface PastIncident {
  readonly incident: Incident;
  readonly diagnosis: Diagnosis | undefined;
  readonly timeline: readonly TimelineEntry[];
}

const ASSETS_MAX = 10;
const EVIDENCE_MAX = 6;
const COMMENTS_MAX = 50;
/** How a comment begins that is a postmortem. */
const POSTMORTEM = /^\s*(?:#+\s*)?post-?mortem\b:?/i;

/** The source under which an incident's document is kept. */
export function incidentSourceName(incident: Pick<Incident, 'id'>): string {
  return `incident/${incident.id}.md`;
}

/**
 * Writes the document. Titles, explanations and comments were sent by others: they are put in as text of one line each,
 * so that none of them becomes a heading or front matter of its own.
 */
export function incidentDocument({ incident, diagnosis, timeline }: PastIncident): NewDocument {
  const comments = timeline.filter(({ kind }) => kind === 'comment-added').slice(0, COMMENTS_MAX);
  const postmortems = comments.filter(({ text }) => POSTMORTEM.test(text));
  const done = comments.filter((comment) => !postmortems.includes(comment));
  const kind = postmortems.length > 0 ? 'postmortem' : 'incident';
  const endedAt = incident.resolvedAt ?? incident.updatedAt;
  const tags = ['incident', incident.severity, ...incident.assets.slice(0, ASSETS_MAX)]
    .map(tagText)
    .filter((tag) => tag !== '');
  const lines = [
    `# ${oneLine(incident.title)}`,
    '',
    `A past incident of ${incident.severity} severity, from ${timeText(incident.startedAt)} to ${timeText(endedAt)} (${durationText(endedAt - incident.startedAt)}).`,
    `Its data: [incident](/incidents/${incident.id}).`,
    '',
    '## What happened',
    '',
    `- Affected: ${incident.assets.slice(0, ASSETS_MAX).map(oneLine).join(', ') || 'no asset is known'}.`,
    ...(incident.entry === undefined
      ? []
      : [`- Felt at ${oneLine(incident.entry.asset)}, ${oneLine(incident.entry.metric)}.`]),
    ...(incident.reopenedCount > 0 ? [`- It came back ${incident.reopenedCount} times.`] : []),
    '',
    '## Cause',
    '',
    ...causeLines(diagnosis),
    '',
    '## What was done',
    '',
    ...done.map(({ text, actor }) => `- ${actor === undefined ? '' : `${oneLine(actor)}: `}${oneLine(text)}`),
    `- Resolved${incident.resolvedBy === undefined ? '' : ` by ${oneLine(incident.resolvedBy)}`}.`,
    ...postmortems.flatMap(({ text }) => ['', '## Postmortem', '', oneLine(text.replace(POSTMORTEM, ''))]),
  ];
  return {
    source: incidentSourceName(incident),
    format: 'markdown',
    title: `Past incident: ${oneLine(incident.title)}`.slice(0, 500),
    text: lines.join('\n'),
    tags: [
      ...new Set([
        ...tags,
        `kind:${kind}`,
        `date:${new Date(endedAt).toISOString().slice(0, 10)}`,
        'author:heliosiq',
        'trust:generated',
      ]),
    ],
  };
}

function causeLines(diagnosis: Diagnosis | undefined): string[] {
  if (diagnosis === undefined) return ['- It was not investigated.'];
  const [first] = diagnosis.hypotheses;
  const certainty = `${Math.round(diagnosis.confidence * 100)}%`;
  return [
    `- ${oneLine(diagnosis.summary)} (${diagnosis.verdict}, confidence ${certainty})`,
    ...(first === undefined
      ? []
      : [`- First suspect: ${oneLine(first.asset)}, ${first.fault}. ${oneLine(first.because)}`]),
    ...(first?.evidence ?? [])
      .filter(({ direction }) => direction === 'for')
      .slice(0, EVIDENCE_MAX)
      .map(({ text, url }) => `- ${oneLine(text)} ([data](${url.replaceAll(/[\s()]/g, encodeURIComponent)}))`),
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 2000).toWellFormed();
}

function tagText(text: string): string {
  return oneLine(text).toLowerCase().replaceAll(',', ' ').slice(0, 100);
}

function timeText(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function durationText(durationMs: number): string {
  const minutes = Math.max(0, Math.round(durationMs / 60_000));
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 6) / 10} hours`;
}
