import { TenantId } from '@heliosiq/model';
import type { DoorRequest } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { apiParameters } from './api-parameters.ts';

const principal = { tenantId: TenantId.parse('acme'), actor: 'test', role: 'viewer' } as const;

function parametersOf(queryText: string, form?: string, mediaType = 'application/x-www-form-urlencoded') {
  const request: DoorRequest = {
    principal,
    headers: {},
    query: {},
    queryText,
    mediaType: form === undefined ? '' : mediaType,
    contentType: '',
    body: Buffer.from(form ?? ''),
    requestId: 'r',
  };
  return apiParameters(request);
}

describe('the parameters of a request', () => {
  it('come from a form before the query string, all values of a name', () => {
    const parameters = parametersOf('query=down&match[]=c', 'query=sum%28up%29+%2B+1&match%5B%5D=a&match[]=b');
    expect(parameters.one('query')).toBe('sum(up) + 1');
    expect(parameters.all('match[]')).toEqual(['a', 'b', 'c']);
    expect(parametersOf('query=down', 'query=up', 'text/plain').one('query')).toBe('down');
    expect(parametersOf('query=').one('query')).toBeUndefined();
    expect(parametersOf('').all('match[]')).toEqual([]);
  });

  it('come from the plain record where no server has kept the query string', () => {
    const request = {
      principal,
      headers: {},
      query: { a: '1', b: undefined },
      mediaType: '',
      contentType: '',
      requestId: 'r',
    };
    expect(apiParameters({ ...request, body: Buffer.alloc(0) }).one('a')).toBe('1');
  });

  it.each([
    ['1767225600', 1767225600000],
    ['1767225600.5', 1767225600500],
    ['1.7672256e9', 1767225600000],
    ['-1', -1000],
    ['2026-01-01T00:00:00Z', 1767225600000],
    ['2026-01-01T01:00:00.25%2B01:00', 1767225600250],
    ['-292273086-05-16T16:47:06Z', -8.64e15],
    ['292277025-08-18T07:12:54.999999999Z', 8.64e15],
  ])('may be the moment %s', (text, expected) => {
    expect(parametersOf(`time=${text}`).moment('time')).toBe(expected);
  });

  it.each([
    ['30', 30_000],
    ['1.5', 1500],
    ['15.000', 15_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1d', 86_400_000],
  ])('may be the duration %s', (text, expected) => {
    expect(parametersOf(`step=${text}`).duration('step')).toBe(expected);
  });

  it.each([
    ['moment', 'yesterday'],
    ['moment', '1e30'],
    ['moment', 'NaN'],
    ['moment', '2026-01-01'],
    ['duration', '-5'],
    ['duration', '0'],
    ['duration', 'soon'],
    ['duration', '1e400'],
    ['limit', 'ten'],
    ['limit', '-1'],
    ['limit', '1.5'],
  ] as const)('are named when a %s is %s', (kind, text) => {
    expect(() => parametersOf(`x=${text}`)[kind]('x')).toThrow(
      expect.objectContaining({
        code: 'invalid-request',
        field: 'x',
        message: expect.stringMatching(/^invalid parameter "x": /),
      }),
    );
  });

  it('have no limit where it is left out or 0', () => {
    expect([
      parametersOf('').limit('limit'),
      parametersOf('limit=0').limit('limit'),
      parametersOf('limit=7').limit('limit'),
    ]).toEqual([undefined, undefined, 7]);
  });
});
