import { createCopilot } from '@heliosiq/copilot';
import { createDetect } from '@heliosiq/detect';
import { createBacktester } from '@heliosiq/detect/backtest/backtester.ts';
import { createBandReader } from '@heliosiq/detect/band-reader.ts';
import { createDetectionDesk } from '@heliosiq/detect/feedback/detection-desk.ts';
import { silenceDefaults } from '@heliosiq/detect/silence/silence-settings.ts';
import { createDiagnose } from '@heliosiq/diagnose';
import { createInvestigationDesk } from '@heliosiq/diagnose/investigation-desk.ts';
import { createTraceKeeper } from '@heliosiq/diagnose/trace-keeper.ts';
import { createIncident } from '@heliosiq/incident';
import { createAnomalyStandings } from '@heliosiq/incident/anomaly-standing.ts';
import { createIncidentReports } from '@heliosiq/incident/incident-reports.ts';
import { checkGrounding } from '@heliosiq/knowledge/grounding.ts';
import { createLake } from '@heliosiq/lake';
import { createRulesDoors } from '@heliosiq/detect/rules/rules-doors.ts';
import { createLakeCatalogue } from '@heliosiq/lake/catalogue/lake-catalogue.ts';
import { createChartReader } from '@heliosiq/lake/chart-reader.ts';
import { createPrometheusDoors } from '@heliosiq/lake/prometheus-api/prometheus-doors.ts';
import { createMetricQuery } from '@heliosiq/lake/promql/metric-query.ts';
import { createArrivals } from '@heliosiq/lake/gold/arrivals.ts';
import { createGoldFacts } from '@heliosiq/lake/gold/gold-facts.ts';
import { createGold } from '@heliosiq/lake/gold/gold.ts';
import { createLogSearch } from '@heliosiq/lake/logs/log-search.ts';
import { createSampleExport } from '@heliosiq/lake/export/sample-export.ts';
import { HeliosError } from '@heliosiq/model';
import { createNotify } from '@heliosiq/notify';
import { closestWord } from './config/closest-word.ts';
import { composeBronze } from './program/compose-bronze.ts';
import { composeIngest } from './program/compose-ingest.ts';
import { composeKnowledge, knowledgeNeeds } from './program/compose-knowledge.ts';
import { composeRunbooks } from './program/compose-runbooks.ts';
import { composeRetention, retentionNeeds } from './program/compose-retention.ts';
import { composeRuleDesk, composeRules } from './program/compose-rules.ts';
import { createMaintenance, createRetentionJob } from './program/maintenance.ts';
import { publicUrlOf } from './program/public-url.ts';
import { role } from './program/role-context.ts';
import { createScheduledJob } from './program/scheduled-job.ts';
import type { AnyRole } from './program/role-context.ts';

/** The role table, in the order of the flow: what each does, which ports it needs, and its parts. */
export const roles = {
  lake: role({
    about: 'keeps every signal: samples in chunks, the rest as rows',
    needs: [
      'log',
      'registry',
      'series',
      'seriesUpkeep',
      'changes',
      'rollups',
      'signals',
      'topology',
      'tenants',
      'states',
      'lease',
    ],
    isStage: true,
    compose: (ports, context) => {
      const arrivals = createArrivals({ ...ports, ...context });
      return {
        services: [
          createLake({ ...ports, ...context, series: arrivals.counted(ports.series) }),
          arrivals.service,
          ports.seriesUpkeep.service(context),
          createGold({ ...ports, ...context }),
        ],
      };
    },
  }),
  bronze: role({
    about: 'keeps every accepted record as it was acknowledged; proves and rebuilds the rest from it',
    needs: [
      'log',
      'registry',
      'blobs',
      'tenants',
      'series',
      'signals',
      'rollups',
      'changes',
      'anomalies',
      'states',
      'jobs',
    ],
    compose: composeBronze,
  }),
  detect: role({
    about: 'runs a model per series and says what is unusual, and why',
    needs: ['log', 'registry', 'anomalies', 'states', 'tunings'],
    isStage: true,
    compose: (ports, context) => {
      const silence = { ...silenceDefaults, silenceMsMin: context.config.silenceMinS * 1000 };
      return { services: [createDetect({ ...ports, ...context, settings: { silence } })] };
    },
  }),
  rules: role({
    about: 'evaluates rules and the burn of error budgets',
    needs: ['rules', 'states', 'series', 'lease', 'log', 'registry', 'topology', 'tenants'],
    compose: composeRules,
  }),
  incident: role({
    about: 'groups anomalies and alerts into incidents',
    needs: ['log', 'incidents', 'anomalies', 'topology'],
    isStage: true,
    compose: (ports, context) => ({ services: createIncident({ ...ports, ...context }).services }),
  }),
  diagnose: role({
    about: 'ranks the causes of incidents with evidence',
    needs: [
      'log',
      'incidents',
      'diagnoses',
      'series',
      'signals',
      'topology',
      'anomalies',
      'traces',
      'documents',
      'sharedIndex',
      'states',
    ],
    isStage: true,
    compose: (ports, context) => ({
      services: [
        createTraceKeeper({ ...ports, ...context }),
        createDiagnose({ ...ports, ...context, runbooks: composeRunbooks(ports, context) }),
      ],
    }),
  }),
  notify: role({
    about: 'tells webhooks about incidents and their causes',
    needs: ['log', 'deliveries', 'incidents', 'diagnoses', 'silences'],
    isStage: true,
    compose: (ports, context) => ({
      services: createNotify({
        ...ports,
        ...context,
        targets: context.config.webhooks,
        publicUrl: publicUrlOf(context.config),
      }),
    }),
  }),
  maintenance: role({
    about: 'enforces what is kept for how long',
    needs: ['log', 'idempotency', 'tenants', 'jobs', ...retentionNeeds],
    compose: (ports, context) => ({
      services: [
        createMaintenance({ ...ports, ...context }),
        createScheduledJob(createRetentionJob({ ...context, retention: composeRetention(ports, context) }), {
          ...ports,
          ...context,
        }),
      ],
    }),
  }),
  ingest: role({
    about: 'takes in signals by every protocol',
    needs: ['log', 'registry', 'topology', 'states', 'lease', 'tenants'],
    compose: composeIngest,
  }),
  gateway: role({
    about: 'serves the HTTP API, the live stream and the page',
    needs: [
      'log',
      'series',
      'signals',
      'logPatterns',
      'figures',
      'topology',
      'anomalies',
      'incidents',
      'silences',
      'diagnoses',
      'traces',
      'documents',
      'states',
      'rollups',
      'rules',
      'tunings',
      'ratings',
      'jobs',
      ...knowledgeNeeds,
      ...retentionNeeds,
    ],
    compose: (ports, context) => {
      const facts = createGoldFacts(ports);
      const { knowledge, services } = composeKnowledge(ports, context, facts);
      const charts = createChartReader(ports);
      const ruleDesk = composeRuleDesk(ports, context);
      return {
        services,
        parts: {
          lake: {
            ...ports,
            charts,
            bands: createBandReader({ series: ports.series }),
            catalogue: createLakeCatalogue({ ...ports, now: context.now }),
            samples: createSampleExport({ series: ports.series }),
          },
          retention: { retention: composeRetention(ports, context) },
          jobs: { jobs: ports.jobs },
          rules: { desk: ruleDesk },
          detection: {
            desk: createDetectionDesk({ ...ports, ...context }),
            backtester: createBacktester({ ...ports, logger: context.logger }),
            standings: createAnomalyStandings({ ...ports, now: context.now }),
          },
          gold: { facts },
          logs: { logs: createLogSearch({ signals: ports.signals, patterns: ports.logPatterns }) },
          incidents: {
            ...ports,
            charts,
            now: context.now,
            desk: createIncident({ ...ports, ...context }).desk,
            reports: createIncidentReports(ports),
          },
          investigations: {
            ...context,
            investigations: createInvestigationDesk({
              ...ports,
              ...context,
              investigator: createDiagnose({ ...ports, ...context, runbooks: knowledge }),
            }),
          },
          knowledge: {
            library: knowledge,
            answerer: createCopilot({ ...ports, ...context, search: knowledge, checkGrounding }),
          },
          httpDoors: [
            ...createPrometheusDoors({ ...context, metrics: createMetricQuery({ series: ports.series }) }),
            ...createRulesDoors(ruleDesk),
          ],
        },
        prepare: async () => void (await knowledge.seed(context.config.tenant)),
      };
    },
  }),
} as const satisfies Record<string, AnyRole>;

export type RoleName = keyof typeof roles;

const roleNames = Object.keys(roles) as readonly RoleName[]; // the keys of a const object

/** Names for several roles at once. */
export const roleGroups = {
  all: roleNames,
  worker: ['lake', 'bronze', 'detect', 'rules', 'incident', 'diagnose', 'notify', 'maintenance'],
} as const satisfies Record<string, readonly RoleName[]>;

/**
 * The roles that a comma-separated list of roles and groups names, in the order of the flow. Rejects unknown names with
 * the cure.
 */
export function chosenRoles(words: string): readonly { readonly name: RoleName; readonly role: AnyRole }[] {
  const wanted = words.split(',').flatMap((word) => knownRoles(word.trim()));
  return roleNames.filter((name) => wanted.includes(name)).map((name) => ({ name, role: roles[name] }));
}

function knownRoles(word: string): readonly RoleName[] {
  const group = Object.entries(roleGroups).find(([name]) => name === word);
  if (group !== undefined) return group[1];
  const name = roleNames.find((each) => each === word);
  if (name !== undefined) return [name];
  const known = [...Object.keys(roleGroups), ...roleNames];
  const close = closestWord(word, known);
  throw new HeliosError('config-invalid', `there is no role "${word}"`, {
    cure: close === undefined ? `take some of ${known.join(', ')}` : `did you mean "${close}"?`,
  });
}
