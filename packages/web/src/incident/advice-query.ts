import type { Diagnosis, Incident } from '@heliosiq/model';

/** What runbooks call each kind of fault. */
const faultQueries: Readonly<Record<string, string>> = {
  cpu: 'cpu saturation processor load high',
  memory: 'memory leak out of memory',
  disk: 'disk full slow storage',
  network: 'network packet loss connection',
  latency: 'high latency slow dependency',
  errors: 'error rate failures availability',
  traffic: 'traffic surge requests load',
  dependency: 'slow failing dependency',
  config: 'configuration change roll back',
  deploy: 'deploy release roll back',
  data: 'bad data quality',
};

/** What to search the runbooks for: the fault where it is known, else what was measured. */
export function adviceQuery({ entry, assets, title }: Incident, diagnosis: Diagnosis | undefined): string {
  const fault = diagnosis?.verdict === 'fault' ? diagnosis.hypotheses[0]?.fault : undefined;
  const known = fault === undefined ? undefined : faultQueries[fault];
  const words = known ?? (entry === undefined ? title : `${entry.metric} ${entry.asset}`);
  const device = known === undefined ? (assets[0] ?? '') : '';
  return `${words} ${device} fix check`.replace(/[-_:/]+/g, ' ');
}
