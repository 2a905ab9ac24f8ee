import { type Anomaly, type Diagnosis, type Evidence, type Hypothesis, type Incident } from '@heliosiq/model';
import type { AnswerDraft } from './answer-draft.ts';
import { confidenceWords, faultWords, percent } from './confidence-words.ts';
import { anomalySource, evidenceSource, incidentSource } from './sources.ts';

/** Says which incident it is and what was seen, on at most two assets. */
export function tellWhatHappened(draft: AnswerDraft, incident: Incident, anomalies: readonly Anomaly[]): void {
  const state =
    incident.status === 'resolved'
      ? `was resolved${incident.resolvedBy === undefined ? '' : ` by ${incident.resolvedBy}`}`
      : `is ${incident.status}`;
  const since = new Date(incident.startedAt).toISOString().replace('.000Z', 'Z');
  draft.say(
    `${sentence(incident.title)} This incident of ${incident.severity} severity began at ${since} and ${state}.`,
    incidentSource(incident),
  );
  for (const anomaly of mostTelling(incident, anomalies))
    draft.say(sentence(anomaly.explanation), anomalySource(anomaly));
}

/** Says what the investigation found. Returns false when the cause stays open. */
export function tellCause(draft: AnswerDraft, incident: Incident, diagnosis: Diagnosis | undefined): boolean {
  if (diagnosis === undefined) {
    draft.say(
      'I do not know the cause yet: the investigation of this incident has not been finished. Ask again in a moment.',
    );
    return false;
  }
  const [first, second] = diagnosis.hypotheses;
  const cited = (words: string) => incidentSource(incident, words);
  if (diagnosis.verdict === 'no-fault') {
    draft.say(`The investigation found no fault: ${sentence(diagnosis.summary)}`, cited(diagnosis.summary));
    return true;
  }
  const isKnown = diagnosis.verdict === 'fault' && first !== undefined;
  if (first === undefined || !isKnown) {
    draft.say(
      `I do not know the cause: the investigation was inconclusive. ${sentence(diagnosis.summary)}`,
      cited(diagnosis.summary),
    );
  }
  if (first !== undefined)
    tellHypothesis(draft, first, isKnown ? diagnosis.confidence : Math.min(first.confidence, 0.49));
  if (second !== undefined) {
    const [evidence] = strongest(second, 'for');
    const because = evidence === undefined ? sentence(second.because) : aboutAsset(evidence);
    draft.say(
      `Less likely is ${faultWords[second.fault]} at ${second.asset} (${percent(second.confidence)}): ${because}`,
      evidence === undefined ? cited(second.because) : evidenceSource(evidence),
    );
  }
  for (const { asset, why } of diagnosis.ruledOut.slice(0, 2))
    draft.say(`Ruled out: ${asset}. ${sentence(why)}`, cited(why));
  if (!isKnown) {
    for (const missing of diagnosis.missing.slice(0, 3))
      draft.say(`What is missing: ${sentence(missing)}`, cited(missing));
  }
  return isKnown;
}

function tellHypothesis(draft: AnswerDraft, hypothesis: Hypothesis, confidence: number): void {
  const [main, ...others] = [...changesFirst(strongest(hypothesis, 'for'))].slice(0, 4);
  draft.say(
    `${confidenceWords(confidence)} the cause is ${faultWords[hypothesis.fault]} at ${hypothesis.asset} (confidence ${percent(confidence)}).`,
    ...(main === undefined ? [] : [evidenceSource(main)]),
  );
  for (const evidence of main === undefined ? [] : [main, ...others])
    draft.say(aboutAsset(evidence), evidenceSource(evidence));
  for (const evidence of strongest(hypothesis, 'against').slice(0, 1)) {
    draft.say(`Against it speaks: ${aboutAsset(evidence)}`, evidenceSource(evidence));
  }
}

function strongest({ evidence }: Hypothesis, direction: Evidence['direction']): readonly Evidence[] {
  return evidence.filter((one) => one.direction === direction).sort((a, b) => b.strength - a.strength);
}

/** The strongest first, but a change of the asset is never left out. */
function changesFirst(evidence: readonly Evidence[]): readonly Evidence[] {
  const [first, ...rest] = evidence;
  if (first === undefined) return [];
  return [first, ...rest.filter(({ kind }) => kind === 'change'), ...rest.filter(({ kind }) => kind !== 'change')];
}

function aboutAsset({ asset, text }: Evidence): string {
  return sentence(text.includes(asset) ? text : `${asset}: ${text}`);
}

/** The entry's strongest anomaly, then the strongest of another asset. */
function mostTelling(incident: Incident, anomalies: readonly Anomaly[]): readonly Anomaly[] {
  const { entry } = incident;
  const isEntry = ({ series }: Anomaly): boolean => series.asset === entry?.asset && series.metric === entry.metric;
  const ranked = [...anomalies].sort(
    (a, b) =>
      Number(isEntry(b)) - Number(isEntry(a)) ||
      b.score - a.score ||
      a.startedAt - b.startedAt ||
      (a.id < b.id ? -1 : 1),
  );
  const [first] = ranked;
  const other = ranked.find(({ series }) => series.asset !== first?.series.asset);
  return [first, other].filter((anomaly) => anomaly !== undefined);
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
