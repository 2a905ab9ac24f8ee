import type { EventLog, Logger, Meter, SignalIntake, TopologyIntake, TopologyStore } from '@heliosiq/ports';
import type { IntakeSettings } from './intake-settings.ts';
import { createSignalIntake } from './signal-intake.ts';
import { createTopologyIntake } from './topology-intake.ts';

export type { IntakeSettings } from './intake-settings.ts';

export interface IngestDeps {
  readonly log: EventLog;
  readonly topology: TopologyStore;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings?: Partial<IntakeSettings>;
}

/** The doors for signals and topology. */
export interface Ingest {
  readonly signals: SignalIntake;
  readonly topology: TopologyIntake;
}

/** Makes the doors: what they accept is checked, cleaned and durable when their promises resolve. */
export function createIngest(deps: IngestDeps): Ingest {
  return { signals: createSignalIntake(deps), topology: createTopologyIntake(deps) };
}
