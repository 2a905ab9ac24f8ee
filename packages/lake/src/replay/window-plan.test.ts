import { SeriesId, TenantId } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import type { BronzeCatalogue } from '../bronze/bronze-catalogue.ts';
import type { SegmentContent } from '../bronze/manifest.ts';
import { planWindows } from './window-plan.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A catalogue of segments with these samples at these times. */
function catalogueOf(
  segments: readonly { readonly samples: number; readonly first: number; readonly last: number }[],
): BronzeCatalogue {
  return {
    findings: [],
    streams: [
      {
        stream: { partition: 0, epoch: 0 },
        segments: segments.map(({ samples, first, last }, index) => {
          const content: SegmentContent = {
            format: 1,
            tenant: TenantId.parse('acme'),
            partition: 0,
            epoch: 0,
            hour: '2026-01-01/00',
            records: 1,
            samples,
            signals: 0,
            series: 0,
            offsets: { first: index, last: index },
            appended: { first, last },
            times: { first, last },
            links: { before: '', after: '' },
          };
          return { name: String(index), content, entry: undefined, afterOffset: index - 1 };
        }),
      },
    ],
  };
}

const options = { lengthMs: dayMs, lengthMsMin: hourMs, samplesMax: 1000 };

describe('windows of a replay', () => {
  it('cover the range without a gap or an overlap, in the order of time', () => {
    const catalogue = catalogueOf([
      { samples: 100, first: 3 * dayMs, last: 3 * dayMs + 5 * hourMs },
      { samples: 5000, first: 5 * dayMs, last: 6 * dayMs - 1 },
    ]);
    const range = { from: dayMs, to: 9 * dayMs };
    const windows = planWindows(catalogue, { ...options, range });
    const edges = windows.map((window) => window.range);
    expect(edges[0]?.from).toBe(range.from);
    expect(edges.at(-1)?.to).toBe(range.to);
    for (const [index, { from }] of edges.entries()) if (index > 0) expect(edges[index - 1]?.to).toBe(from);
    for (const { samples } of windows) expect(samples).toBeLessThanOrEqual(options.samplesMax);
    expect(windows.reduce((sum, { samples }) => sum + samples, 0)).toBeCloseTo(5100, 6);
  });

  it('are parted by series where time alone cannot make them small: each series in one of them', () => {
    const catalogue = catalogueOf([{ samples: 10_000, first: 0, last: hourMs - 1 }]);
    const windows = planWindows(catalogue, { ...options, range: { from: 0, to: hourMs } });
    expect(windows.length).toBe(10);
    for (const digits of ['00000000', '7fffffff', 'fedcba98', '00000009']) {
      const id = SeriesId.parse(digits.padEnd(32, '0'));
      expect(windows.filter(({ wantsSeries }) => wantsSeries(id)).length).toBe(1);
    }
  });

  it('stay few when a clock was decades off', () => {
    const catalogue = catalogueOf([{ samples: 10, first: 0, last: Date.UTC(2100, 0, 1) }]);
    const windows = planWindows(catalogue, { ...options, range: { from: 0, to: Date.UTC(2150, 0, 1) } });
    expect(windows.length).toBeLessThanOrEqual(100_002);
  });
});
