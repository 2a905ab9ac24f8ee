import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { HeliosError } from '@heliosiq/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCsvMapping } from './csv-mapping.ts';
import { createCsvResume } from './csv-resume.ts';
import type { CsvProgress } from './csv-resume.ts';
import { sendCsv } from './csv-sending.ts';
import type { CsvReceipt } from './csv-sending.ts';
import { openCsvFile, openCsvInput } from './csv-source.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heliosiq-csv-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Two values a row, with a byte order mark, Windows lines, quotes over two lines, blank lines and rows that are bad. */
const text = `\u{FEFF}t,"name\r\n",a,b\r\n${Array.from({ length: 200 }, (_, row) => {
  if (row % 37 === 5) return '\r\n';
  if (row % 41 === 7) return `yesterday,x,1,2\r\n`;
  return `${1_767_225_600 + row},"ü ${row}${row % 3 === 0 ? '\r\n' : ''}",${row},${row / 2}\r\n`;
}).join('')}`;
const mapping = parseCsvMapping('time=t,asset=name,value=a|b');

interface Sent {
  readonly samples: string[];
  readonly lines: number[];
}

/** Sends as the command does, and stops after so many requests. */
async function send(file: string, before: CsvProgress | undefined, requests = Number.POSITIVE_INFINITY) {
  const sent: Sent = { samples: [], lines: [] };
  const stop = new AbortController();
  let progress = before;
  let count = 0;
  const tally = await sendCsv({
    source: await openCsvFile(file, before?.place),
    mapping: parseCsvMapping('time=t,asset=name,value=a|b'),
    before,
    samplesPerRequest: 10,
    signal: stop.signal,
    send(body) {
      const samples = JSON.parse(body) as { metric: string; at: number; value: number }[];
      sent.samples.push(...samples.map(({ metric, at, value }) => `${metric}@${at}=${value}`));
      count += 1;
      if (count >= requests) stop.abort();
      return Promise.resolve({ accepted: samples.length, rejectedTotal: 0, rejected: [] });
    },
    onProgress(reached) {
      progress = reached ?? progress;
      return Promise.resolve();
    },
  });
  sent.lines.push(...tally.problems.map(({ line }) => line));
  return { tally, sent, progress };
}

describe('a file that is sent in pieces', () => {
  it.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['Zstandard', (bytes: Buffer) => zstdCompressSync(bytes)],
  ])(
    '(%s) goes on behind the last request, whichever that was: each sample once, each bad line by its number',
    async (name, pack) => {
      const file = join(folder, `${name}.csv`);
      await writeFile(file, pack(Buffer.from(text)));
      const whole = await send(file, undefined);
      expect(whole.tally).toMatchObject({ isWhole: true, rejected: 5 });
      expect(whole.sent.samples.length).toBe(whole.tally.accepted);
      for (const pieces of [1, 2, 3, 7]) {
        const samples: string[] = [];
        const lines: number[] = [];
        let progress: CsvProgress | undefined;
        for (let isWhole = false; !isWhole;) {
          const piece = await send(file, progress, pieces);
          samples.push(...piece.sent.samples);
          lines.push(...piece.sent.lines);
          progress = piece.progress;
          isWhole = piece.tally.isWhole;
          if (isWhole)
            expect(piece.tally).toMatchObject({ accepted: whole.tally.accepted, rejected: whole.tally.rejected });
        }
        expect(samples).toEqual(whole.sent.samples);
        expect(lines).toEqual(whole.sent.lines);
      }
    },
  );

  it('that is shorter than what was sent of it is refused', async () => {
    const file = join(folder, 'short.csv.gz');
    await writeFile(file, gzipSync('t,name,a,b\n1767225600,x,1,2\n'));
    const place = { headerBytes: 11, headerLines: 1, bytes: 500, lines: 20 };
    await expect(send(file, { place, accepted: 1, rejected: 0 })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('of which the packing is broken says so, after what could be read', async () => {
    const file = join(folder, 'broken.csv.gz');
    await writeFile(file, gzipSync(text).subarray(0, 300));
    await expect(send(file, undefined)).rejects.toThrow('unexpected end of file');
  });
});

describe('standard input', () => {
  it.each([
    ['plain', Buffer.from(text)],
    ['gzip', gzipSync(text)],
  ])('(%s) is sent like a file', async (_, bytes) => {
    let accepted = 0;
    await sendCsv({
      source: await openCsvInput(Readable.from([bytes.subarray(0, 50), bytes.subarray(50)])),
      mapping,
      signal: new AbortController().signal,
      send: (body) => {
        const { length } = JSON.parse(body) as unknown[];
        accepted += length;
        return Promise.resolve({ accepted: length, rejectedTotal: 0, rejected: [] });
      },
      onProgress: () => Promise.resolve(),
    });
    expect(accepted).toBe((await sendPlain()).accepted);
  });

  async function sendPlain() {
    const file = join(folder, 'input.csv');
    await writeFile(file, text);
    return (await send(file, undefined)).tally;
  }
});

describe('a request', () => {
  async function attempt(answers: (CsvReceipt | HeliosError)[], signal = new AbortController().signal) {
    const waits: number[] = [];
    const tally = await sendCsv({
      source: { stream: Readable.from(['t,v\n1767225600,1\n']), readBytes: () => 0 },
      mapping: parseCsvMapping('time=t,asset:=a,metric:=m,value=v'),
      signal,
      send: () => {
        const answer = answers.shift() ?? { accepted: 1, rejectedTotal: 0, rejected: [] };
        return answer instanceof HeliosError ? Promise.reject(answer) : Promise.resolve(answer);
      },
      onProgress: () => Promise.resolve(),
      onWait: (_, delayMs) => void waits.push(delayMs),
    });
    return { tally, waits };
  }

  it('is sent again after 429 and 503, after the time that they ask for', async () => {
    const answers = [
      new HeliosError('rate-limited', 'slow', { retryAfterS: 0.01 }),
      new HeliosError('unavailable', 'restarting', { retryAfterS: 0.02 }),
    ];
    expect(await attempt(answers)).toEqual({
      tally: { accepted: 1, rejected: 0, problems: [], isWhole: true },
      waits: [10, 20],
    });
  });

  it('to a server that never was there fails at once, as does one that is forbidden', async () => {
    await expect(attempt([new HeliosError('unavailable', 'cannot be reached')])).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(attempt([new HeliosError('forbidden', 'no')])).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('of which all is refused costs its rows, named by their lines, and not the file', async () => {
    const { tally } = await attempt([new HeliosError('unprocessable', 'too old')]);
    expect(tally).toMatchObject({ rejected: 1, problems: [{ line: 2, reason: 'too old' }], isWhole: true });
  });
});

describe('the state of a file', () => {
  const progress = { place: { headerBytes: 4, headerLines: 1, bytes: 20, lines: 2 }, accepted: 1, rejected: 0 };

  it('is known to the same errand alone, and not to a file that was replaced', async () => {
    const file = join(folder, 'errand.csv');
    const state = join(folder, 'errand.state');
    await writeFile(file, 't,v\n1767225600,1\n');
    const errand = { file, map: 'm', target: 'a' };
    await createCsvResume(state).save(errand, progress);
    const resume = createCsvResume(state);
    expect(await resume.find(errand)).toEqual(progress);
    expect(await resume.find({ ...errand, map: 'other' })).toBeUndefined();
    expect(await resume.find({ ...errand, target: 'other' })).toBeUndefined();
    await writeFile(file, 't,v\n1767225600,1\n1767225601,2\n');
    expect(await resume.find(errand)).toEqual(progress);
    await writeFile(file, 't,v\n1767225999,1\n');
    expect(await resume.find(errand)).toBe('changed');
    await resume.forget(errand);
    expect(await resume.find(errand)).toBeUndefined();
  });

  it('that is damaged counts as none', async () => {
    const file = join(folder, 'damaged.csv');
    await writeFile(file, 't,v\n');
    const state = join(folder, 'damaged.state');
    for (const content of ['', '{', '[]', '{"version":1,"files":{"x":1}}']) {
      await writeFile(state, content);
      expect(await createCsvResume(state).find({ file, map: 'm', target: 'a' })).toBeUndefined();
    }
  });
});
