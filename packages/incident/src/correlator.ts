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
import type { Observation } from './record-reading.ts';

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
  /**
   * Keeps the anomalies and what they do to incidents, each round as a step of its own; resolved means that every effect is
   * stored and announced.
   */
  observe(tenantId: TenantId, rounds: readonly (readonly Observation[])[]): Promise<void>;
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

  async function stateOf(tenantId: TenantId, aroundAt: number): Promise<TenantState> {
    const known = states.get(tenantId);
    const at = now();
    if (known !== undefined && at - known.topologyAt < topologyMaxAgeMs) {
      const isChanged = await refreshCaseBook(tenantId, known.book, { sources: deps, since: known.refreshedAt });
      if (isChanged) known.corrections = await correctionsOf(tenantId);
      known.refreshedAt = at;
      return known;
    }
    const neighbourhood = createNeighbourhood(await deps.topology.get(tenantId), settings);
    const book = known?.book ?? (await loadCaseBook(tenantId, deps, { now: at, aroundAt, settings }));
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

  async function steps(
    tenantId: TenantId,
    aroundAt: number,
    all: readonly ((book: CaseBook, context: CorrelationContext) => void | Promise<void>)[],
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
        for (const apply of all) {
          await apply(book, context);
          await unsaved.addTurns(book, context);
          await deps.pacer?.giveWay('urgent');
        }
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
    observe: (tenantId, rounds) =>
      oneAtATime(async () => {
        const relevant = rounds.map((round) => round.filter(({ kind }) => kind !== 'nothing'));
        const observations = relevant.flat();
        if (observations.length === 0) return;
        await deps.anomalies.put(tenantId, newestOf(observations));
        const aroundAt = observations.reduce((least, one) => Math.min(least, eventTimeOf(one)), Infinity);
        await steps(
          tenantId,
          aroundAt,
          relevant.map((round) => (book, context) => observeRound(book, round, { context, pacer: deps.pacer })),
        );
      }),
    recover: (tenantId, clock) =>
      oneAtATime(async () => {
        const known = states.get(tenantId);
        const isIdle = known !== undefined && activeCases(known.book).length === 0;
        if (isIdle && now() - known.refreshedAt < idleRefreshMs) return;
        const recoverAll = (book: CaseBook, context: CorrelationContext): void => {
          mergeCases(book, context);
          resolveRecovered(book, clock, context);
        };
        await steps(tenantId, clock, [recoverAll]);
      }),
  };
}

async function observeRound(
  book: CaseBook,
  round: readonly Observation[],
  { context, pacer }: { readonly context: CorrelationContext; readonly pacer: Pacer | undefined },
): Promise<void> {
  for (const observation of round) {
    if (observation.kind === 'anomaly') observeAnomaly(book, observation.anomaly, context);
    if (observation.kind === 'alert') observeAlert(book, observation.alert, context);
    await pacer?.giveWay('urgent');
  }
  mergeCases(book, context);
  resolveEnded(book, context);
}

function markGrown(book: CaseBook): void {
  for (const target of activeCases(book)) target.isGrown = true;
}

/** The newest revision of each anomaly. */
function newestOf(observations: readonly Observation[]): readonly Anomaly[] {
  const newest = new Map<AnomalyId, Anomaly>();
  for (const observation of observations) {
    if (observation.kind !== 'anomaly') continue;
    const { anomaly } = observation;
    if (anomaly.revision > (newest.get(anomaly.id)?.revision ?? 0)) newest.set(anomaly.id, anomaly);
  }
  return [...newest.values()];
}

function eventTimeOf(observation: Observation): number {
  if (observation.kind === 'anomaly') return observation.anomaly.startedAt;
  return observation.kind === 'alert' ? observation.alert.at : Number.MAX_SAFE_INTEGER;
}
