import type { WrittenSeries } from '../support/remote-write-body.ts';

/** The first moment of the examples: milliseconds since the epoch. */
export const startMs = Date.UTC(2026, 0, 5, 10);
export const lengthMs = 40 * 60_000;
const scrapeMs = 15_000;

type Value = number | 'stale' | undefined;

/** Whole numbers that look random and are the same on every machine: a linear congruential generator (Park and Miller 1988). */
function createNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

interface Shape {
  readonly everyMs?: number;
  /** How late a scrape may be. */
  readonly lateMsMax?: number;
  /** The value of a scrape; undefined where it was missed. */
  readonly valueAt: (scrape: number, random: (below: number) => number) => Value;
}

let seeds = 0;

function series(
  labels: Readonly<Record<string, string>>,
  { everyMs = scrapeMs, lateMsMax = 0, valueAt }: Shape,
): WrittenSeries {
  seeds += 1;
  const random = createNumbers(seeds * 7919);
  const samples: (readonly [number, number | 'stale'])[] = [];
  for (let scrape = 0; scrape * everyMs <= lengthMs; scrape += 1) {
    const at = startMs + scrape * everyMs + (lateMsMax === 0 ? 0 : random(lateMsMax));
    const value = valueAt(scrape, random);
    if (value !== undefined) samples.push([at, value]);
  }
  return { labels, samples };
}

/** A counter that rises at random and starts over at the given scrapes. */
function counter(rise: number, restarts: readonly number[] = []): Shape['valueAt'] {
  let total = 0;
  return (scrape, random) => {
    total = restarts.includes(scrape) ? random(3) : total + random(rise);
    return total;
  };
}

function requests(): readonly WrittenSeries[] {
  return ['api', 'web'].flatMap((job, jobIndex) =>
    ['10.0.0.1:9100', '10.0.0.2:9100'].flatMap((instance, index) =>
      ['200', '404', '500'].map((code, codeIndex) =>
        series(
          { __name__: 'http_requests_total', job, instance, code },
          {
            lateMsMax: index === 0 ? 0 : 400,
            valueAt: counter(100 / (codeIndex + 1), jobIndex === 0 ? [40 + index, 97] : [120]),
          },
        ),
      ),
    ),
  );
}

function durations(): readonly WrittenSeries[] {
  const bounds = ['0.05', '0.1', '0.25', '0.5', '1', '+Inf'];
  return ['api', 'web'].flatMap((job, jobIndex) => {
    const counts = bounds.map(() => 0);
    const rows: number[][] = [];
    const random = createNumbers(4711 + jobIndex);
    for (let scrape = 0; scrape * scrapeMs <= lengthMs; scrape += 1) {
      const observed = bounds.map((_, bound) => random(10 - bound));
      let below = 0;
      for (const [bound, count] of observed.entries()) {
        below += count;
        counts[bound] = (counts[bound] ?? 0) + below;
      }
      rows.push([...counts]);
    }
    return [
      ...bounds.map((le, bound) =>
        series({ __name__: 'request_seconds_bucket', job, le }, { valueAt: (scrape) => rows[scrape]?.[bound] }),
      ),
      series({ __name__: 'request_seconds_count', job }, { valueAt: (scrape) => rows[scrape]?.at(-1) }),
      series({ __name__: 'request_seconds_sum', job }, { valueAt: (scrape) => (rows[scrape]?.at(-1) ?? 0) * 0.21 }),
    ];
  });
}

function gauges(): readonly WrittenSeries[] {
  const load = ['10.0.0.1:9100', '10.0.0.2:9100', '10.0.0.3:9100'].map((instance, index) =>
    series(
      { __name__: 'node_load1', job: 'node', instance },
      { lateMsMax: 1000, valueAt: (_, random) => (random(4000) + index * 500) / 1000 },
    ),
  );
  return [
    ...load,
    // A gap of ten minutes without a marker, and one with.
    series(
      { __name__: 'memory_bytes', job: 'node', instance: '10.0.0.1:9100', kind: 'used' },
      { valueAt: (scrape, random) => (scrape > 40 && scrape <= 80 ? undefined : 4e9 + random(1e9)) },
    ),
    series(
      { __name__: 'memory_bytes', job: 'node', instance: '10.0.0.2:9100', kind: 'used' },
      {
        valueAt: (scrape, random) =>
          scrape === 41 ? 'stale' : scrape > 41 && scrape <= 80 ? undefined : 3e9 + random(1e9),
      },
    ),
    series(
      { __name__: 'memory_bytes', job: 'node', instance: '10.0.0.1:9100', kind: 'free' },
      { valueAt: (_, random) => 1e9 + random(5e8) },
    ),
    series({ __name__: 'memory_limit_bytes', job: 'node', instance: '10.0.0.1:9100' }, { valueAt: () => 8e9 }),
    series({ __name__: 'memory_limit_bytes', job: 'node', instance: '10.0.0.2:9100' }, { valueAt: () => 16e9 }),
    series(
      { __name__: 'temperature_celsius', room: 'cold store' },
      { everyMs: 37_000, lateMsMax: 5000, valueAt: (_, random) => (random(400) - 250) / 10 },
    ),
    series(
      { __name__: 'temperature_celsius', room: 'hall' },
      {
        everyMs: 37_000,
        lateMsMax: 5000,
        valueAt: (scrape, random) => (scrape === 20 ? Number.NaN : random(300) / 10),
      },
    ),
    // Slower than the look-back allows.
    series(
      { __name__: 'backup_size_bytes', disk: 'a' },
      { everyMs: 420_000, valueAt: (scrape) => 1e12 + scrape * 1e10 },
    ),
    series({ __name__: 'queue_depth', queue: 'steady' }, { everyMs: 60_000, valueAt: () => 7 }),
    series({ __name__: 'queue_depth', queue: 'growing' }, { everyMs: 60_000, valueAt: (scrape) => scrape * 2.5 }),
    series({ __name__: 'queue_depth', queue: 'sawtooth' }, { everyMs: 60_000, valueAt: (scrape) => scrape % 5 }),
  ];
}

function states(): readonly WrittenSeries[] {
  return [
    series({ __name__: 'up', job: 'api', instance: '10.0.0.1:9100' }, { valueAt: () => 1 }),
    series(
      { __name__: 'up', job: 'api', instance: '10.0.0.2:9100' },
      { valueAt: (scrape) => (scrape % 20 < 3 ? 0 : 1) },
    ),
    // Gone for a while, and gone for good.
    series(
      { __name__: 'up', job: 'web', instance: '10.0.0.1:9100' },
      { valueAt: (scrape) => (scrape === 60 ? 'stale' : scrape > 60 && scrape < 70 ? undefined : 1) },
    ),
    series(
      { __name__: 'up', job: 'web', instance: '10.0.0.2:9100' },
      { valueAt: (scrape) => (scrape === 100 ? 'stale' : scrape > 100 ? undefined : 1) },
    ),
    ...[
      ['10.0.0.1:9100', '1.4.0', 'main'],
      ['10.0.0.2:9100', '1.5.0-rc.1', 'release'],
    ].map(([instance = '', version = '', branch = '']) =>
      series({ __name__: 'build_info', job: 'api', instance, version, branch }, { valueAt: () => 1 }),
    ),
    series({ __name__: 'limit_requests', code: '500' }, { valueAt: () => 0.5 }),
    series({ __name__: 'limit_requests', code: '404' }, { valueAt: () => 2 }),
  ];
}

function oddities(): readonly WrittenSeries[] {
  return [
    series(
      { __name__: 'odd_values', kind: 'huge' },
      { everyMs: 60_000, valueAt: (scrape) => (scrape % 2 === 0 ? 1.7e308 : 1.6e308) },
    ),
    series({ __name__: 'odd_values', kind: 'tiny' }, { everyMs: 60_000, valueAt: (scrape) => 5e-9 * (scrape + 1) }),
    series(
      { __name__: 'odd_values', kind: 'infinite' },
      { everyMs: 60_000, valueAt: (scrape) => (scrape % 3 === 0 ? Infinity : -1) },
    ),
    series(
      { __name__: 'odd_values', kind: 'nan' },
      { everyMs: 60_000, valueAt: (scrape) => (scrape % 3 === 1 ? Number.NaN : scrape) },
    ),
    series({ __name__: 'odd_values', kind: 'minus' }, { everyMs: 60_000, valueAt: (scrape) => -scrape - 0.5 }),
    series({ __name__: 'cancelling', part: 'large' }, { everyMs: 60_000, valueAt: () => 1e16 }),
    series({ __name__: 'cancelling', part: 'small' }, { everyMs: 60_000, valueAt: () => 1 }),
    series({ __name__: 'cancelling', part: 'negative' }, { everyMs: 60_000, valueAt: () => -1e16 }),
    series(
      { __name__: 'labelled', path: '/a/b?c="d"', note: 'line\nbreak \\ back' },
      { everyMs: 60_000, valueAt: () => 1 },
    ),
    series({ __name__: 'labelled', path: '/ü/😀', note: 'UPPER lower' }, { everyMs: 60_000, valueAt: () => 2 }),
    series({ __name__: 'labelled', path: '/plain' }, { everyMs: 60_000, valueAt: () => 3 }),
    // Two metrics that are alike but for their names.
    series({ __name__: 'twin_a', side: 'x' }, { everyMs: 60_000, valueAt: (scrape) => scrape }),
    series({ __name__: 'twin_b', side: 'x' }, { everyMs: 60_000, valueAt: (scrape) => -scrape }),
    series(
      { __name__: 'early', side: 'x' },
      { valueAt: (scrape) => (scrape < 60 ? scrape : scrape === 60 ? 'stale' : undefined) },
    ),
    series({ __name__: 'late', side: 'x' }, { valueAt: (scrape) => (scrape > 60 ? scrape : undefined) }),
    series({ __name__: 'utf8.name', 'k8s.pod': 'web-1' }, { everyMs: 60_000, valueAt: (scrape) => scrape }),
  ];
}

/** Series with gaps, restarts, staleness markers, odd values and odd labels; the same on every machine. */
export function exampleSeries(): readonly WrittenSeries[] {
  seeds = 0;
  return [...requests(), ...durations(), ...gauges(), ...states(), ...oddities()];
}
