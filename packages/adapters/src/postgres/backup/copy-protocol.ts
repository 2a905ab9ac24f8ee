import type { Client, Connection, Submittable } from 'pg';

/**
 * PostgreSQL's COPY sub-protocol (manual, "Frontend/Backend Protocol", section COPY Operations), which the driver knows
 * on the wire and has no words for.
 */

/** The part of the driver's connection that serves COPY; its types leave it out. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/** What the driver calls on the statement that is under way. */
interface CopyStatement extends Submittable {
  handleError(error: Error): void;
  handleReadyForQuery(): void;
  handleCommandComplete(message: { readonly text: string }): void;
  handleCopyData(message: { readonly chunk: Buffer }): void;
  handleCopyInResponse(connection: CopyConnection): void;
}

/** Bytes that wait for their reader; with more the server is kept waiting. */
const waitingBytesMax = 1_000_000;

/** The bytes of `COPY … TO STDOUT`, as fast as they are read. `onRows` is told how many rows they were. */
export async function* copyOut(
  client: Client,
  statement: string,
  onRows: (rows: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  let waiting: Buffer[] = [];
  let [waitingBytes, isDone, isPaused] = [0, false, false];
  let failure: Error | undefined;
  let wake: () => void = () => undefined;
  let socket: Connection['stream'] | undefined;
  const copy = statementOf(statement, {
    onSubmit: (connection) => (socket = connection.stream),
    onChunk(chunk) {
      // The driver writes what comes next over it.
      waiting.push(Buffer.from(chunk));
      waitingBytes += chunk.length;
      if (waitingBytes > waitingBytesMax && !isPaused) {
        isPaused = true;
        socket?.pause();
      }
      wake();
    },
    onRows,
    onEnd(error) {
      failure = error;
      isDone = true;
      wake();
    },
  });
  client.query(copy);
  try {
    for (;;) {
      if (waiting.length > 0) {
        // A row is a chunk: many of them go on as one.
        const gathered = Buffer.concat(waiting);
        waiting = [];
        waitingBytes = 0;
        yield gathered;
      } else if (isDone) break;
      else {
        const more = new Promise<void>((resolve) => (wake = resolve));
        if (isPaused) {
          isPaused = false;
          socket?.resume();
        }
        await more;
      }
    }
  } finally {
    socket?.resume();
  }
  if (failure !== undefined) throw failure;
}

/** Runs `COPY … FROM STDIN` with the bytes of a source; returns how many rows they were. A source that fails undoes it. */
export async function copyIn(client: Client, statement: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  let rows = 0;
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const { promise: ready, resolve: begin } = Promise.withResolvers<CopyConnection>();
  const copy = statementOf(statement, {
    onCopyIn: begin,
    onRows: (count) => (rows = count),
    onEnd: (error) => (error === undefined ? resolve() : reject(error)),
  });
  client.query(copy);
  const connection = await Promise.race([ready, done]);
  if (connection === undefined) return rows;
  let isOver = false;
  /** Ends the wait for the server to take more; none is raced against the end, which would hold each of them until it comes. */
  let goOn: (() => void) | undefined;
  const end = (): void => {
    isOver = true;
    goOn?.();
  };
  const over = done.then(end, end);
  try {
    for await (const chunk of source) {
      if (isOver) break;
      connection.sendCopyFromChunk(chunk);
      if (connection.stream.writableNeedDrain && !isOver) {
        await new Promise<void>((resolve) => {
          goOn = resolve;
          connection.stream.once('drain', resolve);
        });
      }
    }
    connection.endCopyFrom();
  } catch (error) {
    connection.sendCopyFail('the source of the rows failed');
    await over;
    throw error;
  }
  await done;
  return rows;
}

/** A statement of COPY for the driver, which tells what comes back as it comes. A chunk is only valid while it is told. */
export function statementOf(
  text: string,
  on: {
    readonly onSubmit?: (connection: Connection) => void;
    readonly onChunk?: (chunk: Buffer) => void;
    readonly onCopyIn?: (connection: CopyConnection) => void;
    readonly onRows: (rows: number) => void;
    readonly onEnd: (error: Error | undefined) => void;
  },
): CopyStatement {
  return {
    submit(connection) {
      on.onSubmit?.(connection);
      connection.query(text);
    },
    handleCopyData: ({ chunk }) => on.onChunk?.(chunk),
    handleCopyInResponse: (connection) => on.onCopyIn?.(connection),
    handleCommandComplete: ({ text: tag }) => on.onRows(Number(/\d+$/.exec(tag)?.[0] ?? 0)),
    handleReadyForQuery: () => on.onEnd(undefined),
    // The driver tells a statement that failed nothing more, and keeps later ones until the server is ready.
    handleError: (error) => on.onEnd(error),
  };
}
