import { HeliosError } from '@heliosiq/model';
import type { QueryAnswer, QueryResult } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { describeApiFault, queryAnswer, success } from './api-answer.ts';

const time = Date.UTC(2026, 0, 1) + 500;

async function written(data: QueryResult, more: Partial<QueryAnswer> = {}, seriesMax?: number) {
  const answer = queryAnswer({ data, warnings: [], infos: [], ...more }, { time, seriesMax });
  const pieces: string[] = [];
  for await (const piece of answer.pieces ?? []) pieces.push(String(piece));
  return { pieces, body: JSON.parse(pieces.join('')) as Record<string, unknown> };
}

describe('an answer', () => {
  it.each<readonly [QueryResult, unknown]>([
    [{ resultType: 'scalar', result: -0 }, [1767225600.5, '-0']],
    [{ resultType: 'string', result: 'a"b' }, [1767225600.5, 'a"b']],
    [{ resultType: 'vector', result: [] }, []],
    [{ resultType: 'matrix', result: [] }, []],
    [
      { resultType: 'vector', result: [{ metric: { __name__: 'up', job: 'a"b' }, value: 1e21 }] },
      [{ metric: { __name__: 'up', job: 'a"b' }, value: [1767225600.5, '1e+21'] }],
    ],
    [
      {
        resultType: 'matrix',
        result: [
          {
            metric: {},
            times: Float64Array.of(1000, 1500.5, 2001),
            values: Float64Array.of(Number.NaN, -Infinity, 5e-9),
          },
          { metric: { a: 'b' }, times: Float64Array.of(7), values: Float64Array.of(123456789.125) },
        ],
      },
      [
        {
          metric: {},
          values: [
            [1, 'NaN'],
            [1.5005, '-Inf'],
            [2.001, '5e-09'],
          ],
        },
        { metric: { a: 'b' }, values: [[0.007, '123456789.125']] },
      ],
    ],
  ])('of %j has the shape that Prometheus gives it', async (data, result) => {
    const { body } = await written(data);
    expect(body).toEqual({ status: 'success', data: { resultType: data.resultType, result } });
  });

  it('tells warnings and notes, and that it was cut', async () => {
    const result = [1, 2, 3].map((value) => ({ metric: { n: String(value) }, value }));
    const { body } = await written({ resultType: 'vector', result }, { warnings: ['w'], infos: ['i'] }, 2);
    expect(body).toMatchObject({
      warnings: ['w', 'results truncated due to limit'],
      infos: ['i'],
      data: { result: [{ metric: { n: '1' } }, { metric: { n: '2' } }] },
    });
    expect(JSON.parse(String(success([1], { isCut: true }).body))).toEqual({
      status: 'success',
      data: [1],
      warnings: ['results truncated due to limit'],
    });
  });

  it('of 100,000 series or points is given in pieces, and the event loop turns between them', async () => {
    const vector = Array.from({ length: 100_000 }, (_, n) => ({ metric: { host: `host-${n}` }, value: n }));
    const times = Float64Array.from({ length: 100_000 }, (_, n) => n * 1000);
    for (const data of [
      { resultType: 'vector', result: vector },
      { resultType: 'matrix', result: [{ metric: {}, times, values: times }] },
    ] as const) {
      let turns = 0;
      let isDone = false;
      const turn = (): void => {
        turns += 1;
        if (!isDone) setImmediate(turn);
      };
      setImmediate(turn);
      const { pieces } = await written(data);
      isDone = true;
      expect(pieces.length).toBeGreaterThan(15);
      expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(120_000);
      expect(turns).toBeGreaterThanOrEqual(pieces.length - 1);
    }
  });
});

describe('a fault', () => {
  it.each([
    ['invalid-request', 'bad_data'],
    ['unprocessable', 'execution'],
    ['unavailable', 'unavailable'],
    ['timeout', 'timeout'],
    ['internal', 'internal'],
    ['too-large', 'bad_data'],
  ] as const)('%s names the type %s', (code, errorType) => {
    const { body } = describeApiFault(new HeliosError(code, 'words'));
    expect(JSON.parse(String(body))).toEqual({ status: 'error', errorType, error: 'words' });
  });

  it('of a parameter names it once', () => {
    const told = (message: string) =>
      (
        JSON.parse(String(describeApiFault(new HeliosError('invalid-request', message, { field: 'query' })).body)) as {
          error: string;
        }
      ).error;
    expect(told('1:1: parse error')).toBe('invalid parameter "query": 1:1: parse error');
    expect(told('invalid parameter "query": x')).toBe('invalid parameter "query": x');
  });
});
