import type { Role } from '@heliosiq/model';
import type { DoorAnswer, DoorRequest, HttpDoor } from '@heliosiq/ports';

/** An answer whose body may come in pieces, so that a large one is neither whole in memory nor made in one go. */
export type ServedAnswer = Omit<DoorAnswer, 'body'> & {
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
};

/** Every `HttpDoor`, and doors that need another role or answer in pieces. */
export interface ServedDoor extends Omit<HttpDoor, 'handle'> {
  /** The least role; without it `viewer` for GET and `operator` for POST. */
  readonly role?: Role;
  handle(request: DoorRequest): Promise<ServedAnswer>;
}
