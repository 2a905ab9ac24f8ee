import { describe, expect, it } from 'vitest';
import { renderTemplate, templateFault } from './alert-template.ts';

const subject = { labels: { instance: 'db-1:9100', job: 'node' }, value: 0.0742 };
const of = (template: string, value = subject.value): string => renderTemplate(template, { ...subject, value });

describe('a text of an alert', () => {
  it('names labels and the value as Prometheus does', () => {
    expect(of('{{ $labels.instance }} of {{$labels.job}} is at {{ $value }}')).toBe('db-1:9100 of node is at 0.0742');
    expect(of('{{ .Labels.instance }} {{ .Value }} {{ $labels.none }}.')).toBe('db-1:9100 0.0742 .');
  });

  it.each([
    ['{{ $value | humanize }}', 1_234_567, '1.235M'],
    ['{{ $value | humanize }}', 0.00123, '1.23m'],
    ['{{ $value | humanize1024 }}', 5_368_709_120, '5Gi'],
    ['{{ $value | humanizePercentage }}', 0.0742, '7.42%'],
    ['{{ humanizePercentage $value }}', 0.999_95, '100%'],
    ['{{ $value | humanizeDuration }}', 93_784, '1d 2h 3m 4s'],
    ['{{ $value | humanizeDuration }}', 0.25, '250ms'],
    ['{{ $value | humanizeDuration }}', 4.5, '4.5s'],
    ['{{ $value | printf "%.2f" }}', 3.14159, '3.14'],
    ['{{ printf "%.1f%% of %s" $value $labels.job }}', 12.34, '12.3% of node'],
    ['{{ $value }}', 1e21, '1e+21'],
    ['{{ $value }}', Number.POSITIVE_INFINITY, '+Inf'],
    ['{{ $labels.job | toUpper }}{{- " x" }}', 1, 'NODE x'],
    ['{{ $labels.instance | stripPort }}', 1, 'db-1'],
  ])('%s of %d is "%s"', (template, value, text) => {
    expect(of(template, value)).toBe(text);
  });

  it('chooses by a condition', () => {
    const template = '{{ if gt $value 0.5 }}high{{ else if eq $labels.job "node" }}node{{ else }}low{{ end }}';
    expect(of(template, 0.6)).toBe('high');
    expect(of(template, 0.4)).toBe('node');
  });

  it('stays as it is written where the store would have to be asked', () => {
    const asking = '{{ with query "up" }}{{ . | first | value }}{{ end }}';
    expect(of(asking)).toBe(asking);
    expect(of('at {{ query "up" | first | value }} by {{ $labels.job }}')).toBe(
      'at {{ query "up" | first | value }} by node',
    );
    expect(templateFault(asking)).toBeUndefined();
  });

  it.each([
    '{{ $labels.job',
    '{{ nosuch $value }}',
    '{{ if $value }}x',
    '{{ end }}',
    '{{ $value | }}',
    '{{ ( $value }}',
    '{{ }}',
  ])('%s is a fault of the file', (template) => {
    expect(templateFault(template)).toMatch(/\w/);
  });

  it('is bounded, whatever a file holds', () => {
    expect(templateFault('x'.repeat(10_001))).toContain('10000');
    expect(templateFault(`{{ ${'('.repeat(500)}$value }}`)).toMatch(/deeply|closed/);
    expect(templateFault(`${'{{ if $value }}'.repeat(50)}`)).toMatch(/deeply|end/);
  });
});
