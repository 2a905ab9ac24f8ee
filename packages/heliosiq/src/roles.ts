import { join } from 'node:path';
import { createCopilot } from '@heliosiq/copilot';
import { createDetect } from '@heliosiq/detect';
import { createBandReader } from '@heliosiq/detect/band-reader.ts';
import { createDiagnose } from '@heliosiq/diagnose';
import { createGateway } from '@heliosiq/gateway';
import { createIncident } from '@heliosiq/incident';
import { createIngest } from '@heliosiq/ingest';
import { createKnowledge } from '@heliosiq/knowledge';
import { createLake } from '@heliosiq/lake';
import { createChartReader } from '@heliosiq/lake/chart-reader.ts';
import { HeliosError } from '@heliosiq/model';
import { createNotify } from '@heliosiq/notify';
import { closestWord } from './config/closest-word.ts';
import { gatewayAccess } from './program/gateway-access.ts';
import { createMaintenance } from './program/maintenance.ts';
import { publicUrlOf } from './program/public-url.ts';
import { programVersion } from './program/version.ts';
import { role } from './program/role-context.ts';
import type { AnyRole } from './program/role-context.ts';

const dayMs = 86_400_000;
/** Where the built page lies in a clone. */
const webFolder = join(import.meta.dirname, '..', '..', 'web', 'dist');

/** The role table, in the order of the flow: what each does, which ports it needs, and its parts. */
export const roles = {
  lake: role({
    about: 'keeps every signal: samples in chunks, the rest as rows',
    needs: ['log', 'series', 'signals', 'topology'],
    compose: (ports, context) => ({ services: [createLake({ ...ports, ...context })] }),
  }),
  detect: role({
    about: 'runs a model per series and says what is unusual, and why',
    needs: ['log', 'anomalies', 'states'],
    compose: (ports, context) => ({ services: [createDetect({ ...ports, ...context })] }),
  }),
  incident: role({
    about: 'groups anomalies and alerts into incidents',
    needs: ['log', 'incidents', 'anomalies', 'topology'],
    compose: (ports, context) => ({ services: createIncident({ ...ports, ...context }).services }),
  }),
  diagnose: role({
    about: 'ranks the causes of incidents with evidence',
    needs: ['log', 'incidents', 'diagnoses', 'series', 'signals', 'topology', 'anomalies'],
    compose: (ports, context) => ({ services: [createDiagnose({ ...ports, ...context })] }),
  }),
  notify: role({
    about: 'tells webhooks about incidents and their causes',
    needs: ['log', 'deliveries', 'incidents', 'diagnoses'],
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
    needs: ['log', 'idempotency'],
    compose: (ports, context) => ({ services: [createMaintenance({ ...ports, ...context })] }),
  }),
  gateway: role({
    about: 'serves the HTTP API, the live stream and the page',
    needs: [
      'log',
      'series',
      'signals',
      'topology',
      'anomalies',
      'incidents',
      'diagnoses',
      'documents',
      'states',
      'tenants',
      'idempotency',
    ],
    compose: async (ports, context) => {
      const { config } = context;
      const knowledge = createKnowledge({ documents: ports.documents, state: ports.states, now: context.now });
      const ingest = createIngest({ ...ports, ...context, settings: { ageMaxMs: config.ageMaxDays * dayMs } });
      const door = await createGateway({
        ...ports,
        ...context,
        ...gatewayAccess(config),
        signalIntake: ingest.signals,
        topologyIntake: ingest.topology,
        charts: createChartReader({ series: ports.series }),
        bands: createBandReader({ series: ports.series }),
        desk: createIncident({ ...ports, ...context }).desk,
        library: knowledge,
        answerer: createCopilot({ ...ports, ...context, search: knowledge }),
        version: programVersion(),
        webFolder,
      });
      return { door, prepare: async () => void (await knowledge.seed(config.tenant)) };
    },
  }),
} as const satisfies Record<string, AnyRole>;

export type RoleName = keyof typeof roles;

const roleNames = Object.keys(roles) as readonly RoleName[]; // the keys of a const object

/** The roles that `all` or a comma-separated list names, in the order of the flow. Rejects unknown names with the cure. */
export function chosenRoles(words: string): readonly { readonly name: RoleName; readonly role: AnyRole }[] {
  const wanted = words === 'all' ? roleNames : words.split(',').map((word) => knownRole(word.trim()));
  return roleNames.filter((name) => wanted.includes(name)).map((name) => ({ name, role: roles[name] }));
}

function knownRole(word: string): RoleName {
  const name = roleNames.find((each) => each === word);
  if (name !== undefined) return name;
  const close = closestWord(word, roleNames);
  throw new HeliosError('config-invalid', `there is no role "${word}"`, {
    cure: close === undefined ? `take some of ${roleNames.join(', ')}` : `did you mean "${close}"?`,
  });
}
