/** Names one series: asset, metric and labels, in any order of the labels. */
export function labelsKey(series: {
  readonly asset: string;
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>>;
}): string {
  const labels = Object.entries(series.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([series.asset, series.metric, labels]);
}
