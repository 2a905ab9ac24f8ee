import type { Principal } from '@heliosiq/model';

/** What a sender shows for who it is. */
export type Credential =
  /** An API key or a JWT. */
  | { readonly kind: 'token'; readonly token: string }
  /** Basic authentication and MQTT: the password is an API key; the user is the tenant, the key's name or anything. */
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** A verified client certificate; the subject as in RFC 4514, e.g. `CN=plant-7,O=Acme`. */
  | { readonly kind: 'certificate'; readonly subject: string };

/** Finds out who a sender is, for doors that are not HTTP. */
export interface Authenticator {
  /**
   * Rejects with `unauthenticated`, or `rate-limited` when `from` (an address or client id) gave too many bad ones; a known sender who may not write is refused by the door (`roleIncludes`).
   */
  authenticate(credential: Credential, from?: string): Promise<Principal>;
}
