/**
 * The name of a label in a path. Names that Prometheus would not take before its version 3 come escaped: `U__`, then `__`
 * for an underscore and `_2e_` for the character of that code (https://prometheus.io/docs/prometheus/latest/querying/api/#querying-label-values).
 */
export function labelNameOf(text: string): string {
  if (!text.startsWith('U__')) return text;
  return text.slice(3).replaceAll(/_(?:(_)|([\da-fA-F]{1,6})_)/g, (whole, underscore?: string, code?: string) => {
    if (underscore !== undefined) return '_';
    const codePoint = Number.parseInt(code ?? '', 16);
    return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : whole;
  });
}
