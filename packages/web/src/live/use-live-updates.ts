import { LiveEvent, pathOf } from '@heliosiq/api';
import { useQueryClient } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { sessionKey } from '../app/session.ts';
import { readEventStream } from './event-stream.ts';

const retryMsMax = 15_000;

/** Keeps the page's queries fresh from the server's live stream, and says whether the stream is up. */
export function useLiveUpdates(): 'live' | 'reconnecting' {
  const queries = useQueryClient();
  const [state, setState] = useState<'live' | 'reconnecting'>('reconnecting');
  useEffect(() => {
    const stop = new AbortController();
    void followStream(queries, setState, stop.signal);
    return () => stop.abort();
  }, [queries]);
  return state;
}

async function followStream(
  queries: QueryClient,
  tell: (state: 'live' | 'reconnecting') => void,
  signal: AbortSignal,
): Promise<void> {
  let retryMs = 500;
  while (!signal.aborted) {
    try {
      const key = sessionKey();
      const response = await fetch(pathOf('streamEvents'), {
        signal,
        headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      });
      if (response.ok && response.body !== null) {
        tell('live');
        retryMs = 500;
        // What happened while the stream was down is fetched once.
        await queries.invalidateQueries();
        for await (const event of readEventStream(response.body)) await refresh(queries, event.data);
      }
    } catch {
      // A lost connection is what the mark in the header tells; the next round tries again.
      if (signal.aborted) return;
    }
    tell('reconnecting');
    await pause(retryMs, signal);
    retryMs = Math.min(retryMs * 2, retryMsMax);
  }
}

async function refresh(queries: QueryClient, data: string): Promise<void> {
  const event = LiveEvent.safeParse(JSON.parse(data));
  if (!event.success) return;
  const id = event.data.kind === 'incident' ? event.data.incident.id : event.data.diagnosis.incidentId;
  await Promise.all([
    queries.invalidateQueries({ queryKey: ['listIncidents'] }),
    queries.invalidateQueries({ queryKey: ['getIncident', { params: { id } }] }),
  ]);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
