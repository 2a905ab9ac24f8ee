import type { PartitionLag } from '@heliosiq/ports';
import { describe, expect, test } from 'vitest';
import { createMeter } from './observe.ts';

function lagOf(lagRecords: number): PartitionLag {
  return { group: 'detect', topic: 'signals', partition: 0, committedOffset: 0, endOffset: lagRecords, lagRecords };
}

describe('the meter', () => {
  test('exposes what was counted, set and observed, with labels', async () => {
    const meter = createMeter();
    const wanted = { name: 'heliosiq_things_total', help: 'Things.', labels: ['kind'] };
    meter.counter(wanted).add(2, { kind: 'a' });
    meter.counter(wanted).add(3, { kind: 'a' });
    meter.gauge({ name: 'heliosiq_level', help: 'Level.' }).set(7);
    meter.histogram({ name: 'heliosiq_wait_duration_seconds', help: 'Waits.', buckets: [0.1, 1] }).observe(0.5);
    meter.booted(1.25);
    const { contentType, text } = await meter.expose();
    expect(contentType).toMatch(/^text\/plain/);
    expect(text).toContain('heliosiq_things_total{kind="a"} 5');
    expect(text).toContain('heliosiq_level 7');
    expect(text).toContain('heliosiq_wait_duration_seconds_bucket{le="1"} 1');
    expect(text).toContain('heliosiq_boot_duration_seconds 1.25');
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });

  test('two meters of one process do not mix', async () => {
    const [first, second] = [createMeter(), createMeter()];
    first.gauge({ name: 'heliosiq_level', help: 'Level.' }).set(1);
    expect((await second.expose()).text).not.toContain('heliosiq_level');
  });

  test('reads the lag when asked for metrics, but not more than once in five seconds', async () => {
    let now = 0;
    let reads = 0;
    const meter = createMeter({ now: () => now });
    meter.watchLag({
      async lag() {
        reads += 1;
        return [lagOf(10 * reads)];
      },
    });
    const exposed = async (): Promise<string> => (await meter.expose()).text;
    expect(await exposed()).toContain('heliosiq_log_lag_records{group="detect",topic="signals",partition="0"} 10');
    expect(await exposed()).toContain('partition="0"} 10');
    now = 6_000;
    expect(await exposed()).toContain('partition="0"} 20');
    expect(reads).toBe(2);
  });

  test('a log that fails or hangs neither fails nor hangs a scrape and its last lag grows old', async () => {
    let now = 0;
    let answer: () => Promise<readonly PartitionLag[]> = async () => [lagOf(4)];
    const meter = createMeter({ now: () => now });
    meter.watchLag({ lag: () => answer() });
    await meter.expose();
    now = 10_000;
    answer = () => Promise.reject(new Error('the database is away'));
    const failed = (await meter.expose()).text;
    expect(failed).toContain('partition="0"} 4');
    expect(failed).toContain('heliosiq_log_lag_age_seconds 10');
    now = 20_000;
    answer = () => new Promise(() => undefined);
    expect((await meter.expose()).text).toContain('heliosiq_log_lag_age_seconds 20');
  });
});
