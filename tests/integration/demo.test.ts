import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DemoReport } from '@heliosiq/heliosiq/demo/demo.ts';
import { runCommand } from '../support/program-process.ts';

describe('the demo', () => {
  it('ends by itself with the true cause first and every citation opened', { timeout: 400_000 }, async () => {
    const run = await runCommand(['demo', '--once', '--json']);
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    const report = JSON.parse(run.stdout) as DemoReport; // the shape that the command promises
    expect(report.incidents[0]?.root_cause).toBe('PetSearch_AWS::ECS::Fargate');
    expect(report.truth).toMatchObject({ rootCause: 'PetSearch_AWS::ECS::Fargate' });
    expect(report.incidents[0]?.citations.length).toBeGreaterThan(2);
    expect(report.citations_failed).toBe(0);
    expect(report.answer).toContain('[1]');
    expect(report.cause_ms).toBeGreaterThan(0);
  });

  it('names the file when a recording is missing', async () => {
    const run = await runCommand(['demo', '--once', '--json', '--recording', join('no', 'such', 'train', 'issue_9')]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('metrics.csv does not exist');
    expect(run.stdout).toBe('');
  });
});
