import type { Hypothesis } from '@heliosiq/model';

type FaultKind = Hypothesis['fault'];

/** A kind of fault as people say it. */
const faultWords: Readonly<Record<FaultKind, string>> = {
  cpu: 'processor saturated',
  memory: 'short of memory',
  disk: 'disk trouble',
  network: 'network trouble',
  latency: 'slow responses',
  errors: 'errors',
  traffic: 'unusual traffic',
  dependency: 'a dependency fails',
  config: 'configuration change',
  deploy: 'deploy',
  data: 'bad data',
  sensor: 'abnormal reading',
  unknown: 'abnormal behaviour',
};

/** A kind of fault as people say it; a kind that this page does not know stays as it is. */
export function faultWord(fault: string): string {
  return Object.hasOwn(faultWords, fault) ? faultWords[fault as FaultKind] : fault; // just looked up
}

/** How sure a confidence in [0, 1] is. */
export function confidenceWord(confidence: number): string {
  if (confidence >= 0.9) return 'very likely';
  if (confidence >= 0.6) return 'likely';
  if (confidence >= 0.3) return 'possible';
  return 'unlikely';
}
