import { describe, expect, it } from 'vitest';
import { casefileOfFiles, momentMs } from './file-casefile.ts';
import { rankCauses } from './rank-causes.ts';

const START_S = 1_700_000_000;
const NOTICED_S = START_S + 90 * 60;

/** Minutes of a shop whose index becomes slow at the noticed time. */
function wide(): string {
  const rows = Array.from({ length: 120 }, (_, minute) => {
    const added = minute >= 90 ? 0.3 : 0;
    const wobble = 1 + 0.05 * Math.sin(minute * 1.7);
    return [START_S + minute * 60, 0.2 * wobble + added, 0.05 * wobble + added, 0.03 * wobble].join(',');
  });
  return ['time,shop/latency,index/latency,cart/latency', ...rows].join('\n');
}

const topology = JSON.stringify({
  edges: [
    { from: 'shop', to: 'index', kind: 'calls' },
    { from: 'shop', to: 'cart', kind: 'calls' },
  ],
});

describe('files alone', () => {
  it('are enough to find the cause', () => {
    const { verdict, hypotheses } = rankCauses(casefileOfFiles({ metrics: wide(), topology, atMs: NOTICED_S * 1000 }));
    expect(hypotheses[0]?.asset).toBe('index');
    expect(verdict).toBe('fault');
  });

  it('say the same in both forms of samples and of topology', () => {
    const [head = '', ...rows] = wide().split('\n');
    const names = head.split(',').slice(1);
    const long = rows.flatMap((row) => {
      const [second, ...values] = row.split(',');
      const at = new Date(Number(second) * 1000).toISOString();
      return names.map((name, index) => `${at},${name.replace('/', ',')},${values[index] ?? ''}`);
    });
    const metrics = ['time,asset,metric,value', ...long].join('\n');
    const lines = 'from,to,kind\nshop,index,calls\nshop,cart';
    const answer = (files: { metrics: string; topology: string }): unknown =>
      rankCauses(casefileOfFiles({ ...files, atMs: NOTICED_S * 1000 }));
    expect(answer({ metrics, topology: lines })).toEqual(answer({ metrics: wide(), topology }));
  });

  it.each([
    [{ metrics: 'a,b\n1,2' }, 'no column "time"'],
    [{ metrics: 'time,latency\n1,2' }, 'the column "latency" of the metrics names no asset'],
    [{ metrics: 'time,a/b\nsoon,2' }, 'line 2 of the metrics has no readable time'],
    [{ metrics: 'time,a/b\n1,2\n2,3' }, 'do not surround the given time'],
    [{ metrics: wide(), topology: '{"edges":[{"from":1}]}' }, 'no readable edges'],
    [{ metrics: wide(), topology: '{' }, 'the topology is not JSON'],
  ])('that cannot be read are refused with the reason (%#)', (files, reason) => {
    expect(() => casefileOfFiles({ ...files, atMs: NOTICED_S * 1000 })).toThrow(reason);
  });
});

it.each([
  ['1700000000', 1_700_000_000_000],
  ['1700000000000', 1_700_000_000_000],
  ['2023-11-14T22:13:20Z', 1_700_000_000_000],
  ['soon', Number.NaN],
])('the moment %s is understood', (text, expected) => {
  expect(momentMs(text)).toBe(expected);
});
