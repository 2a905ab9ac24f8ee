import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPacer, type Pacer, type Urgency } from './pacer.ts';

/** Works so many steps of the given length, giving way between them; answers at which of the loop's turns each one was done. */
async function work(pacer: Pacer, steps: number, stepMs: number, turn: () => number): Promise<number[]> {
  const turns: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    await pacer.giveWay();
    const until = performance.now() + stepMs;
    while (performance.now() < until);
    turns.push(turn());
  }
  return turns;
}

/** Counts the turns of the event loop until it is stopped. */
function countTurns(): { readonly turn: () => number; stop(): void } {
  let turns = 0;
  let immediate = setImmediate(function again() {
    turns += 1;
    immediate = setImmediate(again);
  });
  return { turn: () => turns, stop: () => clearImmediate(immediate) };
}

describe('a pacer', () => {
  it('lets work go on within its slice and others have their turn after it', async () => {
    const pacer = createPacer({ sliceMs: 1_000_000 });
    await pacer.giveWay();
    expect(pacer.giveWay()).toBeUndefined();
    const counter = countTurns();
    const turns = await work(createPacer({ sliceMs: 1 }), 5, 2, counter.turn);
    counter.stop();
    // Each step is longer than a slice: no two of them in one turn.
    expect(new Set(turns).size).toBe(5);
  });

  it('serves those that wait in the order in which they came, one slice each', async () => {
    const pacer = createPacer({ sliceMs: 0 });
    const order: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        for (let round = 0; round < 3; round += 1) {
          await pacer.giveWay();
          order.push(name);
        }
      }),
    );
    expect(order.join('')).toBe('abcabcabc');
  });

  it('serves urgent work before other work, which keeps every fifth slice', async () => {
    const pacer = createPacer({ sliceMs: 0 });
    const order: string[] = [];
    const rounds = async (urgency: Urgency, count: number): Promise<void> => {
      for (let round = 0; round < count; round += 1) {
        await pacer.giveWay(urgency);
        order.push(urgency.charAt(0));
      }
    };
    await Promise.all([rounds('urgent', 10), rounds('patient', 3)]);
    expect(order.join('')).toBe('uuuupuuuupuup');
  });

  it('says of stages with a process of their own, which cannot see the doors, that only what came in lately is urgent', () => {
    const pacer = createPacer({ hasDoors: false });
    expect(pacer.urgencyOf(1_000_000, 1_000_200)).toBe('urgent');
    expect(pacer.urgencyOf(1_000_000, 1_005_000)).toBe('patient');
  });

  it('lets work go on when the doors rest', async () => {
    const pacer = createPacer({ sliceMs: 0, restMs: 1_000_000 });
    pacer.noteDoor();
    // The rest alone would outlast the test: idle time ends it.
    expect(await work(pacer, 5, 0, () => 1)).toHaveLength(5);
  });

  it('asks for no rest after work when no door is at work, nor after a moment of work', () => {
    const pacer = createPacer();
    expect(pacer.rest(10_000)).toBeUndefined();
    pacer.noteDoor();
    expect(pacer.rest(1)).toBeUndefined();
  });
});

describe('a pacer beside doors that leave no idle time', () => {
  // Time is the test's: a machine that stands still for a moment changes nothing.
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  let idleMs = 0;
  let isDoorAtWork = true;

  /** A pacer with a door that says every 2 ms that it is at work. */
  function besideDoor(options: Parameters<typeof createPacer>[0]): Pacer {
    idleMs = 0;
    isDoorAtWork = true;
    const pacer = createPacer({ ...options, idleMs: () => idleMs, clockMs: () => performance.now() });
    pacer.noteDoor();
    setInterval(() => isDoorAtWork && pacer.noteDoor(), 2);
    return pacer;
  }

  /** When each of some steps without length is done that give way between them. */
  function stepsOf(pacer: Pacer, steps: number, urgency: Urgency): readonly number[] {
    const doneAt: number[] = [];
    void (async () => {
      for (let step = 0; step < steps; step += 1) {
        await pacer.giveWay(urgency);
        doneAt.push(performance.now());
      }
    })();
    return doneAt;
  }

  /** When each of some rests is over that were asked for at once. */
  function restsOf(pacer: Pacer, workedMs: readonly number[]): readonly number[] {
    const overAt: number[] = [];
    for (const ms of workedMs) void pacer.rest(ms)?.then(() => overAt.push(performance.now()));
    return overAt;
  }

  it('holds work back, and yet lets it come to its end', async () => {
    const doneAt = stepsOf(besideDoor({ sliceMs: 0, restMs: 20 }), 5, 'patient');
    await vi.advanceTimersByTimeAsync(200);
    expect(doneAt).toEqual([20, 40, 60, 80, 100]);
  });

  it('lets urgent work go on soon', async () => {
    const doneAt = stepsOf(besideDoor({ sliceMs: 0, restMs: 1_000_000 }), 5, 'urgent');
    await vi.advanceTimersByTimeAsync(200);
    expect(doneAt).toEqual([1, 2, 3, 4, 5]);
  });

  it('takes for urgent what came in lately, and of what is older what can be caught up with', async () => {
    const pacer = besideDoor({ sliceMs: 0, restMs: 2 });
    const seconds = [0.2, 5, 30, 90];
    const urgencies = () => seconds.map((age) => pacer.urgencyOf(1_000_000, 1_000_000 + 1000 * age));
    expect(urgencies()).toEqual(['urgent', 'urgent', 'urgent', 'patient']);
    // Without any idle time who is behind cannot keep up.
    stepsOf(pacer, 150, 'patient');
    await vi.advanceTimersByTimeAsync(1000);
    expect(urgencies()).toEqual(['urgent', 'patient', 'patient', 'patient']);
    // The doors rest, and so there is time again.
    isDoorAtWork = false;
    stepsOf(pacer, 100, 'patient');
    await vi.advanceTimersByTimeAsync(1000);
    expect(urgencies()).toEqual(['urgent', 'urgent', 'urgent', 'patient']);
  });

  it('leaves them many times as long as a piece of work took', async () => {
    const overAt = restsOf(besideDoor({ restFactor: 10 }), [20]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(overAt).toEqual([200]);
  });

  it('has the rests of several stages follow each other, so that all together keep to their share', async () => {
    const overAt = restsOf(besideDoor({ restFactor: 10 }), [20, 20]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(overAt).toEqual([200, 400]);
  });

  it('ends all rests when there is idle time, and when the doors have become quiet', async () => {
    const idle = besideDoor({ restFactor: 10 });
    const overByIdle = restsOf(idle, [20, 20]);
    await vi.advanceTimersByTimeAsync(90);
    idleMs += 10;
    await vi.advanceTimersByTimeAsync(30);
    expect(overByIdle).toEqual([100, 100]);
    const overByQuiet = restsOf(besideDoor({ restFactor: 10 }), [20, 20]);
    isDoorAtWork = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(overByQuiet).toEqual([240, 240]);
  });

  it('ends a rest when the work is to stop', async () => {
    const stop = new AbortController();
    const resting = besideDoor({ restFactor: 1_000_000 }).rest(1000, stop.signal);
    expect(resting).toBeInstanceOf(Promise);
    stop.abort();
    await resting;
  });
});
