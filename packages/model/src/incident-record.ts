const beginning = new TextEncoder().encode('{"kind":"incident-updated",');

/**
 * Tells by its first bytes whether a record of the topic `incidents` says only that an incident changed. In a storm most do, one
 * for each member that is added, and some readers need not read them. False for one that is worded in another order.
 */
export function isMereUpdate(value: Uint8Array): boolean {
  return value.byteLength > beginning.byteLength && beginning.every((byte, index) => value[index] === byte);
}
