import type { Anomaly, Incident, TenantId, Tuning } from '@heliosiq/model';
import type { AnomalyStanding, AnomalyStandings, AnomalyStore, IncidentStore, TopologyStore } from '@heliosiq/ports';
import { barsFor } from './closeness.ts';
import { isHarmless } from './effect.ts';
import { anomalyWeight } from './evidence.ts';
import { incidentDefaults, type IncidentSettings } from './incident-settings.ts';
import { createNeighbourhood, type Neighbourhood } from './neighbourhood.ts';
import { numberWords } from './value-words.ts';

export interface AnomalyStandingsDeps {
  readonly incidents: IncidentStore;
  readonly anomalies: AnomalyStore;
  readonly topology: TopologyStore;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings?: Partial<IncidentSettings>;
}

const incidentsMax = 1000;
/** Correlation takes an anomaly up within seconds; longer than this means that it did not want it. */
const correlatedWithinMs = 60_000;
/** Name of the detector whose anomalies stand for those of a series that flaps. */
const flapping = 'flapping';

/** Weighs an anomaly as correlation does and says what came of it; nothing is kept. */
export function createAnomalyStandings(deps: AnomalyStandingsDeps): AnomalyStandings {
  const { incidents, anomalies, topology, now } = deps;
  const settings = { ...incidentDefaults, ...deps.settings };

  async function incidentOf(tenantId: TenantId, { id, series }: Anomaly): Promise<Incident | undefined> {
    const filter = { assets: [series.asset], isMerged: false } as const;
    const found = await incidents.find(tenantId, filter, { limit: incidentsMax });
    return found.find(({ anomalyIds }) => anomalyIds.includes(id));
  }

  /** The anomaly of flapping that stands for this one. */
  async function standIn(
    tenantId: TenantId,
    { id, detector, series, startedAt }: Anomaly,
  ): Promise<Anomaly | undefined> {
    if (detector === flapping) return undefined;
    const range = { from: startedAt, to: startedAt + 1 };
    const around = await anomalies.find(tenantId, { seriesIds: [series.id], range }, { limit: 100 });
    return around.find((one) => one.detector === flapping && one.id !== id && one.startedAt <= startedAt);
  }

  return {
    async standing(tenantId, id, { mutedBy } = {}): Promise<AnomalyStanding | undefined> {
      const [anomaly] = await anomalies.find(tenantId, { ids: [id] }, { limit: 1 });
      if (anomaly === undefined) return undefined;
      const incident = await incidentOf(tenantId, anomaly);
      if (incident !== undefined) {
        const { title, status, openedAt } = incident;
        return {
          incident: { id: incident.id, title, status, openedAt },
          reason: `It is part of the incident: ${title}.`,
        };
      }
      if (mutedBy !== undefined) return { reason: mutedWords(mutedBy) };
      const flaps = await standIn(tenantId, anomaly);
      if (flaps !== undefined) {
        const told = await incidentOf(tenantId, flaps);
        const where = told === undefined ? `anomaly ${flaps.id} stands for it` : `the incident is: ${told.title}`;
        return { reason: `No incident of its own, because the series flaps and is told once: ${where}.` };
      }
      const neighbourhood = createNeighbourhood(await topology.get(tenantId), settings);
      return { reason: weighedWords(anomaly, neighbourhood, now()) };
    },
  };
}

function mutedWords(tuning: Tuning): string {
  if (tuning.kind === 'holiday')
    return `No incident, because ${tuning.date} is a holiday of the calendar (${tuning.title}).`;
  if (tuning.kind === 'dismissal') {
    const why = tuning.reason === undefined ? '' : `: ${tuning.reason}`;
    return `No incident, because ${tuning.createdBy} said that what looks like it is no anomaly${why}.`;
  }
  return `No incident, because the sensitivity is set to ${tuning.level} here.`;
}

/** Why an anomaly that nobody muted opened no incident. */
function weighedWords(anomaly: Anomaly, neighbourhood: Neighbourhood, now: number): string {
  const { asset, metric } = anomaly.series;
  if (isHarmless(anomaly))
    return `No incident, because ${metric} of ${asset} went ${anomaly.direction}, and nobody is hurt by that.`;
  const bars = barsFor(asset, neighbourhood);
  const [weight, needed] = [anomalyWeight(anomaly), bars.floor + bars.open];
  if (weight >= needed) {
    if (now - anomaly.lastSeenAt < correlatedWithinMs)
      return 'No incident yet: it weighs enough for one and is about to be taken up.';
    if (anomaly.status === 'closed')
      return 'No incident, because it was over by the time it was told: what has passed wakes nobody.';
    return 'No incident of its own, although it weighs enough for one: people resolved the incident that it belonged to, or set it apart from it.';
  }
  const crowd =
    neighbourhood.size <= 1
      ? ''
      : ` in a crowd of ${neighbourhood.size} assets, of which some are always unusual by chance`;
  return (
    `No incident, because it weighs ${numberWords(weight)} where one around ${asset} takes ${numberWords(needed)}${crowd}. ` +
    `Weight is how much rarer than the threshold it is, in powers of ten, how long it lasts and how much it hurts; ` +
    `if it goes on, gets worse, or something near it becomes unusual too, it becomes an incident.`
  );
}
