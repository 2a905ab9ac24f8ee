import { readFileSync } from 'node:fs';
import type { Frame, Recording } from './recording.ts';

const asset = 'office-cooling';

/**
 * One temperature sensor: a CSV file of `timestamp,value` rows, degrees Fahrenheit, UTC. Only the first
 * `linesMax` lines are taken; the last of them ends at `endsAt` (milliseconds).
 */
export function loadDeviceRecording(file: string, endsAt: number, linesMax?: number): Recording {
  const rows = readFileSync(file, 'utf8')
    .trimEnd()
    .split(/\r?\n/)
    .slice(1, linesMax)
    .map((line) => line.split(','));
  const times = rows.map((row) => Date.parse(`${row[0]?.replace(' ', 'T')}Z`));
  const shift = endsAt - (times.at(-1) ?? 0);
  const frames = rows.map((row, index): Frame => {
    const at = (times[index] ?? 0) + shift;
    return {
      at,
      samples: [{ kind: 'sample', asset, metric: 'temperature', unit: '[degF]', at, value: Number(row[1]) }],
    };
  });
  return {
    name: 'NAB ambient_temperature_system_failure',
    about: `one temperature sensor of an office, ${rows.length} hourly readings, the cooling fails`,
    edges: [],
    assets: [{ id: asset, class: 'sensor' }],
    frames,
    troubleFrom: frames[0]?.at ?? endsAt,
  };
}
