import { basename, dirname, join, sep } from 'node:path';
import type { AlertFiring, TopologyEdge } from '../casefile.ts';
import { csvRows } from '../csv-text.ts';
import { failFile, foldersWith, readJson, readText } from './board-files.ts';

/** The alarms of one fault. */
export interface AlertCase {
  /** `Online-Boutique-cloudbed-1/17` */
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly firings: readonly AlertFiring[];
}

/** One system with all its faults. */
export interface AlertSystem {
  readonly name: string;
  readonly folder: string;
  readonly edges: readonly TopologyEdge[];
  readonly classes: ReadonlyMap<string, string>;
  readonly cases: readonly AlertCase[];
}

/** Edge of the knowledge graph by its label; others say the same the other way round. */
const EDGE_KINDS: Readonly<Record<string, TopologyEdge['kind']>> = {
  control_flow: 'calls',
  data_flow: 'calls',
  instance_of: 'part-of',
  hosted_on: 'runs-on',
};

function record(value: unknown, file: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return failFile(file, 'holds no JSON object');
  // A JSON object has text keys and values of any kind.
  return value as Record<string, unknown>;
}

function list(value: unknown, file: string): readonly unknown[] {
  return Array.isArray(value) ? value : failFile(file, 'has an entry that is not a list');
}

function text(value: unknown, file: string): string {
  return typeof value === 'string' ? value : failFile(file, 'has an entry that is not text');
}

function readGraph(file: string): Pick<AlertSystem, 'edges' | 'classes'> & { services: string[] } {
  const graph = record(readJson(file), file);
  const edges = list(graph['edges'], file).flatMap((one): TopologyEdge[] => {
    const edge = record(one, file);
    const kind = EDGE_KINDS[text(edge['label'], file)];
    return kind === undefined ? [] : [{ from: text(edge['source'], file), to: text(edge['target'], file), kind }];
  });
  const services = list(graph['nodes'], file).flatMap((one) => {
    const node = record(one, file);
    return node['type'] === 'Service' ? [text(node['id'], file)] : [];
  });
  const classes = new Map(
    list(graph['nodes'], file).flatMap((one) => {
      const node = record(one, file);
      return [[text(node['id'], file), text(node['type'], file).toLowerCase()] as const];
    }),
  );
  return { edges, classes, services };
}

/** Gathers firings of one name at one asset. */
function gather(): { add: (firing: Omit<AlertFiring, 'count'>) => void; all: () => AlertFiring[] } {
  const byKey = new Map<string, AlertFiring>();
  return {
    add(firing) {
      const key = `${firing.asset}\u0000${firing.name}`;
      const known = byKey.get(key);
      byKey.set(key, {
        ...firing,
        firstMs: Math.min(firing.firstMs, known?.firstMs ?? Number.POSITIVE_INFINITY),
        count: (known?.count ?? 0) + 1,
        mentions: [...new Set([...(known?.mentions ?? []), ...firing.mentions])].sort(),
      });
    },
    all: () => [...byKey.values()],
  };
}

/** Log lines carry the clock of the place; the label file's column of clocks and seconds tells its zone. */
function clockMs(clock: string, zoneMs: number): number {
  return Date.parse(`${clock.replace(' ', 'T')}Z`) - zoneMs;
}

interface CaseTimes {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When each case began and ended, from the label file; its other columns are the answer and not read here. */
function readTimes(file: string): { times: Map<string, CaseTimes>; zoneMs: number } {
  const [names, ...rows] = csvRows(readText(file));
  const at = (row: readonly string[], name: string): string => row[names?.indexOf(name) ?? -1] ?? '';
  const times = new Map<string, CaseTimes>();
  let zoneMs = 0;
  for (const row of rows) {
    const [from, to] = [Number(at(row, 'fault_st_time')) * 1000, Number(at(row, 'fault_ed_time')) * 1000];
    if (!Number.isFinite(from + to) || from === 0) failFile(file, 'has a row without the times of its fault');
    times.set(at(row, 'fault_id'), { fromMs: from, toMs: to });
    zoneMs = clockMs(at(row, 'fault_datetime'), 0) - from;
  }
  if (times.size === 0) failFile(file, 'has no rows');
  return { times, zoneMs };
}

/** Reads the alarms of one system; the folder holds `label.csv`, `metric/`, `log/` and `trace/`. */
function readSystem(folder: string, graphFile: string): AlertSystem {
  const { edges, classes, services } = readGraph(graphFile);
  const { times, zoneMs } = readTimes(join(folder, 'label.csv'));
  const wholeOf = new Map(edges.flatMap(({ from, to, kind }) => (kind === 'part-of' ? [[from, to] as const] : [])));
  const [metricFile, logFile] = [join(folder, 'metric', 'metrics.json'), join(folder, 'log', 'logs.json')];
  const metrics = record(readJson(metricFile), metricFile);
  const logs = record(readJson(logFile), logFile);
  const name = basename(folder);
  const cases = [...times].map(([id, time]): AlertCase => {
    const { add, all } = gather();
    for (const one of list(metrics[id] ?? [], metricFile)) {
      const [at, asset, , metric, direction] = list(one, metricFile);
      const firstMs = Number(at);
      if (!Number.isFinite(firstMs)) failFile(metricFile, `case ${id} has an alarm without a time`);
      const alarm = `${text(metric, metricFile)} ${text(direction, metricFile)}`;
      add({ asset: text(asset, metricFile), name: alarm, firstMs, mentions: [] });
    }
    for (const one of list(logs[id] ?? [], logFile)) {
      const [asset, pattern, lines] = list(one, logFile);
      const place = text(asset, logFile);
      for (const line of list(lines, logFile)) {
        const words = text(line, logFile);
        const cut = words.indexOf('|');
        const firstMs = clockMs(words.slice(0, cut).trim(), zoneMs);
        if (!Number.isFinite(firstMs)) failFile(logFile, `case ${id} has a log line without a time`);
        const body = words.slice(cut + 1);
        const own = wholeOf.get(place) ?? place;
        const mentions = services.filter((service) => service !== own && body.includes(service));
        add({ asset: place, name: `log ${text(pattern, logFile)}`, firstMs, mentions });
      }
    }
    return { name: `${name}/${id}`, ...time, firings: all() };
  });
  return { name, folder, edges, classes, cases };
}

/** All systems below a folder, with the knowledge graph of the same name. */
export function alertCases(dataDir: string): AlertSystem[] {
  const folders = foldersWith(dataDir, ['label.csv', 'metric', 'log']);
  if (folders.length === 0) failFile(dataDir, 'holds no folder with label.csv, metric and log');
  return folders.map((folder) => {
    const name = basename(folder);
    const graphs = foldersWith(dataDir, [`${name}-KG.json`]).sort(
      (a, b) => Number(b.includes(`${sep}original${sep}`)) - Number(a.includes(`${sep}original${sep}`)),
    );
    const graphFolder = graphs[0] ?? failFile(join(dirname(folder), `${name}-KG.json`), 'is missing');
    return readSystem(folder, join(graphFolder, `${name}-KG.json`));
  });
}

/** The true place of each fault by its case; to be called only after all rankings are final. */
export function readFaultPlaces(system: AlertSystem): Map<string, string> {
  const file = join(system.folder, 'label.csv');
  const [names, ...rows] = csvRows(readText(file));
  const [id, place] = [names?.indexOf('fault_id') ?? -1, names?.indexOf('fault_entity') ?? -1];
  if (id < 0 || place < 0) failFile(file, 'has no columns fault_id and fault_entity');
  return new Map(rows.map((row) => [`${system.name}/${row[id] ?? ''}`, row[place] ?? '']));
}
