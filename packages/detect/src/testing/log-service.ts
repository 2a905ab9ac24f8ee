import type { AssetId, Log } from '@heliosiq/model';
import { createRandom, START_MS } from './random-series.ts';

/** A line before it is a record: when, how bad, what. */
export type ServiceLine = Pick<Log, 'at' | 'body' | 'severity'>;

export interface LogServiceOptions {
  readonly seed: number;
  readonly minutes: number;
  /** Mean of the requests in a minute at noon; at night a fifth of it. Default 12. */
  readonly requestsPerMinute?: number;
  readonly startAt?: number;
}

const dayMinutes = 1440;
const paths = ['/orders', '/cart', '/login', '/search', '/health', '/items'];
const users = ['ann', 'bob', 'cyd', 'dan', 'eve', 'fay', 'gil', 'hal', 'ivy', 'joe'];

/**
 * The log of a web service in normal use: requests by the time of day, a heartbeat each minute, a sweep each ten minutes, a
 * nightly job, now and then a warning or an error that a client causes, a restart a week and, ever more rarely, a plain line
 * that was never written before. The same seed gives the same lines.
 */
export function* logService(options: LogServiceOptions): Generator<ServiceLine> {
  const { seed, minutes, requestsPerMinute = 12, startAt = START_MS } = options;
  const random = createRandom(seed);
  const pick = <Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item | undefined =>
    items[Math.floor(random() * items.length)];
  const line = (at: number, body: string, severity: Log['severity'] = 'info'): ServiceLine => ({ at, body, severity });
  let rare = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    const at = startAt + minute * 60_000;
    const lines: ServiceLine[] = [];
    const moment = (): number => at + Math.floor(random() * 60_000);
    const load = requestsPerMinute * (0.6 - 0.4 * Math.cos((2 * Math.PI * minute) / dayMinutes));
    const requests = poissonOf(load, random);
    for (let index = 0; index < requests; index += 1) {
      const path = pick(paths) ?? '';
      const ms = Math.floor(5 + 40 * -Math.log(random()));
      lines.push(line(moment(), `GET ${path}/${Math.floor(random() * 1e5)} answered 200 in ${ms} ms`));
      if (random() < 0.1) lines.push(line(moment(), `session opened for user ${pick(users)}`));
      if (random() < 0.004) lines.push(line(moment(), `WARN slow query took ${ms * 20} ms on items`, 'medium'));
      if (random() < 0.001) lines.push(line(moment(), `ERROR bad request from 10.0.0.${index}: no field name`, 'high'));
    }
    lines.push(line(at + 7000 + Math.floor(random() * 500), `heartbeat ${minute} queue 0 workers 8`));
    if (minute % 10 === 3) lines.push(line(at + 20_000, `cache swept, ${Math.floor(random() * 500)} entries removed`));
    if (minute % dayMinutes === 120) {
      for (const step of ['begun', 'copied', 'checked'])
        lines.push(line(at + 30_000, `nightly backup ${step} in 12 s`));
    }
    if (minute % (7 * dayMinutes) === 4000) {
      lines.push(line(at + 40_000, 'stopping on signal 15'), line(at + 45_000, 'listening on port 8080, 8 workers'));
    }
    // Heaps: the n-th rare line comes after a time that grows with its number.
    if (random() < 3 / (60 + minute)) {
      rare += 1;
      lines.push(line(moment(), `note ${letters(rare)} of kind ${letters(rare * 7 + seed)} was taken`));
    }
    yield* lines.sort((a, b) => a.at - b.at);
  }
}

/** A word of letters alone, another for each number. */
export function letters(index: number): string {
  return Array.from(String(index), (digit) => 'abcdefghij'[Number(digit)] ?? '').join('x');
}

/** An asset's name as the model wants it. */
export const serviceAsset = 'shop' as AssetId; // a non-empty name

/** Knuth's product of uniforms; fit for small means. */
function poissonOf(mean: number, random: () => number): number {
  const least = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > least; product *= random()) count += 1;
  return count;
}
