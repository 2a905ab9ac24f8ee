import {
  type Anomaly,
  type AnomalyId,
  HeliosError,
  type IncidentEvent,
  newIncidentId,
  type TenantId,
} from '@heliosiq/model';
import type { Logger, Meter, Pacer } from '@heliosiq/ports';
import { observeAlert } from './alert-rules.ts';
import { createAlertTurns } from './alert-turns.ts';
import { observeAnomaly } from './anomaly-rules.ts';
import { type Corrections, correctionsMax, createCorrections } from './corrections.ts';
import { mergeCases } from './merging.ts';
import { activeCases, type CaseBook, type CorrelationContext } from './case-book.ts';
import { type CaseSources, loadCaseBook, refreshCaseBook } from './case-loading.ts';
import { createUnsavedCases } from './case-saving.ts';
import { eventKindOf } from './incident-case.ts';
import type { IncidentAnnouncer } from './incident-announcer.ts';
import type { IncidentSettings } from './incident-settings.ts';
import { createNeighbourhood, type Neighbourhood } from './neighbourhood.ts';
import { createOneAtATime } from './one-at-a-time.ts';
import { resolveEnded, resolveRecovered } from './recovery.ts';
import type { Observations } from './record-reading.ts';

const attemptsMax = 5;
const topologyMaxAgeMs = 5_000;
/** Tenants whose books are in memory; the longest unused one goes first and is read again when needed. */
const tenantsMax = 256;
const idleRefreshMs = 30_000;
const announceAgainMs = 24 * 3_600_000;

export interface CorrelatorDeps extends CaseSources {
  readonly announcer: IncidentAnnouncer;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
  readonly pacer?: Pacer;
  readonly settings: IncidentSettings;
}

/** Applies observations to the incidents of tenants, one step of a tenant at a time. */
export interface Correlator {
  /** Keeps the anomalies and what all that was observed does to incidents; resolved means that every effect is stored and announced. */
  observe(tenantId: TenantId, observations: Observations): Promise<void>;
  /** Resolves what has recovered by event time `clock`. */
  recover(tenantId: TenantId, clock: number): Promise<void>;
}

/** What is in memory of one tenant; `topologyAt` and `refreshedAt` are wall-clock times of the last reads. */
interface TenantState {
  readonly book: CaseBook;
  readonly neighbourhood: Neighbourhood;
  corrections: Corrections;
  topologyAt: number;
  refreshedAt: number;
}

/**
 * Keeps one book per tenant in memory, rebuilt from the stores at first use and after a lost race. Effects are
 * idempotent, so a batch is simply applied again then.
 */
export function createCorrelator(deps: CorrelatorDeps): Correlator {
  const { settings, now, logger } = deps;
  const oneAtATime = createOneAtATime();
  const states = new Map<TenantId, TenantState>();
  const announced = new Set<TenantId>();
  const changes = deps.meter.counter({
    name: 'heliosiq_incident_changes_total',
    help: 'Incident revisions written by correlation, by what happened.',
    labels: ['kind'],
  });
  const conflicts = deps.meter.counter({
    name: 'heliosiq_incident_conflicts_total',
    help: 'Times correlation lost a race against another writer and started over.',
  });

  async function stateOf(tenantId: TenantId, aroundAt: () => number): Promise<TenantState> {
    const known = states.get(tenantId);
    const at = now();
    if (known !== undefined && at - known.topologyAt < topologyMaxAgeMs) {
      const isChanged = await refreshCaseBook(tenantId, known.book, { sources: deps, since: known.refreshedAt });
      if (isChanged) known.corrections = await correctionsOf(tenantId);
      known.refreshedAt = at;
      return known;
    }
    const neighbourhood = createNeighbourhood(await deps.topology.get(tenantId), settings);
    const book = known?.book ?? (await loadCaseBook(tenantId, deps, { now: at, aroundAt: aroundAt(), settings }));
    if (known !== undefined) await refreshCaseBook(tenantId, book, { sources: deps, since: known.refreshedAt });
    const corrections = await correctionsOf(tenantId);
    // What the map did not connect before may be one now.
    if (known !== undefined && known.neighbourhood.edges !== neighbourhood.edges) markGrown(book);
    const state: TenantState = { book, neighbourhood, corrections, topologyAt: at, refreshedAt: at };
    states.delete(tenantId);
    states.set(tenantId, state);
    const [longestUnused] = states.keys();
    if (states.size > tenantsMax && longestUnused !== undefined) states.delete(longestUnused);
    if (!announced.has(tenantId)) {
      // In their order: what an incident was before comes before what it is.
      if (announced.size === 0) await deps.announcer.announceUntold(Infinity);
      await announceAgain(tenantId, book, at);
      announced.add(tenantId);
    }
    return state;
  }

  async function correctionsOf(tenantId: TenantId): Promise<Corrections> {
    return createCorrections(await deps.incidents.corrections(tenantId, { limit: correctionsMax }));
  }

  /** A crash between saving and announcing leaves the last revision untold where that is no news: tell the latest of each again. */
  async function announceAgain(tenantId: TenantId, book: CaseBook, at: number): Promise<void> {
    const events: IncidentEvent[] = [];
    for (const { incident, told } of book.cases.values()) {
      if (incident.updatedAt >= at - announceAgainMs) events.push({ kind: eventKindOf(incident, told), incident });
    }
    await deps.announcer.announce(tenantId, events);
  }

  async function step(
    tenantId: TenantId,
    aroundAt: () => number,
    apply: (book: CaseBook, context: CorrelationContext, addTurns: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { book, neighbourhood, corrections } = await stateOf(tenantId, aroundAt);
        const context: CorrelationContext = {
          ...{ tenantId, settings, neighbourhood, corrections },
          now: now(),
          newId: newIncidentId,
        };
        const unsaved = createUnsavedCases(tenantId, deps);
        await apply(book, context, () => unsaved.addTurns(book, context));
        await unsaved.save(book, context);
        for (const { kind, incident } of unsaved.saved) {
          changes.add(1, { kind });
          logger.info({ tenantId, incidentId: incident.id, revision: incident.revision, kind }, incident.title);
        }
        return;
      } catch (error) {
        // Whatever failed, the book may hold what is not stored: it is built anew.
        states.delete(tenantId);
        if (attempt >= attemptsMax || !(error instanceof HeliosError) || error.code !== 'conflict') throw error;
        conflicts.add(1);
      }
    }
  }

  return {
    observe: (tenantId, observations) =>
      oneAtATime(async () => {
        await deps.anomalies.put(tenantId, newestOf(observations.anomalies));
        await step(
          tenantId,
          () => earliestOf(observations),
          async (book, context, addTurns) => {
            const settle = (): Promise<void> => {
              mergeCases(book, context);
              resolveEnded(book, context);
              return addTurns();
            };
            const turns = createAlertTurns();
            for (const observation of observations.inOrder()) {
              if (observation.kind === 'anomaly') observeAnomaly(book, observation.anomaly, context);
              else {
                if (turns.isTurn(observation.alert)) await settle();
                observeAlert(book, observation.alert, context);
              }
              const breath = deps.pacer?.giveWay('urgent');
              if (breath !== undefined) await breath;
            }
            await settle();
          },
        );
      }),
    recover: (tenantId, clock) =>
      oneAtATime(async () => {
        const known = states.get(tenantId);
        const isIdle = known !== undefined && activeCases(known.book).length === 0;
        if (isIdle && now() - known.refreshedAt < idleRefreshMs) return;
        await step(
          tenantId,
          () => clock,
          (book, context, addTurns) => {
            mergeCases(book, context);
            resolveRecovered(book, clock, context);
            return addTurns();
          },
        );
      }),
  };
}

function markGrown(book: CaseBook): void {
  for (const target of activeCases(book)) target.isGrown = true;
}

/** The newest revision of each anomaly. */
function newestOf(anomalies: readonly Anomaly[]): readonly Anomaly[] {
  const newest = new Map<AnomalyId, Anomaly>();
  for (const anomaly of anomalies) {
    if (anomaly.revision > (newest.get(anomaly.id)?.revision ?? 0)) newest.set(anomaly.id, anomaly);
  }
  return [...newest.values()];
}

/** Event time at which the first of them began. */
function earliestOf(observations: Observations): number {
  let earliest = Infinity;
  for (const observation of observations.inOrder())
    earliest = Math.min(
      earliest,
      observation.kind === 'anomaly' ? observation.anomaly.startedAt : observation.alert.at,
    );
  return earliest;
}
