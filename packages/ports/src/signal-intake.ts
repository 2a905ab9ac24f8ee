import type { Principal } from '@heliosiq/model';

/** A record that was not taken, and why; `index` counts the records of the batch from 0. */
export interface RejectedSignal {
  readonly index: number;
  /** Path of the field at fault, e.g. `value`. */
  readonly field?: string;
  readonly reason: string;
  /** What the sender can do about it. */
  readonly cure?: string;
}

/** The outcome of a batch: `accepted` + `rejectedTotal` = records of the batch. */
export interface IntakeReceipt {
  readonly accepted: number;
  readonly rejectedTotal: number;
  /** The first 100 rejected records. */
  readonly rejected: readonly RejectedSignal[];
}

export interface IntakeRequest {
  /** `application/json` (an array of signals) or `application/x-ndjson` (one a line). */
  readonly contentType: string;
  /** The body after decompression. */
  readonly body: Buffer;
  /** Travels with the records as the header `correlation-id`, so that log lines of all stages can be joined. */
  readonly correlationId?: string;
}

/** The door for signals, behind HTTP and the command line. */
export interface SignalIntake {
  /**
   * Validates a batch and appends what is valid to the log; resolved means stored. Bad records are values in the receipt.
   * Throws `invalid-json`, `too-deep`, `unsupported-media-type` or `invalid-request` when no record can be told apart.
   */
  accept(principal: Principal, request: IntakeRequest): Promise<IntakeReceipt>;
}
