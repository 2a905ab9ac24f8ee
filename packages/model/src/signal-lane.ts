/** Lanes of the topic `signals`: a fixed number far above its partitions, so that partitions can grow without a change of keys. */
export const signalLanes = 16;

/** The lane of an asset: FNV-1a (32 bit) over its UTF-16 code units, modulo the lanes. */
export function laneOfAsset(asset: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < asset.length; index += 1) {
    hash = Math.imul(hash ^ asset.charCodeAt(index), 0x01000193);
  }
  // The low bits of FNV are its weakest: fold the high ones in. The last operation makes it a number without memory of its own.
  return (((hash ^ (hash >>> 15)) >>> 0) % signalLanes) | 0;
}

/** Keys of the lanes, by lane. */
const laneKeys = Array.from({ length: signalLanes }, (_, lane) => `lane-${lane}`);

/** The key of a lane's records in the topic `signals`: all signals of an asset share one, which keeps their order. */
export function keyOfLane(lane: number): string {
  const key = laneKeys[lane];
  if (key === undefined) throw new RangeError(`there is no lane ${lane}`);
  return key;
}

/** The key of an asset's records in the topic `signals`. */
export function signalKeyOf(asset: string): string {
  return keyOfLane(laneOfAsset(asset));
}
