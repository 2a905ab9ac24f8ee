import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settled } from '../support/settled.ts';
import { startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const limit = 1000;
const floodCount = 20_000;
const perRequest = 2000;

/** Numbers that a sensor may send and no model can do anything with: they must not stop the program. */
const absurd = [1e308, -1e308, 5e-324, Number.MAX_SAFE_INTEGER, -0];

it('a flood of series and absurd values stop nobody: known series go on, and the limit says who was refused', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const program = await startProcess(join(folder.path, 'data'), { HELIOS_LIMITS_SERIES_MAX: String(limit) });
  stack.defer(async () => void (await program.end('SIGTERM')));
  const key = program.adminKey ?? '';
  const client = program.client(key);
  const startAt = Date.now() - 3_600_000;

  async function send(samples: readonly { asset: string; metric: string; at: number; value: number }[]) {
    const body = JSON.stringify(samples.map((sample) => ({ kind: 'sample', ...sample })));
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const response = await fetch(`${program.url}/api/v1/signals`, { method: 'POST', headers, body });
    await response.text();
    return response.status;
  }
  /** The known series: ordinary ones, and one of absurd values whose times go back and forth. */
  const known = (minute: number) => [
    ...Array.from({ length: 9 }, (_, one) => {
      return { asset: 'known', metric: `m${one}`, at: startAt + minute * 60_000, value: 5 + one };
    }),
    {
      ...{ asset: 'known', metric: 'absurd', at: startAt + (minute % 2 === 0 ? minute : -minute) * 60_000 },
      value: absurd[minute % absurd.length] ?? 0,
    },
  ];

  expect(await send(known(0))).toBe(202);
  for (let from = 0; from < floodCount; from += perRequest) {
    const flood = Array.from({ length: perRequest }, (_, one) => {
      return { asset: `pod-${from + one}`, metric: 'requests', at: startAt, value: 1 };
    });
    expect(await send(flood)).toBeLessThan(500);
  }
  for (let minute = 1; minute < 20; minute += 1) expect(await send(known(minute))).toBe(202);
  await settled(client);

  const { series } = await client.call('listSeries', { query: { asset: 'known', limit: '100' } });
  expect(series.filter(({ series: { metric } }) => metric !== 'absurd').map(({ samples }) => samples)).toEqual(
    Array.from({ length: 9 }, () => 20),
  );
  const { series: seriesKnown } = await client.call('readCardinality', { query: {} });
  expect(seriesKnown).toBeLessThanOrEqual(limit);
  const metrics = await fetch(`${program.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const [, refused] =
    /heliosiq_ingest_refused_total\{[^}]*reason="series-max"[^}]*\} (\d+)/.exec(await metrics.text()) ?? [];
  expect(Number(refused)).toBeGreaterThanOrEqual(floodCount - limit);
  expect(program.child.exitCode).toBeNull();
});
