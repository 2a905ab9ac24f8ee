import { Query, type ClientBase, type Connection, type QueryConfig, type QueryResult, type Submittable } from 'pg';

/** A statement without rows of interest, known to a connection by its name from its first use on. */
export interface LeadingStatement {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly string[];
}

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
  leading: readonly LeadingStatement[],
  statement: QueryConfig,
): Promise<QueryResult<Row>> {
  const { promise, resolve, reject } = Promise.withResolvers<QueryResult<Row>>();
  // The driver hands out the whole result, which its types call a builder of one.
  const settle = (error: Error | undefined, result: unknown): void =>
    error === undefined || error === null ? resolve(result as QueryResult<Row>) : reject(error);
  // The cast holds: these are the driver's own methods.
  const query = new Query({ queryMode: 'extended', ...statement } as QueryConfig, settle) as unknown as ActiveQuery;
  client.query(led(leading, query));
  return promise;
}

function led(leading: readonly LeadingStatement[], query: ActiveQuery): ActiveQuery {
  let underWay = leading.length;
  return {
    // What the server answers to the leading statements must not count as an answer to this one.
    get name() {
      return underWay > 0 ? undefined : query.name;
    },
    text: query.text,
    _result: query._result,
    submit(connection) {
      const { stream } = connection;
      stream.cork();
      try {
        // The cast holds: the driver takes the messages in this form.
        lead(connection as unknown as ExtendedProtocol, leading);
        const failure = query.submit(connection);
        if (failure !== null) connection.sync();
        return failure;
      } finally {
        stream.uncork();
      }
    },
    handleRowDescription: (message) => query.handleRowDescription(message),
    handleDataRow(message) {
      if (underWay === 0) query.handleDataRow(message);
    },
    handleCommandComplete(message, connection) {
      if (underWay === 0) query.handleCommandComplete(message, connection);
      else underWay -= 1;
    },
    handleEmptyQuery: (connection) => query.handleEmptyQuery(connection),
    handleReadyForQuery: (connection) => query.handleReadyForQuery(connection),
    handleError(error, connection) {
      // What came of the leading statements is not known, and the connection would go on without them.
      if (underWay > 0) connection.stream.destroy();
      query.handleError(error, connection);
    },
  };
}

function lead(connection: ExtendedProtocol, leading: readonly LeadingStatement[]): void {
  const names = told.get(connection) ?? new Set<string>();
  told.set(connection, names);
  for (const { name, text, values = [] } of leading) {
    if (!names.has(name)) connection.parse({ name, text });
    names.add(name);
    connection.bind({ statement: name, values });
    connection.execute({});
  }
}
