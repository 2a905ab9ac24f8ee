import { DiscreteSignal } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { createSyslogFraming } from './syslog-framing.ts';
import { readSyslogMessage } from './syslog-message.ts';
import { syslogSignal } from './syslog-signal.ts';

const now = Date.UTC(2026, 0, 2, 12);
const payloads = 10_000;
const seeds = [
  '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="A\\"pp"][b c="d"] \u{FEFF}An application event\n',
  "<34>Oct 11 22:14:15 mymachine su[7]: 'su root' failed\n",
  '57 <13>1 2026-01-02T11:59:00+01:00 web-1 nginx 7 REQ - failed 8 <13>last',
  '<189>*Mar  1 2025 18:46:11.123: %SYS-5-CONFIG_I: ok\r\n\u{0}<13>x\n',
].map((text) => Buffer.from(text));

/** The same numbers every time (mulberry32), so that what fails once fails again. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

function mutated(seed: Buffer, dice: (sides: number) => number): Buffer {
  const bytes = [...seed];
  for (let changes = 1 + dice(8); changes > 0; changes -= 1) {
    const at = dice(bytes.length + 1);
    const kind = dice(4);
    if (kind === 0) bytes[at] = dice(256);
    else if (kind === 1) bytes.splice(at, 1 + dice(20));
    else if (kind === 2) bytes.splice(at, 0, ...bytes.slice(at, at + dice(60)));
    else bytes.splice(at, 0, ...Buffer.from('<>[]"\\ :- 99 <1>\u{FEFF}\n'));
  }
  return Buffer.from(bytes.map((byte) => byte ?? 0));
}

describe(`${payloads} mutated streams of syslog`, () => {
  it('become signals of the model, whatever the chunks in which they arrive', () => {
    const dice = createDice(5);
    let signals = 0;
    for (let index = 0; index < payloads; index += 1) {
      const stream = mutated(seeds[index % seeds.length] ?? Buffer.alloc(0), dice);
      const framing = createSyslogFraming(120);
      const frames = [];
      for (let at = 0; at < stream.length;) {
        const size = 1 + dice(40);
        frames.push(...framing.push(stream.subarray(at, at + size)));
        at += size;
      }
      frames.push(...framing.end());
      for (const { bytes, isCut } of frames) {
        expect(bytes.length).toBeLessThanOrEqual(120);
        const message = readSyslogMessage(bytes, { now, zone: 'UTC' });
        const signal = syslogSignal(
          message,
          { address: '10.0.0.7', at: now, number: String(signals), isCut },
          { asset: 'host/app', ageMaxMs: 86_400_000, futureMaxMs: 600_000 },
        );
        const parsed = DiscreteSignal.safeParse(signal);
        if (!parsed.success) throw new Error(`payload ${index}: ${stream.toString('base64')}`, { cause: parsed.error });
        signals += 1;
      }
    }
    expect(signals).toBeGreaterThan(payloads);
  });
});
