import { once } from 'node:events';
import type { Client } from '@heliosiq/api';
import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { vi } from 'vitest';
import { remoteWriteBody } from './remote-write-body.ts';

/** Where and as whom the senders of a mixed load send. */
export interface LoadTarget {
  /** `http://127.0.0.1:7070`. */
  readonly url: string;
  /** `mqtt://127.0.0.1:1883`; no MQTT sender without it. */
  readonly mqttUrl?: string;
  readonly key: string;
  /** How long ago the times of units begin; a sender has as many seconds until it comes to the future. Default: three hours. */
  readonly agoMs?: number;
}

/** What one protocol sends and how it is found again. */
interface Protocol {
  readonly name: string;
  /** Sends units `n`; resolves when the receiver acknowledged, rejects otherwise. The same unit may be sent again. */
  send(n: number): Promise<void>;
  /** Units found in the program: how often each number. */
  found(client: Client, sent: number): Promise<ReadonlyMap<number, number>>;
  close?(): Promise<void>;
}

/** What a sender has achieved. */
interface LoadReport {
  readonly name: string;
  /** Units 0 to `acknowledged - 1` were acknowledged. */
  readonly acknowledged: number;
  /** Refusals that a sender must not see while the program is merely busy or restarting: all but 429, 5xx and lost connections. */
  readonly refusals: readonly string[];
  /** Statuses of answers that asked for a repeat. */
  readonly faults: readonly number[];
}

/** A load of several protocols that goes on through crashes, as real senders do: each repeats a unit until it is acknowledged. */
export interface MixedLoad extends AsyncDisposable {
  /** Stops sending; what was not acknowledged is sent no more. */
  stop(): Promise<readonly LoadReport[]>;
  readonly acknowledged: () => number;
  /** The least of what one sender got acknowledged. */
  readonly acknowledgedLeast: () => number;
  /** Attempts that failed so far. */
  readonly failures: () => number;
  /** Acknowledged units that are not there, and those that are there more than once; the program must have settled. */
  verify(client: Client): Promise<{ readonly lost: readonly string[]; readonly doubled: readonly string[] }>;
}

const unitMs = 1000;
const samplesPerUnit = 20;
const retryMs = 50;
const attemptTimeoutMs = 10_000;
const outageMaxMs = 120_000;

/** Starts one sender for each protocol. Times go on by a second a unit. */
export function startMixedLoad(target: LoadTarget): MixedLoad {
  const firstAt = Math.floor(Date.now() / 1000) * 1000 - (target.agoMs ?? 3 * 3_600_000);
  const protocols = [
    jsonSamples(target, firstAt),
    remoteWrite(target, firstAt),
    otlpGauges(target, firstAt),
    otlpLogs(target, firstAt),
    alerts(target, firstAt),
    ...(target.mqttUrl === undefined ? [] : [mqttNumbers({ ...target, mqttUrl: target.mqttUrl }, firstAt)]),
  ];
  const stopping = new AbortController();
  const states = protocols.map((protocol) => ({
    ...{ protocol, acknowledged: 0, failures: 0 },
    refusals: [] as string[],
    faults: [] as number[],
  }));
  const running = states.map(async (state) => {
    const attempt = async (): Promise<boolean> => {
      if (stopping.signal.aborted) return false;
      try {
        await state.protocol.send(state.acknowledged);
        return true;
      } catch (error) {
        state.failures += 1;
        if (error instanceof Refusal) state.refusals.push(error.message);
        if (error instanceof Repeat) state.faults.push(error.status);
        throw error;
      }
    };
    while (await vi.waitFor(attempt, { interval: retryMs, timeout: outageMaxMs })) state.acknowledged += 1;
  });
  const stop = async (): Promise<readonly LoadReport[]> => {
    stopping.abort();
    await Promise.all(running);
    return states.map(({ protocol: { name }, ...achieved }) => ({ name, ...achieved }));
  };
  return {
    stop,
    acknowledged: () => states.reduce((sum, state) => sum + state.acknowledged, 0),
    acknowledgedLeast: () => Math.min(...states.map(({ acknowledged }) => acknowledged)),
    failures: () => states.reduce((sum, state) => sum + state.failures, 0),
    async verify(client) {
      const lost: string[] = [];
      const doubled: string[] = [];
      for (const { protocol, acknowledged } of states) {
        const found = await protocol.found(client, acknowledged);
        for (let n = 0; n < acknowledged; n += 1) {
          const times = found.get(n) ?? 0;
          if (times === 0) lost.push(`${protocol.name} ${n}`);
          else if (times > 1) doubled.push(`${protocol.name} ${n}`);
        }
      }
      return { lost, doubled };
    },
    async [Symbol.asyncDispose]() {
      await stop();
      for (const protocol of protocols) await protocol.close?.();
    },
  };
}

/** An answer that no sender would repeat. */
class Refusal extends Error {}

/** An answer that asks for a repeat. */
class Repeat extends Error {
  readonly status: number;
  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

async function post(url: string, key: string, body: string | Buffer, headers: Record<string, string>): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
    signal: AbortSignal.timeout(attemptTimeoutMs),
  });
  const text = await response.text();
  if (response.ok) return text;
  const words = `${url}: ${response.status} ${text.slice(0, 300)}`;
  throw response.status === 429 || response.status >= 500 ? new Repeat(response.status, words) : new Refusal(words);
}

const json = { 'content-type': 'application/json' };

/** Finds units by a series with one sample a unit. */
function bySeries(name: { asset: string; metric: string }, firstAt: number) {
  return async (client: Client, sent: number): Promise<ReadonlyMap<number, number>> => {
    const found = new Map<number, number>();
    const span = 9000 * unitMs;
    for (let from = firstAt; from < firstAt + sent * unitMs; from += span) {
      const { series } = await client.call('readSeries', {
        query: { ...name, from: String(from), to: String(from + span), stepMs: String(unitMs) },
      });
      for (const { times, count } of series) {
        times.forEach((time, index) => {
          const n = (time - firstAt) / unitMs;
          found.set(n, (found.get(n) ?? 0) + (count[index] ?? 0));
        });
      }
    }
    return found;
  };
}

/** Finds units by discrete signals with the time of the unit. */
function bySignals(question: { kind: 'log' | 'alert'; asset: string }, firstAt: number) {
  return async (client: Client, sent: number): Promise<ReadonlyMap<number, number>> => {
    const found = new Map<number, number>();
    const span = 500 * unitMs;
    for (let from = firstAt; from < firstAt + sent * unitMs; from += span) {
      const { signals } = await client.call('findSignals', {
        query: { ...question, from: String(from), to: String(from + span), limit: '1000' },
      });
      for (const { at } of signals) {
        const n = (at - firstAt) / unitMs;
        found.set(n, (found.get(n) ?? 0) + 1);
      }
    }
    return found;
  };
}

function jsonSamples({ url, key }: LoadTarget, firstAt: number): Protocol {
  return {
    name: 'json',
    async send(n) {
      const at = firstAt + n * unitMs;
      const samples = Array.from({ length: samplesPerUnit }, (_, index) => ({
        ...{ kind: 'sample', asset: 'load-json', metric: `m${index}`, at, value: Math.sin(n) },
      }));
      await post(`${url}/api/v1/signals`, key, JSON.stringify(samples), json);
    },
    found: bySeries({ asset: 'load-json', metric: `m${samplesPerUnit - 1}` }, firstAt),
  };
}

function remoteWrite({ url, key }: LoadTarget, firstAt: number): Protocol {
  return {
    name: 'remote-write',
    async send(n) {
      const body = remoteWriteBody(
        Array.from({ length: samplesPerUnit }, (_, index) => ({
          labels: { __name__: `m${index}`, instance: 'load-remote-write' },
          samples: [[firstAt + n * unitMs, n]],
        })),
      );
      await post(`${url}/api/v1/write`, key, body, {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
      });
    },
    found: bySeries({ asset: 'load-remote-write', metric: `m${samplesPerUnit - 1}` }, firstAt),
  };
}

const otlpResource = {
  attributes: [{ key: 'service.name', value: { stringValue: 'load-otlp' } }],
};

function otlpGauges({ url, key }: LoadTarget, firstAt: number): Protocol {
  return {
    name: 'otlp-metrics',
    async send(n) {
      const timeUnixNano = `${firstAt + n * unitMs}000000`;
      const metrics = Array.from({ length: samplesPerUnit }, (_, index) => ({
        name: `m${index}`,
        gauge: { dataPoints: [{ timeUnixNano, asDouble: n }] },
      }));
      const body = { resourceMetrics: [{ resource: otlpResource, scopeMetrics: [{ metrics }] }] };
      await post(`${url}/v1/metrics`, key, JSON.stringify(body), json);
    },
    found: bySeries({ asset: 'load-otlp', metric: `m${samplesPerUnit - 1}` }, firstAt),
  };
}

function otlpLogs({ url, key }: LoadTarget, firstAt: number): Protocol {
  return {
    name: 'otlp-logs',
    async send(n) {
      const logRecords = [
        { timeUnixNano: `${firstAt + n * unitMs}000000`, severityNumber: 9, body: { stringValue: `unit ${n}` } },
      ];
      const body = { resourceLogs: [{ resource: otlpResource, scopeLogs: [{ logRecords }] }] };
      await post(`${url}/v1/logs`, key, JSON.stringify(body), json);
    },
    found: bySignals({ kind: 'log', asset: 'load-otlp' }, firstAt),
  };
}

/** Few enough alerts of each that what is told of them at one moment fits into one answer. */
const alertAssets = 20;
const alertAsset = (n: number): string => `load-alerts-${n % alertAssets}`;

function alerts({ url, key }: LoadTarget, firstAt: number): Protocol {
  return {
    name: 'alertmanager',
    async send(n) {
      const labels = { alertname: `Load${n}`, instance: alertAsset(n), severity: 'info' };
      const body = [{ labels, annotations: {}, startsAt: new Date(firstAt + n * unitMs).toISOString() }];
      await post(`${url}/api/v2/alerts`, key, JSON.stringify(body), json);
    },
    /** A firing that goes on is told anew now and then: one begin each is what counts. */
    async found(client) {
      const begins = new Map<number, Set<number | undefined>>();
      for (let asset = 0; asset < alertAssets; asset += 1) {
        for (let to = Date.now() + 3_600_000; ;) {
          const { signals } = await client.call('findSignals', {
            query: {
              kind: 'alert',
              asset: alertAsset(asset),
              from: String(firstAt - 1),
              to: String(to),
              limit: '1000',
            },
          });
          for (const signal of signals) {
            if (signal.kind !== 'alert' || signal.status !== 'firing') continue;
            const n = Number(signal.labels['alertname']?.slice('Load'.length));
            begins.set(n, (begins.get(n) ?? new Set()).add(signal.startedAt));
          }
          const oldest = signals.at(-1);
          if (signals.length < 1000 || oldest === undefined) break;
          if (oldest.at + 1 >= to) throw new Error('more alerts at one moment than one answer holds');
          to = oldest.at + 1;
        }
      }
      return new Map([...begins].map(([n, moments]) => [n, moments.size]));
    },
  };
}

function mqttNumbers({ mqttUrl, key }: LoadTarget & { mqttUrl: string }, firstAt: number): Protocol {
  let connection: { readonly client: MqttClient; readonly lost: Promise<never> } | undefined;
  const connect = async () => {
    const options = {
      clientId: 'load-mqtt',
      username: 'load',
      password: key,
      protocolVersion: 5,
      reconnectPeriod: 0,
    } as const;
    const client = await withLimit(connectAsync(mqttUrl, options, false));
    // The library would keep what was under way for a reconnect.
    const { promise: lost, reject } = Promise.withResolvers<never>();
    client.once('close', () => reject(new Error('the connection was lost')));
    lost.catch(() => undefined); // only the race tells
    return { client, lost };
  };
  return {
    name: 'mqtt',
    async send(n) {
      connection ??= await connect();
      const { client, lost } = connection;
      const payload = JSON.stringify({ m: n, timestamp: firstAt + n * unitMs });
      try {
        await withLimit(Promise.race([client.publishAsync('default/load-mqtt/unit', payload, { qos: 1 }), lost]));
      } catch (error) {
        client.end(true);
        connection = undefined;
        throw error;
      }
    },
    found: bySeries({ asset: 'load-mqtt', metric: 'unit.m' }, firstAt),
    close: () => Promise.resolve(void connection?.client.end(true)),
  };
}

async function withLimit<T>(work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = once(AbortSignal.timeout(attemptTimeoutMs), 'abort', { signal: over.signal }).then((): never => {
    throw new Error('no answer');
  });
  late.catch(() => undefined); // only the race tells
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
