import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { askedTwice } from './asked-twice.ts';
import { comparedQueries } from './compared-queries.ts';
import { exampleSeries } from './example-series.ts';
import { grafanaRequests, sentByGrafana } from './grafana-requests.ts';
import { askPrometheus, loadedPrometheus } from './loaded-prometheus.ts';

/**
 * Writes what a Prometheus 3 answers to the questions over the examples:
 * `node tests/promql/record-answers.ts <path of the binary>`.
 */
const [, , binary] = process.argv;
if (binary === undefined) throw new Error('give the path of a Prometheus 3');
await using folder = await temporaryFolder();
await using prometheus = await loadedPrometheus(exampleSeries(), { binary, folder: folder.path });
const ask = askPrometheus(prometheus);
const lines: string[] = [];
for (const query of comparedQueries) {
  lines.push(`${JSON.stringify(query)}: ${JSON.stringify(await askedTwice(ask, query))}`);
}
await writeFile(join(import.meta.dirname, 'answers.json'), `{\n${lines.join(',\n')}\n}\n`);

const grafana: string[] = [];
for (const request of grafanaRequests) {
  grafana.push(`${JSON.stringify(request.when)}: ${JSON.stringify(await sentByGrafana(request, prometheus))}`);
}
await writeFile(join(import.meta.dirname, 'grafana-answers.json'), `{\n${grafana.join(',\n')}\n}\n`);
