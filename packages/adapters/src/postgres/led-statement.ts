import { Query, type ClientBase, type Connection, type QueryConfig, type QueryResult, type Submittable } from 'pg';

/** A statement without rows of interest, known to a connection by its name from its first use on. */
export interface LeadingStatement {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly string[];
}

/** Those ahead of a statement, in their order. */
type Leading = readonly LeadingStatement[];

/** What the driver calls on the statement that is under way; its types leave most of it out. */
interface ActiveQuery extends Submittable {
  readonly name: string | undefined;
  readonly text: string | undefined;
  /** Where the driver puts how values are read, where nothing is said about it. */
  readonly _result: object;
  submit(connection: Connection): Error | null;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
  handleEmptyQuery(connection: Connection): void;
  handleReadyForQuery(connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
}

/** The messages of the extended query protocol, which the driver's types describe for an older form of it. */
interface ExtendedProtocol {
  readonly stream: Connection['stream'];
  parse(statement: { readonly name: string; readonly text: string }): void;
  bind(portal: { readonly statement: string; readonly values: readonly string[] }): void;
  execute(portal: object): void;
  sync(): void;
}

/** Which leading statements a connection has been told. */
const told = new WeakMap<object, Set<string>>();

/**
 * Runs a statement with others ahead of it, all in one round trip and, unless one of them begins a transaction, in one transaction
 * of their own (manual, "Frontend/Backend Protocol", section Pipelining). Without them three round trips would be needed for a
 * statement in a transaction: each wakes the server and this process once.
 */
export function runLed<Row extends object>(
  client: ClientBase,
  leading: Leading,
  statement: QueryConfig,
): Promise<QueryResult<Row>> {
  const { promise, resolve, reject } = Promise.withResolvers<QueryResult<Row>>();
  // The driver hands out the whole result, which its types call a builder of one.
  const settle = (error: Error | undefined, result: unknown): void =>
    error === undefined || error === null ? resolve(result as QueryResult<Row>) : reject(error);
  // The cast holds: these are the driver's own methods.
  const query = new Query({ queryMode: 'extended', ...statement } as QueryConfig, settle) as unknown as ActiveQuery;
  client.query(new LedQuery(leading, query));
  return promise;
}

/** A class for the sake of its accessor: each object literal with one would be a hidden class of its own. */
class LedQuery implements ActiveQuery {
  readonly text: string | undefined;
  readonly _result: object;
  readonly #leading: Leading;
  readonly #query: ActiveQuery;
  #underWay: number;

  constructor(leading: Leading, query: ActiveQuery) {
    this.text = query.text;
    this._result = query._result;
    this.#leading = leading;
    this.#query = query;
    this.#underWay = leading.length;
  }

  /** What the server answers to the leading statements must not count as an answer to this one. */
  get name(): string | undefined {
    return this.#underWay > 0 ? undefined : this.#query.name;
  }

  submit(connection: Connection): Error | null {
    const { stream } = connection;
    stream.cork();
    try {
      // The cast holds: the driver takes the messages in this form.
      lead(connection as unknown as ExtendedProtocol, this.#leading);
      const failure = this.#query.submit(connection);
      if (failure !== null) connection.sync();
      return failure;
    } finally {
      stream.uncork();
    }
  }

  handleRowDescription(message: unknown): void {
    this.#query.handleRowDescription(message);
  }

  handleDataRow(message: unknown): void {
    if (this.#underWay === 0) this.#query.handleDataRow(message);
  }

  handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.#underWay === 0) this.#query.handleCommandComplete(message, connection);
    else this.#underWay -= 1;
  }

  handleEmptyQuery(connection: Connection): void {
    this.#query.handleEmptyQuery(connection);
  }

  handleReadyForQuery(connection: Connection): void {
    this.#query.handleReadyForQuery(connection);
  }

  handleError(error: Error, connection: Connection): void {
    // What came of the leading statements is not known, and the connection would go on without them.
    if (this.#underWay > 0) connection.stream.destroy();
    this.#query.handleError(error, connection);
  }
}

function lead(connection: ExtendedProtocol, leading: Leading): void {
  const names = told.get(connection) ?? new Set<string>();
  told.set(connection, names);
  for (const { name, text, values = [] } of leading) {
    if (!names.has(name)) connection.parse({ name, text });
    names.add(name);
    connection.bind({ statement: name, values });
    connection.execute({});
  }
}
