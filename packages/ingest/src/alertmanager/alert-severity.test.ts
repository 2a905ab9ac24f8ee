import { expect, test } from 'vitest';
import { severityOfLabels } from './alert-severity.ts';

test.each([
  [{ severity: 'critical' }, 'critical'],
  [{ severity: 'PAGE' }, 'critical'],
  [{ priority: 'P1' }, 'critical'],
  [{ severity: 'error' }, 'high'],
  [{ severity: 'warning' }, 'medium'],
  [{ severity: 'notice' }, 'low'],
  [{ severity: 'none' }, 'info'],
  [{ severity: 'squirrel', priority: 'p2' }, 'high'],
  [{ severity: 'squirrel' }, 'medium'],
  [{}, 'medium'],
  [{ alertname: 'Watchdog', severity: 'critical' }, 'info'],
  [{ alertname: 'DeadMansSwitch' }, 'info'],
  [{ alertname: "Dead Man's Snitch" }, 'info'],
])('%j is %s', (labels, severity) => {
  expect(severityOfLabels(labels)).toBe(severity);
});
