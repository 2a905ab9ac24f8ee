/**
 * Share of lines whose predicted group is exactly a true group (Zhu et al., "Tools and Benchmarks for Automated Log
 * Parsing", ICSE-SEIP 2019). Both lists have a name of a group for each line; the result is in [0, 1].
 */
export function groupingAccuracy(truth: readonly string[], predicted: readonly string[]): number {
  const sizes = new Map<string, number>();
  for (const group of truth) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const truthsOf = new Map<string, { readonly truths: Set<string>; lines: number }>();
  for (const [line, group] of predicted.entries()) {
    const seen = truthsOf.get(group) ?? { truths: new Set<string>(), lines: 0 };
    seen.truths.add(truth[line] ?? '');
    seen.lines += 1;
    truthsOf.set(group, seen);
  }
  let right = 0;
  for (const { truths, lines } of truthsOf.values()) {
    const [only] = truths;
    if (truths.size === 1 && only !== undefined && sizes.get(only) === lines) right += lines;
  }
  return right / truth.length;
}
