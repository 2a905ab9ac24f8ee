import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase } from '../testing/test-postgres.ts';
import { readBinaryRows } from './binary-rows.ts';
import { openDatabase, type Database } from './database.ts';

describe('rows in binary form', () => {
  const stack = new AsyncDisposableStack();
  let database: Database;

  beforeAll(async () => {
    const server = stack.use(await openTestDatabase());
    database = stack.use(await openDatabase({ url: server.url }));
  });
  afterAll(() => stack.disposeAsync());

  function read(query: string): Promise<(string | undefined)[][]> {
    return database.withClient('*', async (client) => {
      const rows: (string | undefined)[][] = [];
      await readBinaryRows(client, { text: query }, (row) => rows.push(row.map((field) => field?.toString('hex'))));
      return rows;
    });
  }

  it('hand out every field of every row, whatever its bytes and however many', async () => {
    expect(await read(String.raw`select 7, null::bytea, ''::bytea, '\x00ff5047434f5059'::bytea`)).toEqual([
      ['00000007', undefined, '', '00ff5047434f5059'],
    ]);
    const large = await read(
      `select number, decode(repeat(lpad(to_hex(number), 2, '0'), number * 100000), 'hex') from generate_series(1, 9) as number`,
    );
    expect(large.map(([, bytes]) => (bytes?.length ?? 0) / 2)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => n * 100_000),
    );
    expect(large.every(([number, bytes]) => new RegExp(`^(${number?.slice(6)})+$`).test(bytes ?? ''))).toBe(true);
  });

  it('are none where a query finds none', async () => {
    expect(await read('select 1 where false')).toEqual([]);
  });

  it('fail with the fault of who takes them, after which the connection serves the next one', async () => {
    const left = database.withClient('*', (client) =>
      readBinaryRows(client, { text: 'select * from generate_series(1, 1000)' }, () => {
        throw new RangeError('no room');
      }),
    );
    await expect(left).rejects.toThrow('no room');
    expect(await read('select 3')).toEqual([['00000003']]);
  });

  it('fail with the fault of the query, after which the connection serves the next one', async () => {
    await expect(read('select 1 / (5 - number) from generate_series(1, 9) as number')).rejects.toThrow(
      'division by zero',
    );
    expect(await read('select 2')).toEqual([['00000002']]);
  });
});
