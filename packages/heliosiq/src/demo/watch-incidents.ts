import { setTimeout } from 'node:timers/promises';
import type { Client, IncidentList } from '@heliosiq/api';
import type { z } from 'zod';

export type ListedIncident = z.infer<typeof IncidentList>['incidents'][number];

const pollMs = 200;

/** When an incident, and each cause that was named for it, was first seen from outside; `performance.now()` times. */
export interface Sighting {
  readonly seenAt: number;
  readonly causes: Map<string, number>;
}

/** Watches the list of incidents through the API, as a person's page would. */
export interface IncidentWatch extends AsyncDisposable {
  readonly sightings: ReadonlyMap<string, Sighting>;
  readonly latest: () => readonly ListedIncident[];
  /** Looks once more, now. */
  look(): Promise<readonly ListedIncident[]>;
}

/** Starts watching; disposing it stops. */
export function watchIncidents(client: Client): IncidentWatch {
  const sightings = new Map<string, Sighting>();
  const stop = new AbortController();
  let latest: readonly ListedIncident[] = [];

  const look = async (): Promise<readonly ListedIncident[]> => {
    const { incidents } = await client.call('listIncidents', { query: { limit: '1000' } });
    const at = performance.now();
    for (const { incident, cause } of incidents) {
      const sighting = sightings.get(incident.id) ?? { seenAt: at, causes: new Map<string, number>() };
      sightings.set(incident.id, sighting);
      if (cause?.verdict === 'fault' && cause.asset !== undefined && !sighting.causes.has(cause.asset)) {
        sighting.causes.set(cause.asset, at);
      }
    }
    latest = incidents;
    return incidents;
  };

  const watching = (async () => {
    while (!stop.signal.aborted) {
      await look();
      await setTimeout(pollMs, undefined, { signal: stop.signal }).catch(() => undefined); // ended early: the loop sees it
    }
  })();
  watching.catch(() => undefined); // told to whoever disposes

  return {
    sightings,
    latest: () => latest,
    look,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
    },
  };
}
