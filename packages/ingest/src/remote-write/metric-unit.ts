/** Units that OpenMetrics and the naming rules of Prometheus spell out, as UCUM. */
const unitCodes: ReadonlyMap<string, string> = new Map([
  ['seconds', 's'],
  ['milliseconds', 'ms'],
  ['microseconds', 'us'],
  ['nanoseconds', 'ns'],
  ['bytes', 'By'],
  ['ratio', '1'],
  ['percent', '%'],
  ['celsius', 'Cel'],
  ['meters', 'm'],
  ['volts', 'V'],
  ['amperes', 'A'],
  ['joules', 'J'],
  ['watts', 'W'],
  ['grams', 'g'],
  ['hertz', 'Hz'],
]);

const unitLengthMax = 32;

/**
 * The unit of a metric's values: that of its metadata, or else the one that its name ends in
 * (https://prometheus.io/docs/practices/naming/). Counts of a histogram or summary have none, whatever is measured.
 */
export function unitOfMetric(metric: string, metadataUnit = ''): string | undefined {
  if (metric.endsWith('_count') || metric.endsWith('_bucket')) return undefined;
  if (metadataUnit !== '') return unitCodes.get(metadataUnit) ?? metadataUnit.slice(0, unitLengthMax);
  const family = familyOf(metric);
  return unitCodes.get(family.slice(family.lastIndexOf('_') + 1));
}

/** The name under which metadata speaks of a metric. */
export function familyOf(metric: string): string {
  return metric.replace(/_(?:total|sum|count|bucket|created)$/, '');
}
