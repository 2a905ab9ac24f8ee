import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AssetId, Log, Severity } from '@heliosiq/model';
import type { TelemetryBatch } from '../intake/telemetry-batch.ts';
import type { TimeWindow } from '../signal-time.ts';
import { readAttributes } from './attribute-set.ts';
import { attributeText } from './attribute-value.ts';
import type { Attributes } from './attribute-value.ts';
import type { LogEntry, LogGroup } from './log-form.ts';
import type { Origin } from './metric-form.ts';
import { boundedText, labelNameLengthMax, labelsMax, labelValueLengthMax } from './label-limits.ts';
import { timeFaultOf } from './metric-samples.ts';
import { prometheusLabelName } from './prometheus-names.ts';
import type { Rejections } from './rejections.ts';
import { assetOfItems, labelsOfResource } from './resource-identity.ts';

const recordsPerTurn = 2000;
const bodyLengthMax = 65_536;

export interface LogOptions {
  readonly assetRules: readonly string[];
  readonly resourceLabels: readonly string[];
}

export interface LogTask {
  readonly batch: TelemetryBatch;
  readonly window: TimeWindow;
  readonly rejections: Rejections;
  /** For records that carry no time at all. */
  readonly now: number;
}

/**
 * Adds log records as signals. A record's id is a hash of all that it says, time in nanoseconds included, so that a
 * re-send is the same record; equal records of one request stay as many as they are. Text beyond the model's limits
 * is cut, labels beyond them are left out: a long line is worth more than none.
 */
export async function addLogSignals(task: LogTask, groups: readonly LogGroup[], options: LogOptions): Promise<void> {
  const seen = new Map<string, number>();
  let turn = 0;
  for (const group of groups) {
    const resource = readAttributes(group.resource);
    const assetOf = assetOfItems(resource, options.assetRules);
    const origin = originText(task.batch.tenantId, group);
    const labels = labelsOfResource(resource, options.resourceLabels);
    if (group.scopeName !== '') labels['otel_scope_name'] = group.scopeName;
    for (const record of group.records) {
      const at = timeOf(record, task.now);
      const fault = timeFaultOf(at, task.window);
      if (fault !== undefined) {
        task.rejections.add(1, `log record: ${fault}`);
        continue;
      }
      const attributes = readAttributes(record.attributes);
      const asset = assetOf(attributes);
      const id = idOf(origin, record);
      const earlier = seen.get(id) ?? 0;
      seen.set(id, earlier + 1);
      task.batch.signals.push(
        logOf(record, { id: earlier === 0 ? id : `${id}-${earlier}`, at, asset, labels, attributes }),
      );
      turn += 1;
      if (turn % recordsPerTurn === 0) await nextTurn();
    }
  }
}

interface LogParts {
  readonly id: string;
  readonly at: number;
  readonly asset: AssetId;
  readonly labels: Readonly<Record<string, string>>;
  readonly attributes: Attributes;
}

function logOf(record: LogEntry, { id, at, asset, labels, attributes }: LogParts): Log {
  const { severityText, spanId, eventName, traceId } = record;
  const all: GatheredLabels = { labels: {}, count: 0 };
  addLabel(all, 'severity_text', severityText);
  addLabel(all, 'span_id', spanId);
  addLabel(all, 'event_name', eventName);
  for (const [name, value] of attributes) addLabel(all, prometheusLabelName(name), attributeText(value));
  for (const [name, value] of Object.entries(labels)) if (!Object.hasOwn(all.labels, name)) addLabel(all, name, value);
  const body = attributeText(record.body);
  return {
    kind: 'log',
    id,
    asset,
    at,
    body: boundedText(body === '' ? eventName : body, bodyLengthMax),
    severity: severityOf(record),
    ...(/^[0-9a-f]{32}$/.test(traceId) && !/^0+$/.test(traceId) ? { traceId } : {}),
    labels: all.labels,
  };
}

/** Labels as they are gathered, and how many they are. */
interface GatheredLabels {
  readonly labels: Record<string, string>;
  count: number;
}

function addLabel(gathered: GatheredLabels, name: string, value: string): void {
  if (value === '' || name.length > labelNameLengthMax || gathered.count >= labelsMax) return;
  if (!Object.hasOwn(gathered.labels, name)) gathered.count += 1;
  gathered.labels[name] = boundedText(value, labelValueLengthMax);
}

/** When it happened, else when it was seen, else now; `NaN` where the sender's time cannot be read. */
function timeOf({ timeNs, observedNs }: LogEntry, now: number): number {
  if (timeNs === undefined) return Number.NaN;
  const nanoseconds = timeNs > 0n ? timeNs : (observedNs ?? 0n);
  return nanoseconds > 0n ? Number(nanoseconds / 1_000_000n) : now;
}

function originText(tenantId: string, { resource, scopeName }: Origin): string {
  return [tenantId, scopeName, resource.key].map((part) => `${part.length}:${part}`).join('');
}

function idOf(origin: string, record: LogEntry): string {
  const { timeNs, observedNs, severityNumber, severityText, body, attributes, traceId, spanId, eventName } = record;
  const own = [timeNs, observedNs, severityNumber, severityText, body, attributes.key, traceId, spanId, eventName];
  const text = own.map((part) => (typeof part === 'bigint' ? String(part) : part));
  return hash('sha256', `${origin}${JSON.stringify(text)}`, 'hex').slice(0, 32);
}

/** Severity numbers come in fours: TRACE, DEBUG, INFO, WARN, ERROR, FATAL. */
const severities: readonly Severity[] = ['info', 'info', 'info', 'medium', 'high', 'critical'];

const severityWords: readonly (readonly [RegExp, Severity])[] = [
  [/^(?:fatal|emerg|alert|crit|panic)/i, 'critical'],
  [/^err/i, 'high'],
  [/^warn/i, 'medium'],
];

function severityOf({ severityNumber, severityText }: LogEntry): Severity {
  const byNumber = severities[Math.floor((severityNumber - 1) / 4)];
  if (byNumber !== undefined) return byNumber;
  return severityWords.find(([word]) => word.test(severityText))?.[1] ?? 'info';
}
