/**
 * How long detection takes to have all its series again after a restart: states of series that have seen two days, saved to
 * embedded PostgreSQL, read back by a stage that knows nothing, a thousand at a time as batches of samples ask for them.
 * Prints one JSON line; exit 1 over the bar. `node bench/detect-restart.bench.ts [series]`
 */
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresStateStore } from '@heliosiq/adapters/postgres/state-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { randomOf } from '@heliosiq/adapters/testing/random-numbers.ts';
import { openTestDatabase } from '@heliosiq/adapters/testing/test-postgres.ts';
import { SeriesId, TenantId } from '@heliosiq/model';
import { defaultSeriesSettings } from '../packages/detect/src/series-settings.ts';
import { createWatchedSeries } from '../packages/detect/src/watched-series.ts';

const barS = 5;
const seriesCount = Number(process.argv[2] ?? 100_000);
const atOnce = 1000;
const samples = 576;
const stepMs = 300_000;
const startMs = Date.UTC(2026, 0, 5);
const tenantId = TenantId.parse('acme');

const ids = Array.from({ length: seriesCount }, (_, index) =>
  SeriesId.parse(((index * 2_654_435_761) % 2 ** 32).toString(16).padStart(32, '0')),
);

await using testDatabase = await openTestDatabase();
await using database = await openDatabase({ url: testDatabase.url });
const states = createPostgresStateStore(database);
const options = { states, logger: createMemoryLogger(), settings: defaultSeriesSettings, heldBytesMax: 2 ** 31 };

/** Lets all series see the same two days of noise from different places, and saves them. */
async function fill(): Promise<void> {
  const random = randomOf(11);
  const noise = Float64Array.from({ length: 10_007 }, () => random());
  const watched = createWatchedSeries(options);
  for (let from = 0; from < seriesCount; from += atOnce) {
    const some = ids.slice(from, from + atOnce);
    await watched.load(tenantId, some);
    for (const [index, seriesId] of some.entries()) {
      watched.withWatch({ tenantId, seriesId }, defaultSeriesSettings.threshold, (watch) => {
        for (let i = 0; i < samples; i += 1) {
          const at = noise[((from + index) * 31 + i) % noise.length] ?? 0;
          watch.observe(startMs + i * stepMs, 50 + 10 * Math.sin((2 * Math.PI * i) / 288) + 3 * at);
        }
      });
    }
    await watched.save();
    watched.forget();
  }
}

await fill();
const watched = createWatchedSeries(options);
const cpu = process.cpuUsage();
const startedAt = performance.now();
for (let from = 0; from < seriesCount; from += atOnce) await watched.load(tenantId, ids.slice(from, from + atOnce));
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpu);
console.log(
  JSON.stringify({
    bench: 'detect-restart',
    series: watched.size(),
    seconds: Number(seconds.toFixed(2)),
    node_cpu_s: Number(((user + system) / 1e6).toFixed(2)),
  }),
);
if (watched.size() < seriesCount || seconds > barS) process.exitCode = 1;
