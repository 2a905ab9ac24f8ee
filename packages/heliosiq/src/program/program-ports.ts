import type {
  AnomalyStore,
  BlobStore,
  DeliveryStore,
  DiagnosisStore,
  DocumentStore,
  EventLog,
  Forgetful,
  IdempotencyStore,
  IncidentStore,
  LakeFigures,
  Lease,
  RetentionJournal,
  RetentionKind,
  RollupStore,
  SeriesChanges,
  SeriesRegistry,
  SeriesStore,
  SignalStore,
  StateStore,
  StoreUpkeep,
  TenantStore,
  TopologyStore,
} from '@heliosiq/ports';

/** Every port that a role can need, by the name under which it asks. */
export interface ProgramPorts {
  readonly log: EventLog;
  readonly registry: SeriesRegistry;
  readonly series: SeriesStore;
  readonly seriesUpkeep: StoreUpkeep;
  /** What was written to the program's own store of samples. */
  readonly changes: SeriesChanges;
  readonly signals: SignalStore;
  readonly figures: LakeFigures;
  readonly blobs: BlobStore;
  readonly rollups: RollupStore;
  /** What forgets which kind of what is in the database. */
  readonly forgetting: Partial<Readonly<Record<RetentionKind, Forgetful>>>;
  readonly retentionJournal: RetentionJournal;
  readonly lease: Lease;
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
