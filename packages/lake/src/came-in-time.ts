/**
 * True when what is awaited is there before the first of the ends, false when an end is; rejects when it fails first. A promise
 * holds on to whatever is raced against it until it settles, so that only the answer is raced here: an end that is a minute away
 * would otherwise keep everything that came in this minute.
 */
export async function cameInTime(awaited: Promise<unknown>, ends: readonly Promise<undefined>[]): Promise<boolean> {
  return (await Promise.race([awaited.then(() => true), ...ends])) === true;
}
