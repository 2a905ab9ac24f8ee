import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startProcess } from '../support/program-process.ts';
import { forReceiver, prometheusBlock, startPrometheus } from '../support/prometheus-process.ts';
import type { QueryApi } from '../support/prometheus-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const binaries = {
  'Prometheus 2 (needs HELIOS_TEST_PROMETHEUS)': process.env['HELIOS_TEST_PROMETHEUS'],
  'Prometheus 3 (needs HELIOS_TEST_PROMETHEUS3)': process.env['HELIOS_TEST_PROMETHEUS3'],
};

/** Texts of alerts, each with the number that it speaks of. */
const templates: readonly (readonly [number, string])[] = [
  [1_234_567, '{{ $value | humanize }} of {{ $labels.job }} {{ .Value }}'],
  [0.000_123_456, '{{ humanize $value }} {{ $value }} {{ printf "%.3e" $value }}'],
  [0.0742, '{{ $value | humanizePercentage }} {{ printf "%6.2f|%-6s|%d" $value "ab" 7 }}'],
  [98_765.4, '{{ $value | humanizeDuration }} {{ $value | humanize1024 }}'],
  [0.0025, '{{ $value | humanizeDuration }}{{- " joined" }} {{ $labels.instance | toUpper | title }}'],
  [3_600, '{{ $value | humanizeDuration }} {{ if gt $value 100.0 }}high{{ else }}low{{ end }}'],
  [
    5,
    '{{ if eq $labels.job "other" }}a{{ else if and (gt $value 1.0) (lt $value 9.0) }}b{{ end }} {{ $labels.none }}.',
  ],
  [1e21, '{{ $value }} {{ $value | humanize }} {{ printf "%g" $value }}'],
];

const ruleFile = `groups:
  - name: texts
    interval: 5s
    rules:
${templates
  .map(
    ([value, template], index) => `      - alert: Text${index}
        expr: up{job="prometheus"} * ${value}
        labels: { severity: info, copy: "{{ $labels.job }}-{{ $value }}" }
        annotations: { text: ${JSON.stringify(template)} }
`,
  )
  .join('')}
  - name: states
    interval: 5s
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: Recorded
        expr: job:up:sum{job="prometheus"} == 1
        labels: { team: night }
      - alert: Waiting
        expr: up == 1
        for: 1h
      - alert: Silent
        expr: up == 0
      - alert: Missing
        expr: absent(nothing{job="x"})
        labels: { team: day }
`;

describe.each(Object.entries(binaries))('%s', (_, binary) => {
  it.skipIf(binary === undefined)(
    'and this program make the same alerts of the same rule file and samples',
    { timeout: 400_000 },
    async () => {
      await using folder = await temporaryFolder();
      const rules = join(folder.path, 'rules.yml');
      await writeFile(rules, ruleFile);
      const program = await startProcess(join(folder.path, 'helios'), { HELIOS_RULES_FILES: rules });
      await using __ = { [Symbol.asyncDispose]: async () => void (await program.end('SIGTERM')) };
      const key = program.adminKey ?? '';
      const sending = forReceiver(prometheusBlock('remote_write', 'protobuf_message'), { url: program.url, key });
      await using theirs = await startPrometheus({
        ...{ binary: binary ?? '', folder: join(folder.path, 'prometheus'), targets: [] },
        config: `rule_files: ['${rules}']\n${sending}`,
      });
      const alertsOf = async ({ url, key: token }: QueryApi) => {
        const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
        const response = await fetch(`${url}/api/v1/alerts`, { headers });
        const { data } = (await response.json()) as { data: { alerts: Record<string, unknown>[] } }; // as documented
        const alerts = data.alerts.map(({ labels, annotations, state, value }) =>
          JSON.stringify({ labels: sorted(labels), annotations, state, value }),
        );
        return alerts.sort();
      };
      await vi.waitFor(
        async () => {
          const [expected, found] = await Promise.all([alertsOf(theirs), alertsOf({ url: program.url, key })]);
          expect(expected.length).toBe(templates.length + 3);
          expect(found).toEqual(expected);
        },
        { timeout: 240_000, interval: 1000 },
      );
    },
  );
});

/** Labels in one order. */
function sorted(labels: unknown): unknown {
  return typeof labels === 'object' && labels !== null
    ? Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
    : labels;
}
