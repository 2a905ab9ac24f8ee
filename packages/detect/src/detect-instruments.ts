import type { Meter } from '@heliosiq/ports';

/** What the stage counts and shows. */
export function createDetectInstruments(meter: Meter) {
  return {
    samples: meter.counter({ name: 'heliosiq_detect_samples_total', help: 'Samples judged by series models.' }),
    changes: meter.counter({
      name: 'heliosiq_detect_anomaly_changes_total',
      help: 'Anomalies opened, updated and closed.',
      labels: ['kind'],
    }),
    rejected: meter.counter({
      name: 'heliosiq_detect_records_rejected_total',
      help: 'Records of signals that detection could not read.',
    }),
    series: meter.gauge({ name: 'heliosiq_detect_series', help: 'Series whose models are in memory.' }),
  };
}
