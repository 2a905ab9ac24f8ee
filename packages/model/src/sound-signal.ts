import { Severity } from './severity.ts';
import { type Alert, type Change, ChangeKind, type DiscreteSignal, type Event, type Log } from './signal.ts';

interface Field {
  readonly isSound: (value: unknown) => boolean;
  readonly isOptional?: true;
}

const moment: Field = { isSound: Number.isSafeInteger };
const severity = oneOf(Severity.options);
const title = text(1, 1000);
const common = {
  kind: { isSound: () => true },
  id: text(1, 200),
  asset: { isSound: (value) => isText(value, 1, 300) && value.trim() === value },
  at: moment,
  labels: { isSound: areLabels },
} satisfies Partial<Record<keyof DiscreteSignal, Field>>;

/** The fields of `signal.ts` by kind. */
const kinds: ReadonlyMap<unknown, Kind> = new Map([
  ['event', kindOf({ ...common, title, severity } satisfies Record<keyof Event, Field>)],
  [
    'log',
    kindOf({ ...common, body: text(0, 65_536), severity, traceId: optional(text(0, 64)) } satisfies Record<
      keyof Log,
      Field
    >),
  ],
  [
    'change',
    kindOf({ ...common, title, change: oneOf(ChangeKind.options), actor: optional(text(0, 200)) } satisfies Record<
      keyof Change,
      Field
    >),
  ],
  [
    'alert',
    kindOf({
      ...{ ...common, title, severity },
      fingerprint: text(1, 200),
      status: oneOf(['firing', 'resolved']),
      startedAt: optional(moment),
      text: optional(text(0, 10_000)),
      link: optional(text(0, 2000)),
    } satisfies Record<keyof Alert, Field>),
  ],
]);

/**
 * Whether a value of JSON is a discrete signal that the schema would return as it is: nothing to fill in, to trim or to refuse. It
 * copies nothing. What is not sound may still be a signal: the schema says, and says why not.
 */
export function isSoundSignal(value: unknown): value is DiscreteSignal {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const kind = kinds.get(value.kind);
  if (kind === undefined) return false;
  let missing = kind.required;
  for (const name in value) {
    const field = kind.fields.get(name);
    if (field === undefined || !field.isSound((value as Record<string, unknown>)[name])) return false;
    if (field.isOptional === undefined) missing -= 1;
  }
  return missing === 0;
}

interface Kind {
  readonly fields: ReadonlyMap<string, Field>;
  readonly required: number;
}

function kindOf(fields: Readonly<Record<string, Field>>): Kind {
  const required = Object.values(fields).filter(({ isOptional }) => isOptional === undefined).length;
  return { fields: new Map(Object.entries(fields)), required };
}

function optional({ isSound }: Field): Field {
  return { isSound, isOptional: true };
}

function oneOf(values: readonly string[]): Field {
  const known: ReadonlySet<unknown> = new Set(values);
  return { isSound: (value) => known.has(value) };
}

function text(lengthMin: number, lengthMax: number): Field {
  return { isSound: (value) => isText(value, lengthMin, lengthMax) };
}

function isText(value: unknown, lengthMin: number, lengthMax: number): value is string {
  return typeof value === 'string' && value.length >= lengthMin && value.length <= lengthMax;
}

function areLabels(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  let count = 0;
  for (const name in value) {
    count += 1;
    // The schema leaves out what would be taken for the prototype.
    if (!isText(name, 1, 128) || name === '__proto__') return false;
    if (!isText((value as Record<string, unknown>)[name], 0, 1024)) return false;
  }
  return count <= 64;
}
