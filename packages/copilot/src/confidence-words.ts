import type { FaultKind } from '@heliosiq/model';

/** How sure a confidence in [0, 1] is, as the beginning of a sentence. */
export function confidenceWords(confidence: number): string {
  if (confidence >= 0.8) return 'Most likely';
  if (confidence >= 0.5) return 'Probably';
  return confidence >= 0.25 ? 'Possibly' : 'It is unclear, but perhaps';
}

/** A share as a whole percentage. */
export function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}

/** A kind of fault as people say it. */
export const faultWords: Readonly<Record<FaultKind, string>> = {
  cpu: 'processor saturation',
  memory: 'memory pressure',
  disk: 'disk pressure',
  network: 'network trouble',
  latency: 'slow responses',
  errors: 'errors',
  traffic: 'a change in traffic',
  dependency: 'a dependency',
  config: 'a configuration change',
  deploy: 'a deploy',
  data: 'bad data',
  sensor: 'an abnormal reading',
  unknown: 'abnormal behaviour',
};

/** What to search the runbooks for, by kind of fault. */
export const faultQuery: Readonly<Record<FaultKind, string>> = {
  cpu: 'cpu saturation processor load high',
  memory: 'memory leak out of memory',
  disk: 'disk full slow storage',
  network: 'network packet loss connection',
  latency: 'high latency slow response dependency',
  errors: 'elevated error rate failures availability',
  traffic: 'traffic surge requests load',
  dependency: 'slow failing dependency downstream',
  config: 'configuration change roll back errors',
  deploy: 'deploy release roll back errors',
  data: 'bad data quality',
  sensor: 'sensor reading device abnormal',
  unknown: 'unusual behaviour',
};
