import { describe, expect, it } from 'vitest';
import { callEdges, compareRequests, tallyRequests, type RequestRecording } from './request-steps.ts';
import { requestOf } from './testing/request-fixture.ts';

function recordingOf(count: number, wish: Parameters<typeof requestOf>[1] = {}): RequestRecording {
  const parts = Array.from({ length: count }, (_, index) => requestOf(`t${index}`, wish));
  return { spans: parts.flatMap(({ spans }) => spans), logs: parts.flatMap(({ logs }) => logs) };
}

describe('requests compared with those of the past', () => {
  it('count in how many of them a step occurred, whatever their number', () => {
    const { steps } = compareRequests([tallyRequests(recordingOf(10))], recordingOf(30, { withoutLogs: 12 }));
    expect(steps.find(({ asset, step }) => asset === 'cart' && step.startsWith('logs '))).toMatchObject({
      operation: 'GET /cart',
      isTrouble: false,
      before: [{ requests: 10, seen: 10 }],
      during: { requests: 30, seen: 18 },
    });
  });

  it('give time to the place that worked and to nobody above it', () => {
    const { ownTimes } = compareRequests([tallyRequests(recordingOf(3))], recordingOf(3, { cartMs: 100, wayMs: 40 }));
    const ofPlace = (asset: string, peer?: string): number | undefined =>
      ownTimes.find((one) => one.asset === asset && one.peer === peer)?.during[0];
    expect(ofPlace('cart')).toBeCloseTo(0.1);
    expect(ofPlace('cart', 'web')).toBeCloseTo(0.04);
    expect(ofPlace('web')).toBeCloseTo(0.01);
  });

  it('tell a caller whose failing requests failed below from one that fails by itself', () => {
    const past = [tallyRequests(recordingOf(10))];
    const sharedOf = (wish: Parameters<typeof requestOf>[1]): number | undefined =>
      compareRequests(past, recordingOf(10, wish)).steps.find(
        ({ asset, isTrouble, during }) => asset === 'web' && isTrouble && during.seen > 0,
      )?.sharedBelow;
    expect(sharedOf({ failing: ['web', 'cart'] })).toBe(1);
    expect(sharedOf({ failing: ['web'] })).toBe(0);
  });

  it('show who calls whom', () => {
    expect(callEdges(recordingOf(3).spans)).toEqual([{ from: 'web', to: 'cart', kind: 'calls' }]);
  });

  it('survive spans that are their own parents and logs without a span', () => {
    const recording: RequestRecording = {
      spans: [
        { traceId: 't', spanId: 'a', parentId: 'b', asset: 'x', operation: 'one', startMs: 0, endMs: 5 },
        { traceId: 't', spanId: 'b', parentId: 'a', asset: 'y', operation: 'two', startMs: 1, endMs: 0 },
      ],
      logs: [{ traceId: 'u', spanId: 'a', asset: 'x', body: 'lost' }],
    };
    const { steps } = compareRequests([tallyRequests(recording)], recording);
    expect(steps.map(({ step }) => step)).toEqual(['calls y two', 'calls x one']);
  });
});
