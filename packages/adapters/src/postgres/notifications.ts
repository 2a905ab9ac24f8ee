import { Client, escapeIdentifier, type ClientConfig } from 'pg';
import type { Logger } from '@heliosiq/ports';

/** Called with the payload of a NOTIFY, or with undefined after a reconnect, when some may have been missed. */
export type OnNotification = (payload: string | undefined) => void;

/** One connection that listens for all of a program, made at the first `listen` and again whenever it breaks. */
export interface Notifications extends AsyncDisposable {
  /** Calls back for each NOTIFY on the channel until disposed. */
  listen(channel: string, onNotification: OnNotification): Promise<AsyncDisposable>;
}

const reconnectDelayMs = 500;

/** Opens nothing yet: a program that listens to nothing holds no connection. */
export function openNotifications(config: ClientConfig, logger?: Logger): Notifications {
  const listeners = new Map<string, Set<OnNotification>>();
  let client: Promise<Client> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let disposed = false;

  async function connect(): Promise<Client> {
    const connection = new Client(config);
    connection.on('notification', ({ channel, payload }) => {
      for (const listener of listeners.get(channel) ?? []) listener(payload);
    });
    connection.on('error', (error) => lost(connection, error));
    connection.on('end', () => lost(connection, undefined));
    try {
      await connection.connect();
      for (const channel of listeners.keys()) await connection.query(`listen ${escapeIdentifier(channel)}`);
    } catch (error) {
      // It never worked: its later events must not start a second attempt.
      connection.removeAllListeners();
      connection.on('error', () => {});
      await connection.end().catch(() => {});
      throw error;
    }
    return connection;
  }

  function lost(connection: Client, error: Error | undefined): void {
    connection.removeAllListeners();
    connection.on('error', () => {});
    client = undefined;
    if (disposed) return;
    logger?.warn({ error: error?.message }, 'the listening database connection was lost; connecting again');
    // One that failed without closing would otherwise stay open.
    connection.end().catch(() => {});
    scheduleReconnect();
  }

  function scheduleReconnect(): void {
    retry = setTimeout(() => {
      if (disposed || listeners.size === 0) return;
      client = connect();
      client.then(
        () => {
          for (const set of listeners.values()) for (const listener of set) listener(undefined);
        },
        () => {
          client = undefined;
          if (!disposed) scheduleReconnect();
        },
      );
    }, reconnectDelayMs);
    retry.unref();
  }

  return {
    async listen(channel, onNotification) {
      const known = listeners.get(channel);
      const set = known ?? new Set<OnNotification>();
      set.add(onNotification);
      listeners.set(channel, set);
      try {
        if (client === undefined) {
          client = connect();
          await client;
        } else if (known === undefined) {
          await (await client).query(`listen ${escapeIdentifier(channel)}`);
        } else {
          await client;
        }
      } catch (error) {
        set.delete(onNotification);
        if (set.size === 0) listeners.delete(channel);
        client = undefined;
        throw error;
      }
      return {
        [Symbol.asyncDispose]: () => {
          set.delete(onNotification);
          return Promise.resolve();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      clearTimeout(retry);
      listeners.clear();
      const open = await client?.catch(() => undefined);
      await open?.end().catch(() => {});
    },
  };
}
