import type { TenantId } from '@heliosiq/model';

/** What a store would forget, or forgot. */
export interface Forgotten {
  /** Samples, signals, blobs or rows, as the store counts them. */
  readonly items: number;
  /** Bytes of their data, without indexes. */
  readonly bytes: number;
}

export interface ForgetQuestion {
  /** What is younger, or of this very moment, is never forgotten; milliseconds since the epoch. */
  readonly before: number;
  /** Only say what would be forgotten. */
  readonly isDryRun?: boolean;
  readonly signal?: AbortSignal;
}

/** A store that can forget what is old. It may keep some of it, where it is stored together with what is younger. */
export interface Forgetful {
  /** A dry run and a run right after it tell the same, unless something was written between them. */
  forget(tenantId: TenantId, question: ForgetQuestion): Promise<Forgotten>;
}
