import type { Diagnosis, RankedHypothesis } from './diagnosis.ts';
import { percentText } from './value-words.ts';

/** Where the trouble is, e.g. `the slowness of PetSite`. */
function troubleText(symptom: Diagnosis['symptom']): string {
  if (symptom === undefined) return 'the trouble';
  if (symptom.metricClass === 'latency') return `the slowness of ${symptom.asset}`;
  return symptom.metricClass === 'errors' ? `the errors of ${symptom.asset}` : `the trouble at ${symptom.asset}`;
}

/** The reason without the name it begins with: what follows the first colon, as a clause. */
function reasonOf({ asset, because }: RankedHypothesis): string {
  return because.startsWith(`${asset} `) ? `It ${because.slice(asset.length + 1)}` : because;
}

/** A confidence below one half is told as what it is: the best of several. */
const MORE_LIKELY_THAN_NOT = 0.5;

function faultText(diagnosis: Diagnosis, best: RankedHypothesis): string {
  const sure = `(confidence ${percentText(best.confidence)})`;
  if (best.asset === diagnosis.symptom?.asset)
    return `The fault is most likely in ${best.asset} itself ${sure}. ${reasonOf(best)}`;
  const likely = best.confidence >= MORE_LIKELY_THAN_NOT ? 'the likely cause' : 'the most likely of several causes';
  return `${best.asset} is ${likely} of ${troubleText(diagnosis.symptom)} ${sure}. ${reasonOf(best)}`;
}

/** The answer in two or three plain sentences, on one line; the confidence told is that of the first hypothesis. */
export function summaryText(diagnosis: Diagnosis): string {
  return `${answerText(diagnosis)}${besideText(diagnosis)}`;
}

/** Causes that came at the same time and are not explained by the first. */
function besideText({ verdict, independentCauses }: Diagnosis): string {
  return verdict === 'no-fault'
    ? ''
    : independentCauses.map(({ asset, why }) => ` ${asset} is at fault as well, by itself: ${why}`).join('');
}

function answerText(diagnosis: Diagnosis): string {
  const [best, next] = diagnosis.hypotheses;
  const trouble = troubleText(diagnosis.symptom);
  if (best === undefined) return `Nothing is known that could explain ${trouble}.`;
  if (diagnosis.verdict === 'fault') return faultText(diagnosis, best);
  if (diagnosis.verdict === 'no-fault')
    return `No fault was found (confidence ${percentText(diagnosis.confidence)}): no metric is far enough from its normal in the direction that hurts.`;
  const isClose = next !== undefined && next.confidence >= best.confidence / 2;
  const others = isClose ? `, then ${next.asset} (${percentText(next.confidence)})` : '';
  const missing = diagnosis.missing[0] === undefined ? '' : ` ${diagnosis.missing[0]}`;
  return `The cause of ${trouble} is not clear: the best suspect is ${best.asset} (${percentText(best.confidence)})${others}. ${reasonOf(best)}${missing}`;
}
