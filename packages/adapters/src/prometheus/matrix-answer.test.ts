import { describe, expect, it } from 'vitest';
import { readMatrix } from './matrix-answer.ts';

type Pair = readonly [timeS: number, value: string];

function answerOf(result: readonly { readonly metric: unknown; readonly values: readonly Pair[] }[]): Buffer {
  return Buffer.from(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }));
}

/** The values that a server would write, as the shortest text of each double. */
const numbers = [
  0,
  1,
  -1,
  0.1,
  0.30000000000000004,
  1.5,
  1e21,
  1e-7,
  5e-324,
  1.7976931348623157e308,
  -273.15,
  123_456_789_012_345,
  1_234_567_890_123_456,
  0.000123,
  99.9999999999999,
  Math.PI,
  2 ** 53,
];

describe('a matrix read from its bytes', () => {
  it('has the doubles that were written, to the bit, and times to the millisecond', () => {
    const random = Array.from({ length: 2000 }, (_, index) => Math.sin(index) * 10 ** ((index % 40) - 20));
    const written = [...numbers, ...random];
    const values = written.map((value, index): Pair => [1_767_225_600 + index / 1000, String(value)]);
    const [series] = readMatrix(answerOf([{ metric: { a: 'b' }, values }])) ?? [];
    expect(Array.from(series?.values ?? [])).toEqual(written);
    expect(Array.from(series?.times ?? [])).toEqual(written.map((_, index) => 1_767_225_600_000 + index));
    expect(series?.metric).toEqual({ a: 'b' });
  });

  it('keeps what is no finite number, and a negative zero', () => {
    const values: Pair[] = ['NaN', '+Inf', '-Inf', '-0', '1e+06'].map((text, index) => [index + 1, text]);
    const [series] = readMatrix(answerOf([{ metric: {}, values }])) ?? [];
    expect(Array.from(series?.values ?? [])).toEqual([Number.NaN, Infinity, -Infinity, -0, 1e6]);
  });

  it('has labels of any text, and as many series as there are', () => {
    const metric = { __name__: 'm', odd: ',"values":[[1,"2"]] ] } \\ " ä 😱' };
    const result = [
      { metric, values: [[1, '2'] as const] },
      { metric: {}, values: [] },
      { metric: { b: 'c' }, values: [[2, '3'] as const, [3.5, '4'] as const] },
    ];
    const found = readMatrix(answerOf(result)) ?? [];
    expect(found.map((one) => one.metric)).toEqual([metric, {}, { b: 'c' }]);
    expect(found.map(({ times }) => Array.from(times))).toEqual([[1000], [], [2000, 3500]]);
    expect(readMatrix(answerOf([]))).toEqual([]);
  });

  it('is left to the general parser when it is cut or written otherwise', () => {
    const whole = answerOf([
      {
        metric: { a: 'b' },
        values: [
          [1, '2'],
          [2, '3'],
        ],
      },
    ]);
    const end = whole.indexOf(']]}') + 2;
    for (let length = 0; length < end; length += 1) expect(readMatrix(whole.subarray(0, length))).toBeUndefined();
    const spaced = Buffer.from(
      '{"status":"success","data":{"resultType":"matrix","result":[{ "metric": {}, "values": [] }]}}',
    );
    expect(readMatrix(spaced)).toBeUndefined();
    expect(readMatrix(Buffer.from('{"status":"error","error":"x"}'))).toBeUndefined();
    const histogram = '{"status":"success","data":{"result":[{"metric":{},"values":[[1,"2"]],"histograms":[]}]}}';
    expect(readMatrix(Buffer.from(histogram))).toBeUndefined();
  });
});
