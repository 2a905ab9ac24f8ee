/** What a batch of samples tells without its values. */
export interface ScannedSamples {
  readonly samples: number;
  /** Earliest and latest moment, milliseconds since the epoch; infinite the wrong way round when there are none. */
  readonly firstAt: number;
  readonly lastAt: number;
}

const nothing: ScannedSamples = { samples: 0, firstAt: Infinity, lastAt: -Infinity };

/**
 * Runs through the series numbers and times of a batch as `encodeSampleColumns` wrote it, and calls `onRef` wherever the
 * number changes. Undefined for bytes that are cut or damaged.
 */
export function scanSamples(bytes: Uint8Array, onRef: (ref: number) => void): ScannedSamples | undefined {
  let at = 1;

  function readVarint(): number {
    const first = bytes[at++];
    if (first === undefined) return Number.NaN;
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 128;
    for (let length = 1; length < 8; length += 1) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    return Number.NaN;
  }

  const samples = readVarint();
  if (!(samples >= 0 && samples * 10 <= bytes.length)) return undefined;
  if (samples === 0) return nothing;
  let ref = 0;
  let time = 0;
  let firstAt = Infinity;
  let lastAt = -Infinity;
  for (let index = 0; index < samples; index += 1) {
    const refStep = readVarint();
    if (refStep !== 0 || index === 0) {
      ref += unzigzag(refStep);
      onRef(ref);
    }
    const timeStep = readVarint();
    if (timeStep !== 0 || index === 0) {
      time += unzigzag(timeStep);
      if (time < firstAt) firstAt = time;
      if (time > lastAt) lastAt = time;
    }
  }
  if (Number.isNaN(ref) || Number.isNaN(time) || at + samples * 8 !== bytes.length) return undefined;
  return { samples, firstAt, lastAt };
}

function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}
