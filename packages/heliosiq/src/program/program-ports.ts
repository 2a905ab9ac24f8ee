import type {
  AnomalyStore,
  AnswerRatingStore,
  BlobStore,
  DeliveryStore,
  DiagnosisStore,
  DocumentStore,
  EventLog,
  Forgetful,
  IdempotencyStore,
  IncidentStore,
  JobBoard,
  LakeFigures,
  Lease,
  LogPatternStore,
  RetentionJournal,
  RetentionKind,
  RollupStore,
  RuleStore,
  SeriesChanges,
  SeriesRegistry,
  SeriesStore,
  SharedSearchIndex,
  SignalStore,
  SilenceStore,
  StateStore,
  StoreUpkeep,
  TenantStore,
  TopologyStore,
  TuningStore,
  TraceStore,
} from '@heliosiq/ports';

/** Every port that a role can need, by the name under which it asks. */
export interface ProgramPorts {
  readonly log: EventLog;
  readonly registry: SeriesRegistry;
  readonly series: SeriesStore;
  readonly seriesUpkeep: StoreUpkeep;
  /** What was written to the program's own store of samples. */
  readonly changes: SeriesChanges;
  /** Gives each log that is appended the id of its pattern. */
  readonly signals: SignalStore;
  readonly logPatterns: LogPatternStore;
  readonly figures: LakeFigures;
  readonly blobs: BlobStore;
  readonly rollups: RollupStore;
  /** What forgets which kind of what is in the database. */
  readonly forgetting: Partial<Readonly<Record<RetentionKind, Forgetful>>>;
  readonly retentionJournal: RetentionJournal;
  /** What comes round again and again, and what became of it. */
  readonly jobs: JobBoard;
  readonly lease: Lease;
  readonly topology: TopologyStore;
  /** A bounded sample of whole traces. */
  readonly traces: TraceStore;
  readonly anomalies: AnomalyStore;
  /** What people told detection. */
  readonly tunings: TuningStore;
  /** What people said of answers. */
  readonly ratings: AnswerRatingStore;
  readonly incidents: IncidentStore;
  readonly silences: SilenceStore;
  readonly diagnoses: DiagnosisStore;
  readonly documents: DocumentStore;
  /** Where passages are searched; none when each process does it by itself. */
  readonly sharedIndex: SharedSearchIndex | undefined;
  readonly rules: RuleStore;
  readonly states: StateStore;
  readonly tenants: TenantStore;
  readonly idempotency: IdempotencyStore;
  readonly deliveries: DeliveryStore;
}

export type PortName = keyof ProgramPorts;
