import type {
  AnomalyStore,
  DeliveryStore,
  DiagnosisStore,
  DocumentStore,
  EventLog,
  IdempotencyStore,
  IncidentStore,
  SeriesRegistry,
  SeriesStore,
  SignalStore,
  StateStore,
  TenantStore,
  TopologyStore,
} from '@heliosiq/ports';

/** Every port that a role can need, by the name under which it asks. */
export interface ProgramPorts {
  readonly log: EventLog;
  readonly registry: SeriesRegistry;
  readonly series: SeriesStore;
  readonly signals: SignalStore;
  readonly topology: TopologyStore;
  readonly anomalies: AnomalyStore;
  readonly incidents: IncidentStore;
  readonly diagnoses: DiagnosisStore;
  readonly documents: DocumentStore;
  readonly states: StateStore;
  readonly tenants: TenantStore;
  readonly idempotency: IdempotencyStore;
  readonly deliveries: DeliveryStore;
}

export type PortName = keyof ProgramPorts;
