import type { Anomaly, Diagnosis, Incident, IncidentAlert, TimelineEntry } from '@heliosiq/model';

/** What a postmortem is written from. */
export interface PostmortemFacts {
  readonly incident: Incident;
  readonly diagnosis: Diagnosis | undefined;
  /** Oldest first. */
  readonly timeline: readonly TimelineEntry[];
  readonly size: { readonly timeline: number; readonly alerts: number };
  readonly alerts: readonly IncidentAlert[];
  readonly anomalies: readonly Anomaly[];
}

const linesMax = 60;
const assetsNamed = 12;
const repeatsShown = 3;

/**
 * A draft of a postmortem in Markdown: impact, detection, timeline, cause with evidence, what went well, what did not, and
 * actions. Says only what is stored; where a person has to judge, the line is a question in italics.
 */
export function postmortemDraft(facts: PostmortemFacts): string {
  const { incident } = facts;
  const lines = [
    `# Postmortem: ${plain(incident.title)}`,
    '',
    `Draft of ${moment(incident.updatedAt)}, written from what was recorded. Incident \`${incident.id}\`, severity ${incident.severity}, ${incident.status}.`,
    ...section('Impact', impact(facts)),
    ...section('Detection', detection(facts)),
    ...section('Timeline', story(facts)),
    ...section('Cause', cause(facts)),
    ...section('What went well', wentWell(facts)),
    ...section('What did not go well', wentBadly(facts)),
    ...section('Actions', actions(facts)),
  ];
  return `${lines.join('\n')}\n`;
}

function impact({ incident, anomalies }: PostmortemFacts): readonly string[] {
  const { startedAt, lastSeenAt, assets, entry, severityReason, occurrences } = incident;
  const named = assets.slice(0, assetsNamed).map((asset) => `${code(asset)}`);
  const more = assets.length - named.length;
  const worst = anomalies.toSorted((a, b) => b.score - a.score)[0];
  return [
    `- From ${moment(startedAt)} to ${moment(lastSeenAt)}: ${lasted(lastSeenAt - startedAt)}.`,
    `- Affected: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
    ...(entry === undefined ? [] : [`- Users felt it at ${code(entry.asset)} (${plain(entry.metric)}).`]),
    ...(worst === undefined ? [] : [`- ${plain(worst.explanation)}`]),
    `- ${occurrences} ${occurrences === 1 ? 'sign' : 'signs'} of trouble were counted${severityReason === undefined ? '' : `; severity because ${plain(severityReason)}`}.`,
    '- _How many users or how much revenue was affected?_',
  ];
}

function detection({ incident, timeline, size, anomalies }: PostmortemFacts): readonly string[] {
  const first = timeline.find(({ kind }) => kind === 'anomaly-joined' || kind === 'alert-joined');
  const sent = timeline.find(({ kind }) => kind === 'notification-sent');
  const lateMs = incident.openedAt - incident.startedAt;
  return [
    `- It began at ${moment(incident.startedAt)}; the incident opened at ${moment(incident.openedAt)}${lateMs >= 0 ? `, ${lasted(lateMs)} later` : ''}.`,
    ...(first === undefined ? [] : [`- First sign: ${plain(first.text)}`]),
    `- Members: ${anomalies.length} anomalies of its own detection and ${size.alerts} alerts of other systems.`,
    ...(sent === undefined
      ? ['- Nobody was told by a notification.']
      : [`- First told at ${moment(sent.at)}: ${plain(sent.text)}`]),
    ...(incident.acknowledgedAt === undefined
      ? []
      : [`- Acknowledged at ${moment(incident.acknowledgedAt)} by ${plain(incident.acknowledgedBy ?? 'somebody')}.`]),
  ];
}

/** Every step of people and of the lifecycle; of many members only the first few and how many followed. */
function story({ timeline, size, incident }: PostmortemFacts): readonly string[] {
  const seen = new Map<string, number>();
  const told: TimelineEntry[] = [];
  for (const entry of timeline) {
    const isMember = /^(anomaly|alert)-/.test(entry.kind);
    const count = (seen.get(entry.kind) ?? 0) + 1;
    seen.set(entry.kind, count);
    if (!isMember || count <= repeatsShown) told.push(entry);
  }
  const shown = told.length <= linesMax ? told : [...told.slice(0, linesMax / 2), ...told.slice(-linesMax / 2)];
  const left = size.timeline - shown.length;
  return [
    '| Time (UTC) | What happened | Who |',
    '| --- | --- | --- |',
    ...shown.map(
      ({ at, text, reason, actor }) =>
        `| ${moment(at)} | ${cell(text)}${reason === undefined ? '' : ` (${cell(reason)})`} | ${cell(actor ?? '')} |`,
    ),
    ...(left > 0 ? ['', `${left} more lines are in the [incident](/incidents/${incident.id}).`] : []),
  ];
}

function cause({ diagnosis }: PostmortemFacts): readonly string[] {
  if (diagnosis === undefined) return ['No investigation was made. _What was the cause?_'];
  const [first] = diagnosis.hypotheses;
  const share = `${Math.round(diagnosis.confidence * 100)} %`;
  const lines = [plain(diagnosis.summary), ''];
  if (diagnosis.verdict !== 'fault' || first === undefined) {
    lines.push(`The investigation ended as **${diagnosis.verdict}** (confidence ${share}). _What was the cause?_`);
  } else {
    lines.push(`**${code(first.asset)}**, ${first.fault}, confidence ${share}: ${plain(first.because)}`, '');
    for (const { direction, text, url } of first.evidence.slice(0, 12)) {
      lines.push(
        `- ${direction === 'for' ? 'For' : 'Against'}: ${plain(text)}${url === undefined ? '' : ` ([data](${url}))`}`,
      );
    }
  }
  for (const { asset, why } of diagnosis.independentCauses ?? [])
    lines.push(`- At fault as well, by itself: ${code(asset)}: ${plain(why)}`);
  for (const { text } of (diagnosis.inferredEdges ?? []).slice(0, 8)) lines.push(`- ${plain(text)}`);
  for (const { title, quote, url, document } of first?.runbooks ?? []) {
    lines.push(
      '',
      `Runbook [${plain(title)}](${url}) (${code(document?.source ?? '')}, SHA-256 ${code(document?.sha256.slice(0, 12) ?? '')}):`,
      '',
    );
    lines.push(...quote.split('\n').map((line) => `> ${plain(line)}`), '');
  }
  for (const { asset, why } of diagnosis.ruledOut.slice(0, 8)) {
    lines.push(`- Ruled out: ${code(asset)}: ${plain(why)}`);
  }
  for (const missing of diagnosis.missing.slice(0, 8)) lines.push(`- Not known: ${plain(missing)}`);
  return [...lines, '', '_Confirm or correct the cause; what let it get so far?_'];
}

function wentWell({ incident, diagnosis, timeline }: PostmortemFacts): readonly string[] {
  const { openedAt, acknowledgedAt, mitigatedAt, resolvedAt, reopenedCount } = incident;
  const sure = diagnosis?.verdict === 'fault' && diagnosis.confidence >= 0.8;
  return listOr(
    [
      ...(acknowledgedAt === undefined
        ? []
        : [`Somebody took it ${lasted(acknowledgedAt - openedAt)} after it opened.`]),
      ...(mitigatedAt === undefined ? [] : [`Users were safe ${lasted(mitigatedAt - openedAt)} after it opened.`]),
      ...(sure ? [`The cause was named ${lasted(diagnosis.madeAt - openedAt)} after it opened.`] : []),
      ...(resolvedAt !== undefined && reopenedCount === 0 ? ['It did not come back.'] : []),
      ...(timeline.some(({ kind }) => kind === 'comment-added') ? ['What was seen and done was written down.'] : []),
    ],
    '_What else helped?_',
  );
}

function wentBadly({ incident, timeline, diagnosis }: PostmortemFacts): readonly string[] {
  const count = (kind: TimelineEntry['kind']): number => timeline.filter((entry) => entry.kind === kind).length;
  const failed = count('notification-failed');
  return listOr(
    [
      ...(incident.recurrenceOf === undefined
        ? []
        : [`The same trouble was here before: \`${incident.recurrenceOf}\`.`]),
      ...(incident.reopenedCount === 0 ? [] : [`It came back ${incident.reopenedCount} times.`]),
      ...(incident.acknowledgedAt === undefined ? ['Nobody acknowledged it.'] : []),
      ...(failed === 0 ? [] : [`${failed} notifications did not get through.`]),
      ...(count('notification-muted') === 0 ? [] : [`${count('notification-muted')} notifications were held back.`]),
      ...(diagnosis !== undefined && diagnosis.verdict !== 'fault'
        ? ['The cause was not found by the investigation.']
        : []),
    ],
    '_What else got in the way?_',
  );
}

function actions({ incident, diagnosis }: PostmortemFacts): readonly string[] {
  const [first] = diagnosis?.hypotheses ?? [];
  const asset = first?.asset ?? incident.entry?.asset ?? incident.assets[0];
  const missing = diagnosis?.missing[0];
  return [
    `- [ ] _Remove the cause${asset === undefined ? '' : ` at ${code(asset)}`}_ (owner: ${plain(incident.assignee ?? 'nobody yet')})`,
    ...(incident.recurrenceOf === undefined ? [] : ['- [ ] _Find out why the last fix did not hold_']),
    ...(missing === undefined ? [] : [`- [ ] _Record what was missing: ${plain(missing)}_`]),
    '- [ ] _Write or mend the runbook_',
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return ['', `## ${title}`, '', ...lines];
}

function listOr(items: readonly string[], question: string): readonly string[] {
  return [...items.map((item) => `- ${item}`), `- ${question}`];
}

function moment(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

function lasted(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Words of senders stay words: no markup, no line breaks. */
function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_[\]<>#|]/g, '\\$&')
    .trim();
}

/** A name as code: nothing in it is markup but the sign that ends it. */
function code(text: string): string {
  return `\`${text.replaceAll(/\s+/g, ' ').replaceAll('`', "'").replaceAll('|', '/')}\``;
}

function cell(text: string): string {
  return plain(text).slice(0, 400);
}
