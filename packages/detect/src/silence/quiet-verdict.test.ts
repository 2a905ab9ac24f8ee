import { expect, test } from 'vitest';
import { judgeQuiet } from './quiet-verdict.ts';
import type { OverdueAsset } from './wall-look.ts';

const minuteMs = 60_000;
const goneAt = Date.UTC(2026, 0, 5, 12);

function assetGone(seenAt: number, limitMs = 5 * minuteMs): OverdueAsset {
  return { slots: [0], seenAt, limitMs, dueAt: seenAt + limitMs };
}

test('who is silent while another sends is told as itself', () => {
  const gone = assetGone(goneAt);
  const now = goneAt + 6 * minuteMs;
  const looks = [{ overdue: [gone], dueAt: [now + minuteMs] }];
  expect(judgeQuiet({ now, looks, seenAt: now, isSilent: false })).toEqual({ lost: [gone], silent: [] });
});

test('a last record of another that came just after the last one of its own is no witness', () => {
  const [first, second] = [assetGone(goneAt), assetGone(goneAt + minuteMs)];
  const now = goneAt + 7 * minuteMs;
  const looks = [{ overdue: [first, second], dueAt: [] }];
  expect(judgeQuiet({ now, looks, seenAt: second.seenAt, isSilent: false })).toEqual({
    lost: [],
    silent: [first, second],
  });
});

test('while nobody sends, those that are due soon are waited for, so that all are told as one', () => {
  const [fast, slow] = [assetGone(goneAt, 2 * minuteMs), assetGone(goneAt, 5 * minuteMs)];
  const early = goneAt + 3 * minuteMs;
  const waiting = [{ overdue: [fast], dueAt: [slow.dueAt] }];
  expect(judgeQuiet({ now: early, looks: waiting, seenAt: goneAt, isSilent: false })).toEqual({ lost: [], silent: [] });
  const now = goneAt + 6 * minuteMs;
  const looks = [
    { overdue: [fast], dueAt: [] },
    { overdue: [slow], dueAt: [] },
  ];
  expect(judgeQuiet({ now, looks, seenAt: goneAt, isSilent: false })).toEqual({ lost: [], silent: [fast, slow] });
});

test('a lone asset is told as itself, also when another sends so rarely that it says nothing', () => {
  const gone = assetGone(goneAt);
  const now = goneAt + 6 * minuteMs;
  const alone = [{ overdue: [gone], dueAt: [] }];
  const beside = [{ overdue: [gone], dueAt: [now + 600 * minuteMs] }];
  for (const looks of [alone, beside]) {
    expect(judgeQuiet({ now, looks, seenAt: goneAt, isSilent: false })).toEqual({ lost: [gone], silent: [] });
  }
});

test('whoever falls silent during a silence of all belongs to it', () => {
  const late = assetGone(goneAt, 60 * minuteMs);
  const now = goneAt + 61 * minuteMs;
  const looks = [{ overdue: [late], dueAt: [] }];
  expect(judgeQuiet({ now, looks, seenAt: goneAt, isSilent: true })).toEqual({ lost: [], silent: [late] });
});
