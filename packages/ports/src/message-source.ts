/** A message of another system's topic. */
export interface SourceMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | undefined;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, as the sender or its broker set it. */
  readonly at: number;
}

/** Messages in order per partition. `commit` says that the effects of these and all earlier ones of their partitions are durable. */
export interface SourceBatch {
  readonly messages: readonly SourceMessage[];
  commit(): Promise<void>;
}

/** Reads topics of another system as a member of a consumer group; at least once, nothing is skipped. */
export interface MessageSource {
  /** Yields batches as they arrive until the signal aborts; waits out outages of the other system. */
  batches(signal: AbortSignal): AsyncIterable<SourceBatch>;
}
