import { describe, expect, it } from 'vitest';
import { createPacer, type Pacer, type Urgency } from './pacer.ts';

/** One turn of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

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

/** The turns that a door has which leaves the event loop no idle time, until the others are done. */
async function doorTurnsDuring(pacer: Pacer, others: () => Promise<unknown> | undefined): Promise<number> {
  let isDone = false;
  let turns = 0;
  const door = (async () => {
    while (!isDone) {
      pacer.noteDoor();
      const until = performance.now() + 2;
      while (performance.now() < until);
      turns += 1;
      await nextTurn();
    }
  })();
  await nextTurn();
  await others();
  isDone = true;
  await door;
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

  it('lets urgent work go on soon though doors leave no idle time, and doors have turns in between', async () => {
    const pacer = createPacer({ sliceMs: 0, restMs: 1_000_000 });
    let done = 0;
    const doorTurns = await doorTurnsDuring(pacer, async () => {
      // The rest of other work alone would outlast the test.
      for (; done < 5; done += 1) await pacer.giveWay('urgent');
    });
    expect(done).toBe(5);
    expect(doorTurns).toBeGreaterThanOrEqual(3);
  });

  it('takes for urgent what came in lately, and of what is older what can be caught up with', async () => {
    const pacer = createPacer({ sliceMs: 0, restMs: 2 });
    const seconds = [0.2, 5, 30, 90];
    const urgencies = () => seconds.map((age) => pacer.urgencyOf(1_000_000, 1_000_000 + 1000 * age));
    expect(urgencies()).toEqual(['urgent', 'urgent', 'urgent', 'patient']);
    // Doors that leave no idle time at all: who is behind cannot keep up.
    await doorTurnsDuring(pacer, () => work(pacer, 150, 0, () => 0));
    expect(urgencies()).toEqual(['urgent', 'patient', 'patient', 'patient']);
    // The doors rest, and so there is time again.
    for (let turn = 0; turn < 100; turn += 1) await pacer.giveWay();
    expect(urgencies()).toEqual(['urgent', 'urgent', 'urgent', 'patient']);
  });

  it('says of stages with a process of their own, which cannot see the doors, that only what came in lately is urgent', () => {
    const pacer = createPacer({ hasDoors: false });
    expect(pacer.urgencyOf(1_000_000, 1_000_200)).toBe('urgent');
    expect(pacer.urgencyOf(1_000_000, 1_005_000)).toBe('patient');
  });

  it('holds work back while doors leave no idle time, and yet lets it come to its end', async () => {
    const pacer = createPacer({ sliceMs: 0, restMs: 20 });
    const doorTurns = await doorTurnsDuring(pacer, () => work(pacer, 5, 0, () => 0));
    // Between two steps lie 20 ms, ten turns of the door; a busy machine makes that fewer, never none.
    expect(doorTurns).toBeGreaterThanOrEqual(3);
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

  it('gives doors that leave no idle time many turns after a piece of work', async () => {
    const pacer = createPacer({ restFactor: 10 });
    const doorTurns = await doorTurnsDuring(pacer, () => pacer.rest(20));
    // 200 ms are a hundred turns of the door; a busy machine makes that fewer, never none.
    expect(doorTurns).toBeGreaterThanOrEqual(3);
  });

  it('has the rests of several stages follow each other, so that all together keep to their share', async () => {
    const pacer = createPacer({ restFactor: 10 });
    const order: string[] = [];
    let firstTookMs = 0;
    let secondTookMs = 0;
    await doorTurnsDuring(pacer, async () => {
      const startedAt = performance.now();
      await Promise.all([
        pacer.rest(20)?.then(() => {
          order.push('first');
          firstTookMs = performance.now() - startedAt;
        }),
        pacer.rest(20)?.then(() => {
          order.push('second');
          secondTookMs = performance.now() - startedAt;
        }),
      ]);
    });
    expect(order).toEqual(['first', 'second']);
    // A timer may end a millisecond early.
    expect(firstTookMs).toBeGreaterThan(190);
    expect(secondTookMs).toBeGreaterThan(380);
  });

  it('ends a rest when the work is to stop', async () => {
    const pacer = createPacer({ restFactor: 1_000_000 });
    pacer.noteDoor();
    const stop = new AbortController();
    const resting = pacer.rest(1000, stop.signal);
    expect(resting).toBeInstanceOf(Promise);
    stop.abort();
    await resting;
  });
});
