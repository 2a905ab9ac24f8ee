import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readCallGraph, readRecording } from '@heliosiq/diagnose/boards/petshop-files.ts';
import type { Recording as RecordedColumns } from '@heliosiq/diagnose/boards/petshop-files.ts';
import { HeliosError } from '@heliosiq/model';
import { z } from 'zod';
import { callsEdge } from './recording.ts';
import type { Frame, Recording, WireSample } from './recording.ts';

const stepMs = 300_000;
const units: Readonly<Record<string, string>> = { latency: 's', availability: '%', requests: '{request}' };

/**
 * A PetShop fault with the normal operation before it: `dir` is `…/<traffic>/<part>/issue_<n>`, its `noissue` and `graph.csv`
 * lie two levels up. The last row ends at `endsAt` (milliseconds); the normal recording is put right before the fault.
 */
export function loadPetshopRecording(dir: string, endsAt: number): Recording {
  const traffic = dirname(dirname(dir));
  for (const file of [join(dir, 'metrics.csv'), join(traffic, 'noissue', 'metrics.csv'), join(traffic, 'graph.csv')]) {
    if (!existsSync(file)) {
      throw new HeliosError('not-found', `${file} does not exist`, {
        cure: 'give the folder of one PetShop fault, such as …/low_traffic/train/issue_3',
      });
    }
  }
  const fault = readRecording(join(dir, 'metrics.csv'));
  const normal = readRecording(join(traffic, 'noissue', 'metrics.csv'));
  const faultShift = endsAt - (fault.timesMs.at(-1) ?? 0);
  const troubleFrom = (fault.timesMs[0] ?? 0) + faultShift;
  const normalShift = troubleFrom - stepMs - (normal.timesMs.at(-1) ?? 0);
  const edges = readCallGraph(join(traffic, 'graph.csv')).map(({ from, to }) => callsEdge(from, to));
  return {
    name: `PetShop ${basename(traffic)}/${basename(dirname(dir))}/${basename(dir)}`,
    about: `a web shop of ${new Set(normal.series.map((series) => series.asset)).size} services, ${normal.timesMs.length} normal rows, then one fault`,
    edges,
    assets: [],
    frames: [...framesOf(normal, normalShift), ...framesOf(fault, faultShift)],
    troubleFrom,
  };
}

function* framesOf(recording: RecordedColumns, shiftMs: number): Generator<Frame> {
  for (const [row, time] of recording.timesMs.entries()) {
    const at = time + shiftMs;
    const samples: WireSample[] = [];
    for (const { asset, metric, statistic, values } of recording.series) {
      const value = values[row];
      if (value === undefined || Number.isNaN(value)) continue;
      const unit = units[metric];
      samples.push({
        kind: 'sample',
        asset,
        metric,
        labels: { statistic },
        ...(unit === undefined ? {} : { unit }),
        at,
        value,
      });
    }
    yield { at, samples };
  }
}

const Target = z.object({
  target: z.object({ node: z.string(), metric: z.string() }),
  root_cause: z.object({ node: z.string() }),
});

/** What was really wrong; undefined where the recording does not tell. To be read after the answer is given. */
export function readPetshopTruth(
  dir: string,
): { readonly target: string; readonly metric: string; readonly rootCause: string } | undefined {
  const file = join(dir, 'target.json');
  if (!existsSync(file)) return undefined;
  const { target, root_cause: cause } = Target.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { target: target.node, metric: target.metric, rootCause: cause.node };
}
