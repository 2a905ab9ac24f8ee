import { Alert, Change, Event, Log, Sample, accepted, rejected } from '@heliosiq/model';
import type { Outcome, Signal } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import { fieldPathOf } from '@heliosiq/model/field-path.ts';
import { storableText, unstorablePathOf } from '@heliosiq/model/storable-text.ts';
import { quoted } from './record-fault.ts';
import type { RecordFault } from './record-fault.ts';
import { checkTime } from './signal-time.ts';
import type { TimeWindow } from './signal-time.ts';

const schemas = { sample: Sample, event: Event, log: Log, change: Change, alert: Alert } as const;

type Kind = keyof typeof schemas;
type WireRecord = Readonly<Record<string, unknown>>;

/** A checked signal; `isIdDerived` when the sender gave no id and it was made from the content. */
export interface CheckedSignal {
  readonly signal: Signal;
  readonly isIdDerived: boolean;
}

/**
 * Reads one wire record: the model's `Signal`, but `at` may be ISO 8601 with a zone, `id` may be absent (it becomes a
 * hash of the content, so that a re-send is the same signal), and so may an alert's `fingerprint` (a hash of title,
 * asset and labels). Free text is cleaned of what stores refuse; names that would need it are a fault.
 */
export function checkSignal(record: unknown, window: TimeWindow): Outcome<CheckedSignal, RecordFault> {
  if (!isObject(record)) {
    return rejected({ reason: `a signal is a JSON object, not ${quoted(record)}`, cure: 'Send {"kind":"sample",…}' });
  }
  const kind = record['kind'];
  if (!isKind(kind)) {
    const seen = kind === undefined ? 'it is missing' : `${quoted(kind)} is unknown`;
    return rejected({ field: 'kind', reason: `kind: ${seen}`, cure: `Use one of ${Object.keys(schemas).join(', ')}` });
  }
  const time = checkTime(record['at'], window);
  if (!time.ok) return time;
  if (kind === 'sample') {
    const fault = valueFaultOf(record['value']);
    if (fault !== undefined) return rejected(fault);
  }
  const cleaned = withCleanText({ ...record, at: time.value });
  const unstorable = unstorablePathOf(cleaned);
  if (unstorable !== undefined) {
    return rejected({
      field: unstorable,
      reason: `${unstorable}: it holds U+0000 or half of a surrogate pair`,
      cure: 'Send names without these',
    });
  }
  return checkShape(kind, cleaned);
}

function checkShape(kind: Kind, record: WireRecord): Outcome<CheckedSignal, RecordFault> {
  const isIdDerived = kind !== 'sample' && record['id'] === undefined;
  const isFingerprintDerived = kind === 'alert' && record['fingerprint'] === undefined;
  const parsed = schemas[kind].safeParse({
    ...record,
    ...(isIdDerived ? { id: 'derived' } : {}),
    ...(isFingerprintDerived ? { fingerprint: 'derived' } : {}),
  });
  if (!parsed.success) return rejected(shapeFaultOf(kind, parsed.error.issues));
  const signal = parsed.data;
  if (signal.kind === 'sample') return accepted({ signal, isIdDerived });
  const named =
    signal.kind === 'alert' && isFingerprintDerived ? { ...signal, fingerprint: fingerprintOf(signal) } : signal;
  return accepted({ signal: isIdDerived ? { ...named, id: derivedId(named) } : named, isIdDerived });
}

function shapeFaultOf(kind: Kind, issues: readonly ShapeIssue[]): RecordFault {
  const issue = issues[0];
  if (issue === undefined) return { reason: 'it does not have the shape of a signal' };
  const unknown = issue.keys?.[0];
  if (issue.code === 'unrecognized_keys' && unknown !== undefined) {
    const field = fieldPathOf([...issue.path, unknown]);
    const known = Object.keys(schemas[kind].shape).join(', ');
    return {
      field,
      reason: `${field}: a ${kind} has no such field`,
      cure: `Use ${known}; put other facts into labels`,
    };
  }
  const field = fieldPathOf(issue.path);
  return { field, reason: `${field}: ${issue.message}`, cure: `Correct ${field} and send the record again` };
}

/** The parts of a zod issue that a fault is made of. */
interface ShapeIssue {
  readonly code: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

function valueFaultOf(value: unknown): RecordFault | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return undefined;
  const seen = value === undefined ? 'it is missing' : `${quoted(value)} is not a finite number`;
  return { field: 'value', reason: `value: ${seen}`, cure: 'Send a JSON number, or leave the sample out' };
}

function withCleanText(record: WireRecord): WireRecord {
  const { title, body } = record;
  return {
    ...record,
    ...(typeof title === 'string' ? { title: storableText(title) } : {}),
    ...(typeof body === 'string' ? { body: storableText(body) } : {}),
  };
}

function fingerprintOf(alert: Alert): string {
  return contentId('fingerprint', alert.title, alert.asset, canonicalLabels(alert.labels));
}

/** The same content is the same signal, whatever order its fields came in. */
function derivedId(signal: Exclude<Signal, Sample>): string {
  const { labels, id: _, ...fields } = signal;
  const pairs = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return contentId('signal', JSON.stringify(pairs), canonicalLabels(labels));
}

function isKind(kind: unknown): kind is Kind {
  return typeof kind === 'string' && Object.hasOwn(schemas, kind);
}

function isObject(record: unknown): record is WireRecord {
  return typeof record === 'object' && record !== null && !Array.isArray(record);
}
