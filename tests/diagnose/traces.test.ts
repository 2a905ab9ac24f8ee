import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { casefileHash } from '../../packages/diagnose/src/casefile-hash.ts';
import { defaultEvidenceBudget, gatherEvidence } from '../../packages/diagnose/src/evidence-gathering.ts';
import { rankCauses } from '../../packages/diagnose/src/rank-causes.ts';
import { callEdges, compareRequests, tallyRequests } from '../../packages/diagnose/src/request-steps.ts';
import { shopRequests, type ShopFault } from './shop-requests.ts';
import { incidentOf, openTracedWorld, piecesOf, tenantId, type SentRequests } from './traced-world.ts';

const minuteMs = 60_000;
const faultFromMs = Date.UTC(2026, 2, 1, 10, 0);
const faultToMs = faultFromMs + 3 * minuteMs;
const assets = ['gateway', 'order', 'inventory', 'payment'];
const budget = { ...defaultEvidenceBudget, timeMs: 120_000, sourceTimeMs: 60_000 };
const signal = new AbortController().signal;

type World = ReturnType<typeof openTracedWorld>;
let world: World;

beforeEach(() => {
  world = openTracedWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

async function send(to: World, requests: SentRequests): Promise<void> {
  for (const { atMs, piece } of piecesOf(requests)) await to.send(piece, atMs);
}

async function kept(of: World): Promise<void> {
  await vi.waitFor(async () => expect(await of.isKept()).toBe(true), { timeout: 30_000, interval: 20 });
}

function recordingOf(fault: ShopFault, perSecond = 4) {
  return {
    past: shopRequests({ fromMs: faultFromMs - 12 * minuteMs, toMs: faultFromMs, perSecond }),
    now: shopRequests({ fromMs: faultFromMs, toMs: faultToMs, perSecond }, fault),
  };
}

// One sampling interval of a minute is looked at on either side of an incident's times.
const incident = incidentOf({ fromMs: faultFromMs + minuteMs, toMs: faultToMs - minuteMs }, assets);
const gather = (of: World) => gatherEvidence(of.stores, { tenantId, incident }, { budget, signal });

describe('the cause of what requests suffer from, out of spans and lines that came through the OTLP door', () => {
  test.each([
    ['slow-inventory', 'inventory', 'latency'],
    ['failing-payment', 'payment', 'errors'],
  ] as const)('is that of all spans at hand: %s', async (fault, cause, kind) => {
    const { past, now } = recordingOf(fault);
    await send(world, past);
    await send(world, now);
    await kept(world);
    const found = rankCauses((await gather(world)).casefile);
    const handed = rankCauses({
      window: { baselineFromMs: 0, faultFromMs, faultToMs },
      ...{ series: [], changes: [], edges: callEdges(now.spans) },
      ...compareRequests([tallyRequests(past)], now),
    });
    expect(found.hypotheses[0]).toMatchObject({ asset: cause, faultKind: kind });
    expect([found.verdict, found.hypotheses[0]?.asset]).toEqual([handed.verdict, handed.hypotheses[0]?.asset]);
    expect(found.verdict).toBe('fault');
    const evidence = found.hypotheses[0]?.evidence.map((item) => item.kind) ?? [];
    expect(evidence).toContain(kind === 'latency' ? 'own-time' : 'request-step');
  });

  test('is found in the share that a full tenant keeps', async () => {
    await using thin = openTracedWorld({ traceItemsPerSecond: 12 });
    const { past, now } = recordingOf('slow-inventory', 8);
    await send(thin, past);
    await send(thin, now);
    await kept(thin);
    const { casefile } = await gather(thin);
    const requests = Math.max(...(casefile.steps ?? []).map(({ during }) => during.requests));
    expect(requests).toBeLessThan(0.7 * (now.spans.length / assets.length));
    // No trace was torn: every order that is looked at called the inventory, as all did.
    const call = casefile.steps?.find(({ asset, step }) => asset === 'order' && step.startsWith('calls inventory'));
    expect(call?.during.seen).toBe(call?.during.requests);
    expect(rankCauses(casefile).hypotheses[0]).toMatchObject({ asset: 'inventory', faultKind: 'latency' });
  });

  test('knows who calls whom where nobody declared it, and says so', async () => {
    const { past, now } = recordingOf('slow-inventory');
    await send(world, past);
    await send(world, now);
    await kept(world);
    const { casefile } = await gather(world);
    expect(casefile.edges).toContainEqual({ from: 'order', to: 'inventory', kind: 'calls', inferredFrom: 'traces' });
  });

  test('is not changed by requests that are sent twice', async () => {
    const { past, now } = recordingOf('failing-payment');
    await send(world, past);
    await send(world, now);
    await kept(world);
    const once = casefileHash((await gather(world)).casefile);
    for (const { atMs, piece } of piecesOf(now)) {
      const half = { spans: piece.spans.slice(0, 7), logs: piece.logs.slice(0, 3) };
      await world.send(half, atMs);
      await world.send(piece, atMs);
    }
    await kept(world);
    expect(casefileHash((await gather(world)).casefile)).toBe(once);
  });

  test('is not sought in quiet requests', async () => {
    const { past, now } = recordingOf('none');
    await send(world, past);
    await send(world, now);
    await kept(world);
    expect(rankCauses((await gather(world)).casefile).verdict).not.toBe('fault');
  });
});
