import { HeliosError, TenantId } from '@heliosiq/model';
import { compress } from 'snappy';
import { describe, expect, test } from 'vitest';
import { acme, contentTypes, faultOf, openDoor } from './testing/open-door.ts';
import { bodyV1, bodyV2, momentOfTests as now, plainSeries as series } from './testing/write-bodies.ts';

const versions = ['v1', 'v2'] as const;

describe.each(versions)('remote write %s', (version) => {
  test('stores samples under the labels as sent, and answers 204', async () => {
    const { send, stored } = openDoor();
    const answer = await send(version, [
      series('up', { instance: 'db:9100', job: 'node' }, 0),
      series('load', { instance: 'db:9100', näme: 'wért', zone: '' }, -0.5, now - 1000),
    ]);
    expect(answer.status).toBe(204);
    expect(answer.body).toBeUndefined();
    expect(await stored()).toEqual([
      'db:9100 load{instance="db:9100",näme="wért"} @-1 = -0.5',
      'db:9100 up{instance="db:9100",job="node"} @0 = 0',
    ]);
  });

  test('keeps every double: NaN and the infinities are measurements', async () => {
    const { send, stored } = openDoor();
    const values = [Number.NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308];
    await send(version, [
      { labels: [['__name__', 'odd']], samples: values.map((value, index) => [now + index * 1000, value]) },
    ]);
    expect((await stored()).map((line) => line.split(' = ')[1])).toEqual(values.map(String));
  });

  test('keeps a staleness marker as the NaN that it is', async () => {
    const { send, stored, meter } = openDoor();
    const answer = await send(version, [
      { labels: [['__name__', 'up']], samples: [[now, 'stale']] },
      series('up', {}, 1, now - 5000),
    ]);
    expect(answer.status).toBe(204);
    expect(await stored()).toEqual(['unnamed up{} @-5 = 1', 'unnamed up{} @0 = stale']);
    expect(meter.value('heliosiq_remote_write_passed_over_total', { reason: 'stale-marker' })).toBe(0);
    expect(meter.value('heliosiq_remote_write_written_total', { kind: 'sample' })).toBe(2);
  });

  test('takes duplicates and samples out of order', async () => {
    const { send, stored } = openDoor();
    for (const at of [now, now, now - 60_000])
      expect((await send(version, [series('up', {}, 1, at)])).status).toBe(204);
    expect(await stored()).toEqual(['unnamed up{} @-60 = 1', 'unnamed up{} @0 = 1', 'unnamed up{} @0 = 1']);
  });

  test('stores everything acceptable before it answers 400 with reasons and counts', async () => {
    const { send, stored, meter } = openDoor();
    const many = Object.fromEntries(
      Array.from({ length: 65 }, (_, index) => [`l${String(index).padStart(3, '0')}`, 'x']),
    );
    const answer = await send(version, [
      series('good'),
      {
        labels: [['job', 'x']],
        samples: [
          [now, 1],
          [now + 1, 2],
        ],
      },
      {
        labels: [
          ['__name__', 'm'],
          ['b', '1'],
          ['a', '1'],
        ],
        samples: [[now, 1]],
      },
      {
        labels: [
          ['__name__', 'm'],
          ['a', '1'],
          ['a', '2'],
        ],
        samples: [[now, 1]],
      },
      {
        labels: [
          ['', 'm'],
          ['__name__', 'm'],
        ],
        samples: [[now, 1]],
      },
      series('m', many),
      series('m', { ['n'.repeat(129)]: 'x' }),
      series('m', { a: 'x'.repeat(2049) }),
      series('m'.repeat(301)),
      series('m', { a: 'nul\0' }),
      series('old', {}, 1, now - 500 * 86_400_000),
      series('new', {}, 1, now + 3_600_000),
      series('also_good'),
    ]);
    expect(await stored()).toEqual(['unnamed also_good{} @0 = 1', 'unnamed good{} @0 = 1']);
    expect(answer.status).toBe(400);
    expect(answer.mediaType).toMatch('text/plain');
    expect(answer.body).toMatch(
      /^rejected 12 of the request: 2 because the metric has no name.*; the first in \{job="x"\}/,
    );
    for (const words of [
      'sorted',
      'twice',
      'no name',
      '64 labels',
      '128 characters',
      '2048',
      '300',
      'U+0000',
      'before',
      'future',
    ]) {
      expect(answer.body).toContain(words);
    }
    if (version === 'v2') expect(answer.headers?.['x-prometheus-remote-write-samples-written']).toBe('2');
    expect(meter.value('heliosiq_remote_write_rejected_total', { reason: 'labels-unsorted' })).toBe(1);
  });

  test('rejects a bad series each time it comes, in the same words', async () => {
    const { send } = openDoor();
    const bad = { labels: [['job', 'x']] as const, samples: [[now, 1]] as const };
    const first = await send(version, [bad]);
    expect((await send(version, [bad])).body).toBe(first.body);
  });

  test('knows a series again wherever it stands in a request, and never mixes series up', async () => {
    const { send, stored } = openDoor();
    const all = Array.from({ length: 50 }, (_, index) =>
      series('m', { i: String(index), long: 'x'.repeat(index * 3) }, index),
    );
    for (const order of [all, all.toReversed(), [...all.slice(20), ...all.slice(0, 20)]]) await send(version, order);
    const lines = await stored();
    expect(lines).toHaveLength(150);
    for (const line of lines) expect(line.split(' = ')[1]).toBe(/i="(\d+)"/.exec(line)?.[1]);
  });

  test('never shares series between tenants', async () => {
    const { send, stored } = openDoor();
    const other = TenantId.parse('other');
    await send(version, [series('up')]);
    await send(version, [series('up'), series('theirs')], other);
    expect(await stored()).toHaveLength(1);
    expect(await stored(other)).toHaveLength(2);
  });

  test('stays right when it remembers few series and forgets the others', async () => {
    const { send, stored } = openDoor({ settings: { seriesCachedMax: 40 } });
    const all = Array.from({ length: 100 }, (_, index) => series('m', { i: String(index) }, index));
    for (let round = 0; round < 5; round += 1) await send(version, all);
    for (const one of all) await send(version, [one]);
    const lines = await stored();
    expect(lines).toHaveLength(600);
    for (const line of lines) expect(line.split(' = ')[1]).toBe(/i="(\d+)"/.exec(line)?.[1]);
  });

  test('reads a large request of new series whole', async () => {
    const { send, stored } = openDoor();
    await send(
      version,
      Array.from({ length: 5000 }, (_, index) => series('m', { i: String(index) }, index)),
    );
    expect(new Set(await stored()).size).toBe(5000);
  });

  test('is retryable when the log is away, and then stores the same request', async () => {
    const { send, state, stored, door } = openDoor();
    state.isLogAway = true;
    const fault = await faultOf(send(version, [series('up')]));
    expect(fault.code).toBe('unavailable');
    expect(fault.retryAfterS).toBe(2);
    expect(door.describeFault?.(fault, { contentType: contentTypes[version] })).toMatchObject({
      status: 503,
      headers: version === 'v2' ? { 'x-prometheus-remote-write-samples-written': '0' } : {},
    });
    state.isLogAway = false;
    expect((await send(version, [series('up')])).status).toBe(204);
    expect(await stored()).toHaveLength(1);
  });

  test('stores the known series of a tenant that has no room for new ones, and answers why the others are missing', async () => {
    const { send, stored } = openDoor({ seriesMax: 1 });
    const answer = await send(version, [series('first'), series('second')]);
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('limit of series') });
    expect(await stored()).toEqual(['unnamed first{} @0 = 1']);
  });

  test('reads bodies that are not compressed or were unpacked on the way', async () => {
    const { sendBytes, stored } = openDoor();
    const body = version === 'v1' ? bodyV1([series('up')]) : bodyV2([series('up')]);
    for (const encoding of ['zstd', 'gzip', 'identity']) {
      expect((await sendBytes(body, { contentType: contentTypes[version], encoding })).status).toBe(204);
    }
    expect(
      (await sendBytes(await compress(body), { contentType: contentTypes[version], encoding: undefined })).status,
    ).toBe(204);
    expect(await stored()).toHaveLength(4);
  });

  test('takes a request without series', async () => {
    const { send } = openDoor();
    expect((await send(version, [])).status).toBe(204);
  });
});

describe('remote write', () => {
  test('answers 2.0 with counts of what was written, and 1.0 without', async () => {
    const { send } = openDoor();
    expect((await send('v2', [series('up'), series('down')])).headers).toEqual({
      'x-prometheus-remote-write-samples-written': '2',
      'x-prometheus-remote-write-histograms-written': '0',
      'x-prometheus-remote-write-exemplars-written': '0',
    });
    expect((await send('v1', [series('up')])).headers).toEqual({});
  });

  test('chooses the message by the Content-Type, and answers 415 to others with a way out', async () => {
    const { sendBytes } = openDoor();
    const body = await compress(bodyV1([series('up')]));
    for (const contentType of ['application/x-protobuf; proto=prometheus.WriteRequest', 'Application/X-Protobuf']) {
      expect((await sendBytes(body, { contentType })).status).toBe(204);
    }
    for (const contentType of ['application/json', '', 'application/x-protobuf;proto=io.prometheus.write.v3.Request']) {
      const fault = await faultOf(sendBytes(body, { contentType }));
      expect(fault.code).toBe('unsupported-media-type');
      expect(fault.cure).toContain('application/x-protobuf');
    }
  });

  test('sees the same series in both versions', async () => {
    const { send, stored } = openDoor();
    await send('v1', [series('up', { job: 'x' })]);
    await send('v2', [series('up', { job: 'x' }, 2, now + 1000)]);
    expect(await stored()).toEqual(['x up{job="x"} @0 = 1', 'x up{job="x"} @1 = 2']);
  });

  test('refuses what claims to be larger than the limit, and what is not snappy, before it unpacks', async () => {
    const { sendBytes } = openDoor({ settings: { decodedBytesMax: 1000 } });
    expect((await faultOf(sendBytes(await compress(Buffer.alloc(1001))))).code).toBe('too-large');
    expect((await faultOf(sendBytes(Buffer.from('ffffffffff', 'hex')))).code).toBe('invalid-request');
    expect((await faultOf(sendBytes(Buffer.from('hello there')))).code).toBe('invalid-request');
    expect((await faultOf(sendBytes(Buffer.alloc(0)))).code).toBe('invalid-request');
  });

  test('takes nothing of a body that is damaged', async () => {
    const { sendBytes, stored } = openDoor();
    const whole = bodyV1([series('up'), series('down')]);
    for (let end = 1; end < whole.length; end += 1) {
      const answer = await sendBytes(whole.subarray(0, end), { encoding: 'identity' }).catch((error: unknown) => error);
      const isTaken = !(answer instanceof HeliosError);
      // Cut between two series it is whole.
      expect(isTaken).toBe(end === bodyV1([series('up')]).length);
    }
    expect(await stored()).toEqual(['unnamed up{} @0 = 1']);
  });

  test('rejects labels of 2.0 that refer to nothing, and stores the rest', async () => {
    const { sendBytes, stored } = openDoor();
    const body = bodyV2([series('up', { job: 'a' }), series('up', { job: 'b' })]);
    // The last symbol goes, so that the second series has a reference to nowhere.
    const lost = Buffer.from(`2201${Buffer.from('b').toString('hex')}`, 'hex');
    const at = body.indexOf(lost);
    const cut = Buffer.concat([body.subarray(0, at), body.subarray(at + lost.length)]);
    const answer = await sendBytes(cut, { contentType: contentTypes.v2, encoding: 'identity' });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('refers to a symbol that is not there');
    expect(await stored()).toEqual(['a up{job="a"} @0 = 1']);
  });

  test('takes the unit from metadata or else from the name of the metric', async () => {
    const { send, sendBytes, stored } = openDoor();
    await send('v1', [series('a_seconds_total'), series('a_seconds_count'), series('size_bytes'), series('plain')]);
    await sendBytes(await compress(bodyV1([], [{ family: 'plain', unit: 'volts' }])));
    await send('v1', [series('plain')]);
    await send('v2', [{ ...series('own'), unit: 'parsecs' }]);
    expect(await stored()).toEqual([
      'unnamed a_seconds_count{} @0 = 1',
      'unnamed a_seconds_total{} s @0 = 1',
      'unnamed own{} parsecs @0 = 1',
      'unnamed plain{} V @0 = 1',
      'unnamed plain{} V @0 = 1',
      'unnamed size_bytes{} By @0 = 1',
    ]);
  });

  test('names the asset by the labels that the settings give', async () => {
    const { send, stored } = openDoor({ settings: { assetLabels: ['site/pump'] } });
    await send('v1', [series('up', { instance: 'x', pump: '7', site: 'north' })]);
    expect(await stored()).toEqual(['north/7 up{instance="x",pump="7",site="north"} @0 = 1']);
  });

  test('counts for the tenant of the request', async () => {
    const { send, meter } = openDoor();
    await send('v1', [series('up')], acme);
    expect(meter.value('heliosiq_ingest_signals_accepted_total')).toBe(1);
    expect(meter.value('heliosiq_ingest_bytes_total')).toBeGreaterThan(20);
  });
});
