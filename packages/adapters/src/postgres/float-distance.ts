const view = new DataView(new ArrayBuffer(8));

/** The distance of a finite float to the next larger one in size (IEEE 754, section 3.3). */
export function floatDistance(value: number): number {
  view.setFloat64(0, value);
  const exponent = (view.getUint32(0) >>> 20) & 0x7ff;
  return exponent <= 52 ? Number.MIN_VALUE * 2 ** Math.max(0, exponent - 1) : 2 ** (exponent - 1075);
}
