import type { Meter } from '@heliosiq/ports';

/** A meter whose figures can be read back in the process. */
export interface MemoryMeter extends Meter {
  /** The sum of a counter, the last value of a gauge or the number of observations, of one label set; 0 before the first. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** A meter in memory. */
export function createMemoryMeter(): MemoryMeter {
  const values = new Map<string, number>();

  function keyOf(name: string, labels: Readonly<Record<string, string>> = {}): string {
    return `${name} ${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
  }

  function add(name: string, amount: number, labels?: Readonly<Record<string, string>>): void {
    const key = keyOf(name, labels);
    values.set(key, (values.get(key) ?? 0) + amount);
  }

  return {
    counter: ({ name }) => ({ add: (amount, labels) => add(name, amount, labels) }),
    gauge: ({ name }) => ({ set: (value, labels) => void values.set(keyOf(name, labels), value) }),
    histogram: ({ name }) => ({ observe: (_, labels) => add(name, 1, labels) }),
    value: (name, labels) => values.get(keyOf(name, labels)) ?? 0,
  };
}
