import { AssetId, Diagnosis, type TimelineEntry } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import { observeAlert } from './alert-rules.ts';
import { observeAnomaly } from './anomaly-rules.ts';
import { refreshImpact } from './impact.ts';
import { postmortemDraft, type PostmortemFacts } from './postmortem.ts';
import { alert, anomaly, bench, callGraph, epoch, minuteMs } from './testing/recorded.ts';

function factsOf(): PostmortemFacts {
  const { book, context } = bench(callGraph('web>cart'));
  const slow = anomaly({ asset: 'web', atMinute: 0, samples: 3, unit: 's' });
  observeAnomaly(book, slow, context);
  observeAlert(book, alert({ asset: 'cart', atMinute: 3, title: 'Cart | is <b>slow</b>' }), context);
  const [target] = book.cases.values();
  if (target === undefined) throw new Error('no incident was opened');
  refreshImpact(target, context);
  const step = (kind: TimelineEntry['kind'], minute: number, text: string): TimelineEntry => ({
    id: `${kind}:${minute}`,
    at: epoch + minute * minuteMs,
    kind,
    text,
    actor: 'key:kim',
  });
  const timeline = [
    ...target.entries,
    step('notification-sent', 4, 'Webhook ops was told.'),
    step('incident-acknowledged', 6, 'Acknowledged by key:kim'),
    step('comment-added', 8, 'rolled back the index'),
  ];
  const diagnosis = Diagnosis.parse({
    id: '0'.repeat(32),
    tenantId: target.incident.tenantId,
    incidentId: target.incident.id,
    revision: 1,
    madeAt: epoch + 5 * minuteMs,
    verdict: 'fault',
    confidence: 0.87,
    summary: 'cart is the likely cause.',
    window: { baselineFrom: epoch, faultFrom: epoch, faultTo: epoch },
    hypotheses: [
      {
        rank: 1,
        asset: 'cart',
        fault: 'latency',
        score: 1,
        confidence: 0.87,
        because: 'It changed first.',
        evidence: [],
      },
    ],
    ruledOut: [{ asset: AssetId.parse('db'), why: 'nothing changed' }],
    missing: ['no traces'],
  });
  const incident = { ...target.incident, acknowledgedAt: epoch + 6 * minuteMs, acknowledgedBy: 'key:kim' };
  return { incident, diagnosis, timeline, size: { timeline: 5, alerts: 1 }, alerts: [], anomalies: [slow] };
}

describe('a postmortem draft', () => {
  test('has every part, says what is recorded, and asks what only people know', () => {
    const draft = postmortemDraft(factsOf());
    expect(draft.match(/^## .*$/gm)).toEqual([
      '## Impact',
      '## Detection',
      '## Timeline',
      '## Cause',
      '## What went well',
      '## What did not go well',
      '## Actions',
    ]);
    for (const words of [
      'Users felt it at `web` (latency)',
      'It began at 2026-01-05 00:00:00',
      'First told at 2026-01-05 00:04:00',
      '**`cart`**, latency, confidence 87 %: It changed first.',
      'Ruled out: `db`: nothing changed',
      'Not known: no traces',
      'Somebody took it 6 min after it opened.',
      '_How many users or how much revenue was affected?_',
    ]) {
      expect(draft).toContain(words);
    }
  });

  test('takes the words of senders as words', () => {
    expect(postmortemDraft(factsOf())).toContain('Cart \\| is \\<b\\>slow\\</b\\>');
  });

  test('of an incident without an investigation claims no cause', () => {
    const draft = postmortemDraft({ ...factsOf(), diagnosis: undefined });
    expect(draft).toContain('No investigation was made.');
    expect(draft).not.toContain('undefined');
  });

  test('of thousands of lines stays short and says how many it left out', () => {
    const facts = factsOf();
    const many = Array.from({ length: 2_000 }, (_, index): TimelineEntry => ({
      id: `alert-firing:${index}:f`,
      at: epoch + index,
      kind: 'alert-joined',
      text: `Alert ${index}`,
    }));
    const draft = postmortemDraft({ ...facts, timeline: many, size: { timeline: 9_000, alerts: 9_000 } });
    expect(draft).toContain('8997 more lines are in the [incident]');
    expect(draft.length).toBeLessThan(10_000);
  });
});
