import { HeliosError, TenantId } from '@heliosiq/model';
import type { DoorRequest, InstantQuestion, InstantResult } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { createPrometheusQueryDoors } from './prometheus-query.ts';

const principal = { tenantId: TenantId.parse('acme'), actor: 'test', role: 'viewer' } as const;
const now = Date.UTC(2026, 0, 1);

function door(result: InstantResult = { resultType: 'vector', result: [] }) {
  const asked: InstantQuestion[] = [];
  const doors = createPrometheusQueryDoors({
    now: () => now,
    instantQuery: {
      query: async (_tenantId, question) => {
        asked.push(question);
        return result;
      },
    },
  });
  const ask = async (
    query: Readonly<Record<string, string>>,
    form?: string,
    mediaType = 'application/x-www-form-urlencoded',
  ) => {
    const request: DoorRequest = {
      principal,
      headers: {},
      query,
      mediaType: form === undefined ? '' : mediaType,
      contentType: form === undefined ? '' : mediaType,
      body: Buffer.from(form ?? ''),
      requestId: 'r',
    };
    const answered = await doors[form === undefined ? 0 : 1]?.handle(request);
    const pieces: string[] = [];
    for await (const piece of answered?.pieces ?? []) pieces.push(String(piece));
    return { pieces, answer: JSON.parse(pieces.join('')) as Record<string, unknown> };
  };
  return { doors, asked, ask };
}

describe('the parameters', () => {
  it('come from the query string, or from a form whose values win', async () => {
    const { ask, asked } = door();
    await ask({ query: 'up', time: '1767225600.5' });
    await ask({ query: 'down', time: '1' }, 'query=sum%28up%29+%2B+1&time=2026-01-01T01:00:00%2B01:00');
    await ask({ query: 'down' }, 'query=up', 'text/plain');
    await ask({ query: 'up' });
    expect(asked.map(({ query, time }) => [query, time])).toEqual([
      ['up', 1767225600500],
      ['sum(up) + 1', now],
      ['down', now],
      ['up', now],
    ]);
    expect(asked.every(({ signal }) => signal instanceof AbortSignal)).toBe(true);
  });

  it.each([
    [{}, 'query'],
    [{ query: '  ' }, 'query'],
    [{ query: 'up', time: 'yesterday' }, 'time'],
    [{ query: 'up', time: '1e30' }, 'time'],
    [{ query: 'up', time: 'NaN' }, 'time'],
    [{ query: 'up', timeout: '-5' }, 'timeout'],
    [{ query: 'up', timeout: 'soon' }, 'timeout'],
    [{ query: 'up', limit: 'ten' }, 'limit'],
    [{ query: 'up', limit: '-1' }, 'limit'],
  ] as const)('that are wrong are named: %j', async (query, field) => {
    await expect(door().ask({ ...query })).rejects.toMatchObject({ code: 'invalid-request', field });
  });

  it.each(['30', '1.5', '1m30s', '500ms'])('may ask for a timeout of %s', async (timeout) => {
    expect((await door().ask({ query: 'up', timeout })).answer['status']).toBe('success');
  });
});

describe('an answer', () => {
  it('has the shape that Prometheus gives it', async () => {
    const vector: InstantResult = {
      resultType: 'vector',
      result: [{ metric: { __name__: 'up', job: 'a"b' }, value: [1767225600, '1'] }],
    };
    expect((await door(vector).ask({ query: 'up' })).answer).toEqual({ status: 'success', data: vector });
    const matrix: InstantResult = { resultType: 'matrix', result: [{ metric: {}, values: [[1, 'NaN']] }] };
    expect((await door(matrix).ask({ query: 'up[1m]' })).answer).toEqual({ status: 'success', data: matrix });
    expect((await door().ask({ query: 'up' })).answer).toEqual({
      status: 'success',
      data: { resultType: 'vector', result: [] },
    });
  });

  it('of 100,000 series is given in pieces, and the event loop turns between them', async () => {
    const result = Array.from({ length: 100_000 }, (_, n) => ({
      metric: { __name__: 'up', host: `host-${n}` },
      value: [1767225600, String(n)] as const,
    }));
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    const { pieces, answer } = await door({ resultType: 'vector', result }).ask({ query: 'up' });
    isDone = true;
    expect(answer).toMatchObject({ data: { result: { length: 100_000 } } });
    expect(pieces.length).toBeGreaterThan(50);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(70_000);
    expect(turns).toBeGreaterThanOrEqual(pieces.length - 1);
  });

  it('is cut at the limit, and says so', async () => {
    const result = [1, 2, 3].map((n) => ({ metric: { n: String(n) }, value: [1, '1'] as const }));
    const { answer } = await door({ resultType: 'vector', result }).ask({ query: 'up', limit: '2' });
    expect(answer).toMatchObject({
      warnings: ['results truncated due to limit'],
      data: { result: [{ metric: { n: '1' } }, { metric: { n: '2' } }] },
    });
  });

  it.each([
    ['invalid-request', 'bad_data'],
    ['unprocessable', 'execution'],
    ['unavailable', 'unavailable'],
    ['timeout', 'timeout'],
    ['internal', 'internal'],
    ['too-large', 'bad_data'],
  ] as const)('to a fault %s names the type %s', (code, errorType) => {
    const told = door().doors[0]?.describeFault?.(new HeliosError(code, 'words'), { contentType: '' });
    expect(JSON.parse(String(told?.body))).toEqual({ status: 'error', errorType, error: 'words' });
  });
});
