import type { AnomalyEvent, TenantId } from '@heliosiq/model';
import type { Gauge, Meter, StateStore } from '@heliosiq/ports';
import type { DetectPart, PartBatch, PartRecord } from '../detect-part.ts';
import { anomalyEventOfForecast } from './anomaly-of-forecast.ts';
import { type FillShape, fillShapeOf } from './fill-shape.ts';
import { type ForecastSettings, forecastDefaults } from './forecast-settings.ts';
import { createRowColumn } from '../series-rows.ts';
import { createForecastNumbers, forecastLength, observeFill } from './forecast-watch.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const forecastScope = 'detect-forecast-1';

const futureMsMax = 300_000;
const keysPerRead = 1000;

interface Held {
  readonly tenantId: TenantId;
  readonly numbers: Float64Array;
  dirty: boolean;
}

export interface ForecastPartDeps {
  readonly states: StateStore;
  readonly meter: Meter;
  readonly settings?: Partial<ForecastSettings>;
}

/** Foresees when what fills or drains is used up. Of all series only those with such a name and unit cost anything. */
export function createForecastPart(deps: ForecastPartDeps): DetectPart {
  const settings = { ...forecastDefaults, ...deps.settings };
  const unwatched: Gauge = deps.meter.gauge({
    name: 'heliosiq_detect_forecast_unwatched_series',
    help: 'Appearances of series that are not forecast because there are too many that can be.',
  });
  const held = new Map<string, Held>();
  /** By rows: how a series fills, false for one that does not. */
  const shapesByRow = createRowColumn<FillShape | false>();
  const shapes = new Map<string, FillShape | undefined>();
  let turnedAway = 0;

  function shapeOf(series: Parameters<typeof fillShapeOf>[0]): FillShape | undefined {
    const key = `${series.metric} ${series.unit ?? ''}`;
    if (shapes.has(key)) return shapes.get(key);
    if (shapes.size > 10_000) shapes.clear();
    const shape = fillShapeOf(series);
    shapes.set(key, shape);
    return shape;
  }

  async function load({ tenantId, series, present }: PartBatch): Promise<ReadonlyMap<number, FillShape>> {
    const wanted = new Map<number, FillShape>();
    const shapeAt = shapesByRow.of(series);
    for (const row of present) {
      let shape = shapeAt[row];
      if (shape === undefined) {
        const one = series.at(row);
        shape = (one === undefined ? undefined : shapeOf(one)) ?? false;
        shapeAt[row] = shape;
      }
      if (shape !== false) wanted.set(series.refAt(row), shape);
    }
    const missing = [...wanted.keys()].filter((ref) => !held.has(`${tenantId} ${ref}`));
    for (let start = 0; start < missing.length; start += keysPerRead) {
      const part = missing.slice(start, start + keysPerRead);
      const stored = new Map(
        (await deps.states.get(tenantId, forecastScope, part.map(String))).map(({ key, bytes }) => [key, bytes]),
      );
      for (const ref of part) {
        if (held.size >= settings.seriesMax) {
          turnedAway += 1;
          wanted.delete(ref);
          continue;
        }
        const bytes = stored.get(String(ref));
        const isKnown = bytes !== undefined && bytes.length === 8 * forecastLength(settings);
        const numbers = isKnown ? new Float64Array(Uint8Array.from(bytes).buffer) : createForecastNumbers(settings);
        held.set(`${tenantId} ${ref}`, { tenantId, numbers, dirty: false });
      }
    }
    return wanted;
  }

  function observe(
    { columns, appendedAt }: PartRecord,
    batch: PartBatch,
    shapeByRef: ReadonlyMap<number, FillShape>,
  ): AnomalyEvent[] {
    const events: AnomalyEvent[] = [];
    for (let row = 0; row < columns.refs.length; row += 1) {
      const ref = columns.refs[row] ?? 0;
      const shape = shapeByRef.get(ref);
      const [at, value] = [columns.times[row] ?? 0, columns.values[row] ?? Number.NaN];
      if (shape === undefined || !Number.isFinite(value) || at > appendedAt + futureMsMax) continue;
      const each = held.get(`${batch.tenantId} ${ref}`);
      const series = batch.series.get(ref);
      if (each === undefined || series === undefined) continue;
      const change = observeFill(each.numbers, { at, value, shape }, settings);
      each.dirty = true;
      if (change !== undefined) events.push(anomalyEventOfForecast(batch.tenantId, change, series));
    }
    return events;
  }

  return {
    async observe(batch) {
      const shapeByRef = await load(batch);
      if (shapeByRef.size === 0) return [];
      const found: AnomalyEvent[] = [];
      for (const record of batch.records) {
        found.push(...observe(record, batch, shapeByRef));
        await batch.breathe();
      }
      return found;
    },
    async save() {
      unwatched.set(turnedAway);
      const byTenant = Map.groupBy(
        [...held].filter(([, { dirty }]) => dirty),
        ([, { tenantId }]) => tenantId,
      );
      for (const [tenantId, changed] of byTenant) {
        const entries = changed.map(([key, { numbers }]) => ({
          key: key.slice(tenantId.length + 1),
          bytes: new Uint8Array(numbers.buffer),
        }));
        await deps.states.put(tenantId, forecastScope, entries);
        for (const [, each] of changed) each.dirty = false;
      }
    },
    forget: () => held.clear(),
  };
}
