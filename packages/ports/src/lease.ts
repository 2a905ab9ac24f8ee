/**
 * Lets one program at a time do a work that many programs could do.
 *
 * Promises:
 * - While somebody holds a name, and for the time that it was given after the last time that it was taken, nobody else gets it.
 * - A holder that died keeps nobody waiting for longer than that time.
 */
export interface Lease {
  /** Takes a name, or keeps one that is held; false when another holder has it. `ttlMs` from 1 to 3,600,000. */
  take(name: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Gives a name back; nothing happens when somebody else holds it. */
  release(name: string, holder: string): Promise<void>;
}
