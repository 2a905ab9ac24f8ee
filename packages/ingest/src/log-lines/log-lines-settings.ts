import { intakeDefaults } from '../intake-settings.ts';

/** What the doors for logs take. */
export interface LogLinesSettings {
  /** Lines of one request. */
  readonly recordsMax: number;
  readonly ageMaxMs: number;
  readonly futureMaxMs: number;
  /** Fields and labels that name the asset, the best first; `a/b` = both, joined by a slash. */
  readonly assetRules: readonly string[];
  /** Bytes of a body after the door's own decompression. */
  readonly bodyBytesMax: number;
}

export const logLinesDefaults: LogLinesSettings = {
  recordsMax: intakeDefaults.recordsMax,
  ageMaxMs: intakeDefaults.ageMaxMs,
  futureMaxMs: intakeDefaults.futureMaxMs,
  assetRules: [
    'asset',
    'service.name',
    'service_name',
    'service',
    'app',
    'application',
    'app_kubernetes_io_name',
    'kubernetes.namespace_name/kubernetes.pod_name',
    'namespace/pod',
    'host.name',
    'hostname',
    'host',
    'instance',
    'container_name',
    'container',
    'job',
  ],
  bodyBytesMax: 32 * 2 ** 20,
};
