import type { Tuning } from '@heliosiq/model';

/** What a tuning says, in a few words. */
export function tuningWords(tuning: Tuning): string {
  if (tuning.kind === 'holiday') return `${tuning.title}, ${tuning.date}, is a holiday`;
  if (tuning.kind === 'dismissal') {
    const size = tuning.direction === 'up' ? 'above' : 'below';
    return `${tuning.metric} of ${tuning.asset} up to ${tuning.deviationMax} deviations ${size} was said to be no anomaly`;
  }
  const whose = [tuning.asset, tuning.metric, tuning.seriesId === undefined ? undefined : 'one series'];
  const named = whose.filter((one) => one !== undefined).join(', ');
  return `sensitivity ${tuning.level} for ${named === '' ? 'everything' : named}`;
}
