import { assetLabelsDefault } from '@heliosiq/ingest/intake/asset-of-labels.ts';
import { ByteSize, TenantLimitsTable, quotaDefaults } from '@heliosiq/ingest/intake/tenant-quota-limits.ts';
import { PipelineRules } from '@heliosiq/ingest/pipeline/pipeline-rules.ts';
import { otlpDefaults } from '@heliosiq/ingest/otlp/otlp-settings.ts';
import { Names, Structured, Text, Whole, YesNo } from './setting.ts';
import type { Setting } from './setting.ts';

/** What is made of what comes in, and how much of it is taken. */
export const ingestSettings = {
  ageMaxDays: {
    key: 'ingest.age-max-days',
    schema: Whole(1, 36_500).default(400),
    placeholder: 'N',
    help: 'Oldest signal that is accepted.',
  },
  assetLabels: {
    key: 'ingest.asset-labels',
    schema: Names.default([...assetLabelsDefault]),
    placeholder: 'NAMES',
    help: 'Labels that name the asset of a series or an alert, the best first; a/b joins two.',
  },
  haReplicaLabel: {
    key: 'ingest.ha-replica-label',
    schema: Text.default('__replica__'),
    placeholder: 'NAME',
    help: 'Label by which replicas of one Prometheus tell themselves apart; only one of them is stored.',
  },
  haClusterLabel: {
    key: 'ingest.ha-cluster-label',
    schema: Text.default('cluster'),
    placeholder: 'NAME',
    help: 'Label that names the group of such replicas.',
  },
  haFailoverS: {
    key: 'ingest.ha-failover-s',
    schema: Whole(1, 3_000).default(30),
    placeholder: 'N',
    help: 'Seconds of silence after which another replica is taken.',
  },
  traceItemsPerSecond: {
    key: 'traces.items-per-second',
    schema: Whole(0, 1_000_000).default(otlpDefaults.traceItemsPerSecond),
    placeholder: 'N',
    help: 'Spans and their log lines that are kept as whole traces per second and tenant, for diagnosis; 0 = none.',
  },
  samplesPerSecond: {
    key: 'limits.samples-per-second',
    schema: Whole(0, 1_000_000_000).default(quotaDefaults.samplesPerSecond),
    placeholder: 'N',
    help: 'Samples and other signals that a tenant may send per second on average, ten seconds at once; 0 = no limit.',
  },
  seriesMax: {
    key: 'limits.series-max',
    schema: Whole(0, 1_000_000_000).default(quotaDefaults.seriesMax),
    placeholder: 'N',
    help: 'Series that a tenant may have; further ones are refused, known ones go on. 0 = no limit.',
  },
  bytesPerDay: {
    key: 'limits.bytes-per-day',
    schema: ByteSize.default(quotaDefaults.bytesPerDay),
    placeholder: 'SIZE',
    help: 'Bytes of bodies, decompressed, that a tenant may send per day (UTC), e.g. 10GiB; 0 = no limit.',
  },
  tenantLimits: {
    key: 'limits.tenants',
    schema: Structured(TenantLimitsTable, '{"TENANT": {"samples-per-second": N}}').default({}),
    placeholder: 'JSON',
    help: 'Other limits for some tenants: {acme: {samples-per-second: 50000, series-max: 20000, bytes-per-day: 10GiB}}.',
  },
  pipeline: {
    key: 'pipeline',
    schema: Structured(PipelineRules, 'a list of rules').default([]),
    placeholder: 'JSON',
    help: 'Rules for what comes in: drop, rename, redact, derive, sample, route. See the page on pipelines.',
  },
  redactsSecrets: {
    key: 'pipeline-secrets',
    schema: YesNo.default(true),
    placeholder: 'true|false',
    help: 'Hide passwords, tokens and keys in titles and log lines before they are stored.',
  },
} as const satisfies Record<string, Setting>;
