import { escapeIdentifier, type Client } from 'pg';

/** A table with rows of its own: a plain one, or a partition. */
export interface TableShape {
  readonly name: string;
  /** Columns that can be written, in their order. */
  readonly columns: readonly string[];
  /** Columns by which its rows are put in order; all columns where there is no primary key. */
  readonly order: readonly string[];
  /** For a partition: of which table, and which of its rows. */
  readonly partition?: { readonly parent: string; readonly bound: string };
  readonly policies: readonly PolicyShape[];
}

/** A rule of row-level security. */
export interface PolicyShape {
  readonly name: string;
  readonly using: string;
  readonly check: string;
}

/** A source of numbers, such as those of an identity column, and how far it has come. */
export interface SequenceShape {
  readonly name: string;
  readonly last: number;
  readonly isUsed: boolean;
}

/** What a database of this program has besides its rows. */
export interface DatabaseShape {
  /** Steps of the schema that were taken, in order. */
  readonly steps: readonly string[];
  /** In an order in which rows can be written: a table comes after those that it refers to. */
  readonly tables: readonly TableShape[];
  readonly sequences: readonly SequenceShape[];
}

/** Tables of the tool that keeps the schema: its steps are listed, and taken again by a restore. */
const schemaTables = new Set(['kysely_migration', 'kysely_migration_lock']);

/** Reads the shape of a database in a transaction that sees all rows. */
export async function readDatabaseShape(client: Client): Promise<DatabaseShape> {
  const steps = await client.query<{ name: string }>('select name from kysely_migration order by name');
  const tables = await client.query<{
    name: string;
    columns: string[];
    keys: string[] | null;
    parent: string | null;
    bound: string | null;
    refers: string[] | null;
  }>(`
    select c.relname::text as name,
           (select array_agg(attname::text order by attnum) from pg_attribute
             where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns,
           (select array_agg(a.attname::text order by k.position)
              from pg_index i, unnest(i.indkey) with ordinality as k(number, position)
              join pg_attribute a on a.attnum = k.number and a.attrelid = c.oid
             where i.indrelid = c.oid and i.indisprimary) as keys,
           (select p.relname::text from pg_inherits join pg_class p on p.oid = inhparent where inhrelid = c.oid) as parent,
           pg_get_expr(c.relpartbound, c.oid) as bound,
           (select array_agg(r.relname::text) from pg_constraint f join pg_class r on r.oid = f.confrelid
             where f.conrelid = c.oid and f.contype = 'f' and r.oid <> c.oid) as refers
      from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
     order by c.relname`);
  const policies = await client.query<{ table: string } & PolicyShape>(`
    select tablename::text as table, policyname::text as name, qual as using, coalesce(with_check, qual) as check
      from pg_policies where schemaname = 'public' order by tablename, policyname`);
  const policiesOf = Map.groupBy(policies.rows, ({ table }) => table);
  const known = tables.rows.filter(({ name }) => !schemaTables.has(name));
  const shapes = inOrder(known.map(({ name, refers }) => ({ name, refers: refers ?? [] }))).flatMap((name) => {
    const row = known.find((each) => each.name === name);
    if (row === undefined) return [];
    const { columns, keys, parent, bound } = row;
    return [
      {
        name,
        columns,
        order: keys ?? columns,
        ...(parent === null || bound === null ? {} : { partition: { parent, bound } }),
        policies: (policiesOf.get(name) ?? []).map((policy) => {
          return { name: policy.name, using: policy.using, check: policy.check };
        }),
      },
    ];
  });
  return { steps: steps.rows.map(({ name }) => name), tables: shapes, sequences: await readSequences(client) };
}

async function readSequences(client: Client): Promise<readonly SequenceShape[]> {
  const found = await client.query<{ name: string }>(
    `select relname::text as name from pg_class
      where relkind = 'S' and relnamespace = 'public'::regnamespace order by 1`,
  );
  const sequences: SequenceShape[] = [];
  for (const { name } of found.rows) {
    const value = await client.query<{ last: string; isUsed: boolean }>(
      `select last_value::text as last, is_called as "isUsed" from ${escapeIdentifier(name)}`,
    );
    const [row] = value.rows;
    if (row !== undefined) sequences.push({ name, last: Number(row.last), isUsed: row.isUsed });
  }
  return sequences;
}

/** Names after those that they refer to, else in the order given. */
function inOrder(tables: readonly { readonly name: string; readonly refers: readonly string[] }[]): readonly string[] {
  const ordered: string[] = [];
  const visit = (name: string): void => {
    if (ordered.includes(name)) return;
    for (const other of tables.find((table) => table.name === name)?.refers ?? []) visit(other);
    ordered.push(name);
  };
  for (const { name } of tables) visit(name);
  return ordered;
}
