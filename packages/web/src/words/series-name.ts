/** A metric and its labels in words: `latency p99`, `latency, average`. */
export function seriesName(metric: string, labels: Readonly<Record<string, string>>): string {
  const words = Object.entries(labels).map(([name, value]) => {
    if (name !== 'statistic') return `${name} ${value}`;
    return /^(?:Average|Sum|Minimum|Maximum)$/.test(value) ? value.toLowerCase() : value;
  });
  return [metric.replaceAll('_', ' '), ...words].join(' ');
}
