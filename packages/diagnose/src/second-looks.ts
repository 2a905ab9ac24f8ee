import type { IncidentId, TenantId } from '@heliosiq/model';

/** An incident that was investigated before all of its data had come. */
export interface SecondLook {
  readonly tenantId: TenantId;
  readonly incidentId: IncidentId;
  /** What the stores held then: see `lakeMark`. */
  readonly mark: string;
}

export interface SecondLookLimits {
  readonly incidentsMax: number;
  /** Looks per incident, whatever comes. */
  readonly looksMax: number;
  /** Wait before the first look; it doubles with each. */
  readonly waitMs: number;
}

/** Incidents to look at once more when later data has come; the oldest go when there are too many. */
export interface SecondLooks {
  /** After an investigation at `nowMs`; `isCutShort` says whether its data was incomplete. */
  note(look: SecondLook, found: { readonly isCutShort: boolean; readonly nowMs: number }): void;
  /** Takes those whose wait is over and for which there is more data than at their last look. */
  takeDue(now: { readonly mark: string; readonly nowMs: number }): readonly SecondLook[];
  readonly isEmpty: boolean;
}

interface Waiting {
  readonly look: SecondLook;
  readonly dueMs: number;
}

export function createSecondLooks({ incidentsMax, looksMax, waitMs }: SecondLookLimits): SecondLooks {
  const waiting = new Map<IncidentId, Waiting>();
  /** How often each incident was looked at again. */
  const counts = new Map<IncidentId, number>();

  function putNewest<Value>(map: Map<IncidentId, Value>, id: IncidentId, value: Value): void {
    map.delete(id);
    map.set(id, value);
    const [oldest] = map.keys();
    if (map.size > incidentsMax && oldest !== undefined) map.delete(oldest);
  }

  return {
    note(look, { isCutShort, nowMs }) {
      const count = counts.get(look.incidentId) ?? 0;
      if (!isCutShort || count >= looksMax) waiting.delete(look.incidentId);
      else putNewest(waiting, look.incidentId, { look, dueMs: nowMs + waitMs * 2 ** count });
    },
    takeDue({ mark, nowMs }) {
      const due = [...waiting.values()].flatMap(({ look, dueMs }) =>
        nowMs >= dueMs && look.mark !== mark ? [look] : [],
      );
      for (const { incidentId } of due) {
        waiting.delete(incidentId);
        putNewest(counts, incidentId, (counts.get(incidentId) ?? 0) + 1);
      }
      return due;
    },
    get isEmpty() {
      return waiting.size === 0;
    },
  };
}
