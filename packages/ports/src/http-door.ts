import type { HeliosError, Principal, Role } from '@heliosiq/model';

/** A request to a door, its sender known and its body within limits. */
export interface DoorRequest {
  readonly principal: Principal;
  /** Header values by lower-case name; of repeated headers the last. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The query as it was sent, without the question mark, for doors that take a name several times. */
  readonly queryText?: string;
  /** What stands in the path where the door's has `:name`, decoded. */
  readonly pathParts?: Readonly<Record<string, string>>;
  /** Content type without parameters, lower case, and with them as sent. */
  readonly mediaType: string;
  readonly contentType: string;
  /** The body after decompression; as sent for encodings that the door decodes itself. Valid until the answer is given. */
  readonly body: Buffer;
  readonly requestId: string;
  /** Aborts when the asker has gone. */
  readonly signal?: AbortSignal;
}

/** What a door answers. */
export interface DoorAnswer {
  readonly status: number;
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** A large body in pieces, so that it is neither whole in memory nor made in one go; instead of `body`. */
  readonly pieces?: AsyncIterable<string | Uint8Array>;
}

/**
 * A way in for a protocol of others over HTTP. The server in front authenticates, limits, reads and decompresses; the
 * door speaks the protocol. An answer of success means that everything it counts as taken is stored.
 */
export interface HttpDoor {
  /** In metrics and logs, e.g. `remote-write`. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** A part such as `:name` stands for any text without a slash. */
  readonly path: string;
  /** Only requests whose query has this name are for the door; others at the path are for the API's own route there. */
  readonly onlyWithQuery?: string;
  /** The least role; without it `viewer` for GET and `operator` for POST. */
  readonly role?: Role;
  /** Media types that are taken; any when absent. */
  readonly consumes?: readonly string[];
  /** Content encodings that the door decodes itself, e.g. `snappy`. */
  readonly decodes?: readonly string[];
  handle(request: DoorRequest): Promise<DoorAnswer>;
  /** A fault in the protocol's own words; problem details (RFC 9457) when absent. Status and Retry-After are set by the server. */
  describeFault?(fault: HeliosError, request: { readonly contentType: string }): DoorAnswer;
}
