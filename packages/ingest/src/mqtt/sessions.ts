import type { TenantId } from '@heliosiq/model';

/** What outlives a connection of a client (section 4.1). Nothing is ever delivered, so this is little. */
export interface Session {
  readonly tenantId: TenantId;
  readonly clientId: string;
  /** Packet ids of QoS 2 messages that are stored and not yet released. */
  readonly unreleased: Set<number>;
  /** Topic filters that the client has subscribed to. */
  readonly filters: Set<string>;
  /** Ends the connection that has it; undefined while the client is away. */
  takeOver: (() => void) | undefined;
  /** A last will that waits for its delay. */
  will: { readonly timer: NodeJS.Timeout; readonly fire: () => void } | undefined;
  /** When it is forgotten; undefined while connected. Milliseconds since the epoch. */
  expiresAt: number | undefined;
}

export interface Sessions {
  /** The session of a client; whoever has it is told to go. `isPresent` when one was resumed. */
  open(
    tenantId: TenantId,
    clientId: string,
    options: { readonly isClean: boolean; readonly takeOver: () => void },
  ): { readonly session: Session; readonly isPresent: boolean };
  /** Leaves the session to whoever comes within the time. */
  leave(session: Session, expiryMs: number): void;
  /** Forgets wills that wait. */
  close(): void;
}

export function createSessions({
  sessionsMax,
  now,
}: {
  readonly sessionsMax: number;
  readonly now: () => number;
}): Sessions {
  const sessions = new Map<string, Session>();

  /** Those that are away the longest go first. */
  function makeRoom(): void {
    for (const [key, session] of sessions) {
      if (sessions.size <= sessionsMax) return;
      if (session.takeOver === undefined && session.will === undefined) sessions.delete(key);
    }
  }

  return {
    open(tenantId, clientId, { isClean, takeOver }) {
      const key = `${tenantId} ${clientId}`;
      sessions.get(key)?.takeOver?.();
      // Taking over may have ended the session.
      const before = sessions.get(key);
      const isOver = before?.expiresAt !== undefined && before.expiresAt <= now();
      if (before?.will !== undefined) {
        clearTimeout(before.will.timer);
        if (isClean || isOver) before.will.fire(); // the session ends, so its will is due
        before.will = undefined;
      }
      const isPresent = before !== undefined && !isClean && !isOver;
      const session: Session = isPresent
        ? before
        : {
            tenantId,
            clientId,
            unreleased: new Set(),
            filters: new Set(),
            takeOver,
            will: undefined,
            expiresAt: undefined,
          };
      session.takeOver = takeOver;
      session.expiresAt = undefined;
      sessions.delete(key);
      sessions.set(key, session);
      makeRoom();
      return { session, isPresent };
    },
    leave(session, expiryMs) {
      const key = `${session.tenantId} ${session.clientId}`;
      session.takeOver = undefined;
      session.expiresAt = now() + expiryMs;
      if (expiryMs <= 0 && session.will === undefined && sessions.get(key) === session) sessions.delete(key);
    },
    close() {
      for (const { will } of sessions.values()) clearTimeout(will?.timer);
      sessions.clear();
    },
  };
}
