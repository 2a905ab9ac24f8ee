import { createRuleDesk } from '@heliosiq/detect/rules/rule-desk.ts';
import type { RecordedSample } from '@heliosiq/detect/rules/evaluate-group.ts';
import { createRules } from '@heliosiq/detect/rules/rules-stage.ts';
import { assetOfLabels } from '@heliosiq/ingest/intake/asset-of-labels.ts';
import { createMetricQuery } from '@heliosiq/lake/promql/metric-query.ts';
import { parseQuery } from '@heliosiq/lake/promql/parse-query.ts';
import { HeliosError } from '@heliosiq/model';
import type { Principal, Sample } from '@heliosiq/model';
import type { RuleDesk, SignalIntake } from '@heliosiq/ports';
import { ingestOf, type IngestPorts } from './compose-ingest.ts';
import type { ProgramPorts } from './program-ports.ts';
import { publicUrlOf } from './public-url.ts';
import type { Composition, RoleContext } from './role-context.ts';
import { createRuleFiles } from './rule-files.ts';

/** What looking after rules needs. */
export type RuleDeskPorts = Pick<ProgramPorts, 'rules' | 'states' | 'series'>;

/** What evaluating rules needs: what it finds goes in by the doors. */
export type RulesPorts = RuleDeskPorts & IngestPorts;

/** Samples that one call of the intake takes. */
const recordedAtOnce = 5_000;

/** The rules of all tenants, and those that stand in files of the configuration. */
export function composeRules(ports: RulesPorts, context: RoleContext): Composition {
  const { ingest, services } = ingestOf(ports, context);
  const page = `${publicUrlOf(context.config)}/explore`;
  const stage = createRules({
    ...ports,
    ...context,
    metrics: createMetricQuery({ series: ports.series }),
    alerts: ingest.alerts,
    record: recorder(ingest.signals, context.config.assetLabels),
    checkQuery: whatIsWrongWith,
    linkOf: (query) => `${page}?q=${encodeURIComponent(JSON.stringify([query]))}`,
  });
  const files = createRuleFiles({ ...context, desk: composeRuleDesk(ports, context) });
  return { services: [...services, ...files, stage] };
}

export function composeRuleDesk(ports: RuleDeskPorts, { now }: Pick<RoleContext, 'now'>): RuleDesk {
  return createRuleDesk({
    ...ports,
    now,
    metrics: createMetricQuery({ series: ports.series }),
    checkQuery: whatIsWrongWith,
  });
}

/** What a question has wrong in the eyes of the engine that will answer it. */
export function whatIsWrongWith(query: string): string | undefined {
  try {
    parseQuery(query);
    return undefined;
  } catch (error) {
    if (error instanceof HeliosError) return error.message;
    throw error;
  }
}

function recorder(intake: SignalIntake, assetLabels: readonly string[]) {
  return async (principal: Principal, recorded: readonly RecordedSample[]): Promise<void> => {
    const samples = recorded
      // A rule whose result is no number has nothing to record.
      .filter(({ value }) => Number.isFinite(value))
      .map((one): Sample => ({ kind: 'sample', asset: assetOfLabels(one.labels, assetLabels), ...one }));
    for (let start = 0; start < samples.length; start += recordedAtOnce) {
      const body = Buffer.from(JSON.stringify(samples.slice(start, start + recordedAtOnce)));
      const { rejected } = await intake.accept(principal, { contentType: 'application/json', body });
      const [first] = rejected;
      if (first !== undefined)
        throw new HeliosError('invalid-request', `a recorded sample was refused: ${first.reason}`);
    }
  };
}
