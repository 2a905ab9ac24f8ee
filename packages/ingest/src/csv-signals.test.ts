import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parseCsvMapping } from './csv-mapping.ts';
import { readCsvSignals } from './csv-signals.ts';

async function read(csv: string, map: string) {
  const outcomes = [];
  for await (const outcome of readCsvSignals(Readable.from([csv]), parseCsvMapping(map))) outcomes.push(outcome);
  return outcomes;
}

describe('a CSV file', () => {
  it('in long form gives a sample a row', async () => {
    const outcomes = await read(
      '\u{FEFF}ts,host,name,usage,region\n2026-01-01T00:00:00Z,web,cpu,0.5,eu\n1767225601,web,cpu,0.6,\n',
      'time=ts,asset=host,metric=name,value=usage,label.region=region,unit:=1',
    );
    const sample = { kind: 'sample', asset: 'web', metric: 'cpu', unit: '1' };
    expect(outcomes).toEqual([
      { line: 2, outcome: { ok: true, value: { ...sample, at: 1767225600000, value: 0.5, labels: { region: 'eu' } } } },
      { line: 3, outcome: { ok: true, value: { ...sample, at: 1767225601000, value: 0.6, labels: {} } } },
    ]);
  });

  it('in wide form gives a sample a filled cell, named after its column', async () => {
    const outcomes = await read('t,cpu,mem\n1767225600000,1,2\n1767225601000,,3\n', 'time=t,asset:=pump-7,value=*');
    expect(
      outcomes.map(({ line, outcome }) => [line, outcome.ok && [outcome.value.metric, outcome.value.value]]),
    ).toEqual([
      [2, ['cpu', 1]],
      [2, ['mem', 2]],
      [3, ['mem', 3]],
    ]);
  });

  it('reads times without a zone only when the mapping gives the zone', async () => {
    const csv = 'timestamp,value\n2013-12-02 21:15:00,73.9\n';
    const [refused] = await read(csv, 'time=timestamp,value=value,asset:=m,metric:=temperature');
    expect(refused?.outcome).toMatchObject({ ok: false, reason: expect.stringContaining('time.zone') });
    const [taken] = await read(csv, 'time=timestamp,value=value,asset:=m,metric:=temperature,time.zone:=+01:00');
    expect(taken?.outcome).toMatchObject({ ok: true, value: { at: Date.UTC(2013, 11, 2, 20, 15) } });
  });

  it('names the line of every bad row and goes on', async () => {
    const csv = 't,a,v\nyesterday,x,1\n1767225600,x,NaN\n1767225600,x\n1767225600,x",oops\n1767225600,x,7\n';
    const outcomes = await read(csv, 'time=t,asset=a,metric:=m,value=v');
    expect(outcomes.map(({ line, outcome }) => [line, outcome.ok])).toEqual([
      [2, false],
      [3, false],
      [4, false],
      [5, false],
      [6, true],
    ]);
  });

  it('whose quotes do not end gives what came before them and says so', async () => {
    const outcomes = await read(
      't,v\n1767225600,1\n1767225601,"2\n1767225602,3\n',
      'time=t,asset:=a,metric:=m,value=v',
    );
    expect(outcomes.map(({ outcome }) => outcome.ok)).toEqual(expect.arrayContaining([true, false]));
    expect(outcomes).toHaveLength(2);
  });

  it('with 50,000 rows is read in bounded time, one row at a time', async () => {
    function* rows() {
      yield 't,v\n';
      for (let n = 0; n < 50; n++)
        yield Array.from({ length: 1000 }, (_, i) => `${1767225600 + n * 1000 + i},${i}\n`).join('');
    }
    let count = 0;
    const mapping = parseCsvMapping('time=t,asset:=a,metric:=m,value=v');
    for await (const { outcome } of readCsvSignals(Readable.from(rows()), mapping)) if (outcome.ok) count++;
    expect(count).toBe(50_000);
  });

  it('without a column of the mapping is refused with the columns it has', async () => {
    await expect(read('a,b\n1,2\n', 'time=t,asset:=a,metric:=m,value=b')).rejects.toMatchObject({
      code: 'invalid-request',
      cure: expect.stringContaining('a, b'),
    });
  });

  it('whose source fails rejects with that failure', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('the disk is gone'));
      },
    });
    const mapping = parseCsvMapping('time=t,asset:=a,metric:=m,value=b');
    await expect(readCsvSignals(broken, mapping)[Symbol.asyncIterator]().next()).rejects.toThrow('the disk is gone');
  });
});

describe('a mapping', () => {
  it('may quote parts with commas and list value columns', () => {
    expect(parseCsvMapping('time=t,asset:=a,"label.place:=Bonn, ""old"" hall",value=x|y')).toMatchObject({
      value: { columns: ['x', 'y'] },
      labels: { place: { constant: 'Bonn, "old" hall' } },
    });
  });

  it.each([
    ['asset:=a,value=v', /time/],
    ['time=t,value=v', /asset/],
    ['time=t,asset:=a', /value/],
    ['time:=now,asset:=a,value=v', /needs a column/],
    ['time=t,asset:=a,value=*,metric=m', /several value columns/],
    ['time=t,asset:=a,value=v,colour=c', /no key "colour"/],
    ['time=t,time=u,asset:=a,value=v', /twice/],
    ['time=t,asset:=,value=v', /nothing stands/],
    ['time=t,asset:=a,value=v,time.unit:=weeks', /use one of/],
    ['time=t,asset:=a,value=v,time.zone:=CET', /offset/],
    ['time=t,,value=v', /empty/],
  ])('%j is refused with the part at fault', (map, message) => {
    expect(() => parseCsvMapping(map)).toThrow(message);
  });
});
