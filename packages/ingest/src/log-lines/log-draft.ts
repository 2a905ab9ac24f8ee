import type { DiscreteSignal, Severity, TenantId } from '@heliosiq/model';
import { canonicalLabels, contentId } from '@heliosiq/model/content-id.ts';
import { storableText } from '@heliosiq/model/storable-text.ts';
import { assetOfLabels } from '../intake/asset-of-labels.ts';

/** A log line before it is made to fit the model. */
export interface LogDraft {
  /** Milliseconds since the epoch; absent = now. */
  readonly at?: number | undefined;
  /** The time as the sender gave it, where it is finer than milliseconds. */
  readonly exactTime?: string;
  readonly body: string;
  readonly severity: Severity;
  readonly traceId?: string | undefined;
  readonly labels: ReadonlyMap<string, string>;
}

/** Makes the logs of one request out of drafts. */
export interface LogMaker {
  make(draft: LogDraft): DiscreteSignal;
}

export interface LogMakerOptions {
  readonly tenantId: TenantId;
  /** Labels that name the asset, the best first. */
  readonly assetRules: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const bodyLengthMax = 65_536;
const labelsMax = 64;
const nameLengthMax = 128;
const valueLengthMax = 1024;
const traceIdLengthMax = 64;

/**
 * A log's id is a hash of all that it says, so that a re-send changes nothing; equal lines of one request stay as many
 * as they are. Lines without a time get the time of arrival: sent again, they are others. What is longer than the
 * model takes is cut and labelled `cut`.
 */
export function createLogMaker({ tenantId, assetRules, now }: LogMakerOptions): LogMaker {
  const repeatsOf = new Map<string, number>();

  function idOf(
    { exactTime, body, traceId = '' }: LogDraft,
    at: number,
    labels: Readonly<Record<string, string>>,
  ): string {
    const id = contentId('log-line', tenantId, exactTime ?? String(at), body, traceId, canonicalLabels(labels));
    const repeats = repeatsOf.get(id) ?? 0;
    repeatsOf.set(id, repeats + 1);
    return repeats === 0 ? id : `${id}-${repeats}`;
  }

  return {
    make(draft) {
      const { at = now, body, severity, traceId } = draft;
      const named: Record<string, string> = {};
      for (const [name, value] of draft.labels) {
        if (Object.keys(named).length >= labelsMax - 1) break;
        if (name === '' || name === '__proto__' || value === '') continue;
        named[fitting(name, nameLengthMax)] = fitting(value, valueLengthMax);
      }
      const labels = body.length > bodyLengthMax ? { ...named, cut: 'true' } : named;
      return {
        kind: 'log',
        id: idOf(draft, at, labels),
        asset: assetOfLabels(labels, assetRules),
        at,
        body: fitting(body, bodyLengthMax),
        severity,
        ...(traceId === undefined || traceId === '' ? {} : { traceId: fitting(traceId, traceIdLengthMax) }),
        labels,
      };
    },
  };
}

function fitting(text: string, lengthMax: number): string {
  return storableText(text.length > lengthMax ? text.slice(0, lengthMax) : text);
}
