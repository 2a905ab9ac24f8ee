/** A way in with a port of its own: listens last, closes first. */
export interface Listener {
  /** In logs and at start, e.g. `mqtt`. */
  readonly name: string;
  /** Rejects with `port-in-use`. */
  listen(): Promise<{ readonly url: string }>;
  /** Takes nothing new, finishes what was begun, and closes. */
  close(): Promise<void>;
}
