/** Bytes that are hashed without asking for more memory. */
let scratch = Buffer.alloc(16_384);

const separator = 0xff;

/**
 * Alertmanager's fingerprint of a label set: FNV-1a (64 bit) over the names in byte order and their values, each followed
 * by a byte 0xff; 16 hexadecimal digits. Source: `LabelSet.Fingerprint` of github.com/prometheus/common/model.
 */
export function fingerprintOfLabels(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels).sort(byBytes);
  let size = 0;
  for (const name of names) size += 3 * (name.length + (labels[name]?.length ?? 0)) + 2;
  if (size > scratch.length) scratch = Buffer.alloc(size);
  let end = 0;
  for (const name of names) {
    end += scratch.write(name, end);
    scratch[end++] = separator;
    end += scratch.write(labels[name] ?? '', end);
    scratch[end++] = separator;
  }
  return fnv1a64(scratch, end);
}

/** The prime is 2^40 + 435: one product by 435 with its carry, and a shift by 40 that only the upper half sees. */
function fnv1a64(bytes: Uint8Array, end: number): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (let index = 0; index < end; index += 1) {
    low = (low ^ (bytes[index] ?? 0)) >>> 0;
    const product = low * 435;
    high = (Math.imul(high, 435) + Math.floor(product / 0x1_0000_0000) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

/** UTF-8 orders as code points do; UTF-16 differs from it where surrogates meet what lies above them. */
function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA === unitB) continue;
    const isSurrogateA = (unitA & 0xf800) === 0xd800;
    const isSurrogateB = (unitB & 0xf800) === 0xd800;
    return isSurrogateA === isSurrogateB ? unitA - unitB : isSurrogateA ? 1 : -1;
  }
  return a.length - b.length;
}
