import type { TenantId } from '@heliosiq/model';

/** What is derived from the accepted records, stage by stage. */
export type LakeStage = 'silver' | 'signals' | 'gold' | 'detect';

export interface ProofRequest {
  /** Moments of samples and signals, starts of anomalies; milliseconds since the epoch, inclusive. */
  readonly since: number;
  /** Exclusive. */
  readonly until: number;
  readonly stages: readonly LakeStage[];
  /** Put right what is missing or different. */
  readonly applies: boolean;
  /** Also read all of bronze and follow its chains of hashes. */
  readonly checksBronze: boolean;
}

/** Something wrong with bronze itself. */
export interface BronzeFault {
  readonly kind: string;
  /** The blob at fault. */
  readonly name: string;
  readonly detail: string;
  /** Samples that cannot be read because of it, where that is known. */
  readonly samples?: number | undefined;
}

export interface BronzeReport {
  readonly segments: number;
  readonly records: number;
  readonly samples: number;
  readonly bytes: number;
  readonly faults: readonly BronzeFault[];
  readonly links: readonly { readonly partition: number; readonly epoch: number; readonly link: string }[];
}

export interface StageDifference {
  readonly kind: 'missing' | 'different' | 'extra' | 'damaged';
  readonly what: string;
  readonly rebuilt?: string | undefined;
  readonly stored?: string | undefined;
}

export interface StageReport {
  readonly stage: LakeStage;
  /** What was compared: samples, signals, days of series, anomalies. */
  readonly items: number;
  /** Hashes of what was rebuilt and of what is stored. */
  readonly rebuilt: string;
  readonly stored: string;
  readonly isEqual: boolean;
  readonly missing: number;
  readonly different: number;
  readonly extra: number;
  readonly damaged: number;
  readonly first: readonly StageDifference[];
  /** Items put right. */
  readonly applied: number;
  /** What the reader should know, e.g. that models could not learn from the beginning. */
  readonly notes: readonly string[];
}

/** A proof as it goes on, or as it ended. */
export interface LakeProof {
  readonly id: string;
  /** `interrupted`: the process that worked on it is gone; a new one begins anew, and doing it twice does no harm. */
  readonly state: 'running' | 'done' | 'failed' | 'interrupted';
  readonly request: ProofRequest;
  readonly startedAt: number;
  readonly finishedAt?: number | undefined;
  /** What is worked on, e.g. `silver`. */
  readonly step: string;
  /** How much of the step is done, of 1. */
  readonly share: number;
  readonly bronze?: BronzeReport | undefined;
  readonly stages: readonly StageReport[];
  /** True when nothing is wrong; only when it is done. */
  readonly isProven?: boolean | undefined;
  /** Why it failed. */
  readonly reason?: string | undefined;
}

/** Proves that what is stored is what the accepted records give, and puts it right where it is not. */
export interface LakeProofs {
  /** Begins a proof. Rejects with `conflict` while another one of the tenant is running. */
  start(tenantId: TenantId, request: ProofRequest): Promise<LakeProof>;
  /** How far one is; undefined when there is no such proof. */
  read(tenantId: TenantId, id: string): Promise<LakeProof | undefined>;
  /** Asks a running one to stop; false when it is not running here. */
  stop(tenantId: TenantId, id: string): Promise<boolean>;
}
