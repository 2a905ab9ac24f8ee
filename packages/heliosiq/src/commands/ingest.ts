import { createCsvResume } from '@heliosiq/ingest/csv-resume.ts';
import type { CsvErrand, CsvProgress, CsvResume } from '@heliosiq/ingest/csv-resume.ts';
import { parseCsvMapping } from '@heliosiq/ingest/csv-mapping.ts';
import { sendCsv } from '@heliosiq/ingest/csv-sending.ts';
import type { CsvProblem, CsvTally } from '@heliosiq/ingest/csv-sending.ts';
import { openCsvFile, openCsvInput } from '@heliosiq/ingest/csv-source.ts';
import type { CsvSource } from '@heliosiq/ingest/csv-source.ts';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { Command } from 'commander';
import { clientEnvironment } from '../config.ts';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { complain, dim, green, say, yellow } from './terminal.ts';

const progressEveryMs = 500;
const saveEveryMs = 500;
const barLength = 24;

interface IngestFlags extends ClientFlags {
  readonly map: string;
  readonly resume?: string;
  readonly restart?: boolean;
}

/** Everything that a run has in common for all of its files. */
interface Run {
  readonly flags: IngestFlags;
  readonly signal: AbortSignal;
  readonly tell: (progress: FileProgress) => void;
}

interface FileProgress {
  readonly file: string;
  readonly accepted: number;
  readonly readBytes: number;
  readonly sizeBytes: number | undefined;
  readonly startedAt: number;
  readonly startBytes: number;
}

/** `heliosiq ingest csv FILE… --map …`; the word `csv` may be left out. */
export function addIngestCommand(program: Command): void {
  const ingest = program.command('ingest').description('send files as signals').enablePositionalOptions();
  const csv = ingest
    .command('csv', { isDefault: true })
    .description('send the rows of CSV files as samples; goes on where it stopped')
    .argument('<files...>', 'CSV files, plain, gzip or Zstandard; - is standard input');
  withClientOptions(csv)
    .requiredOption('--map <map>', 'which column is what: key=column or key:=constant, comma-separated')
    .option('--resume <file>', 'keep the state there, also when all is sent: the next run sends what was added')
    .option('--restart', 'send from the beginning, whatever was sent before')
    .addHelpText(
      'after',
      [
        '',
        'Keys of the map: time, time.unit (auto, s, ms, us, ns), time.zone, asset, metric, value, unit, label.NAME.',
        'value=a|b takes several columns, value=* every column that nothing else names; their names are then the metrics.',
        '',
        'How far a file was sent stands in FILE.heliosiq-resume until all of it is. Stopped by Ctrl-C, by an error or by',
        'kill -9, the same command goes on from there. Exits 2 when rows were rejected, 130 when it was stopped.',
        '',
        'Examples:',
        '  heliosiq ingest csv cpu.csv --map time=timestamp,asset=host,metric:=cpu_usage,value=usage,unit:=1',
        "  heliosiq ingest csv 2026-*.csv.gz --map 'time=ts,time.zone:=UTC,asset:=pump-7,value=*'",
      ].join('\n'),
    )
    .action((files: readonly string[], flags: IngestFlags) => sendFiles(files, flags));
}

async function sendFiles(files: readonly string[], flags: IngestFlags): Promise<void> {
  parseCsvMapping(flags.map);
  const stop = new AbortController();
  const onInterrupt = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
    complain('stopping after the request under way; Ctrl-C again to leave at once');
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  const total = { accepted: 0, rejected: 0, problems: [] as CsvProblem[], isWhole: true };
  try {
    const run = { flags, signal: stop.signal, tell: createTeller(flags.json === true) };
    for (const file of files) {
      const tally = await sendFile(file, run);
      total.accepted += tally.accepted;
      total.rejected += tally.rejected;
      const name = files.length > 1 ? { file } : {};
      total.problems.push(...tally.problems.map((problem) => ({ ...name, ...problem })));
      total.isWhole &&= tally.isWhole;
      if (!tally.isWhole) break;
    }
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  }
  if (flags.json === true) say(JSON.stringify(total));
  else report(total);
  if (!total.isWhole) process.exitCode = 130;
  else if (total.rejected > 0) process.exitCode = 2;
}

async function sendFile(file: string, { flags, signal, tell }: Run): Promise<CsvTally> {
  const client = clientOf(flags);
  const isInput = file === '-';
  const errand: CsvErrand = { file, map: flags.map, target: targetOf(flags) };
  const resume = isInput ? undefined : createCsvResume(flags.resume ?? `${file}.heliosiq-resume`);
  const before = resume === undefined || flags.restart === true ? undefined : await sentBefore(resume, errand);
  const source = isInput ? await openCsvInput(process.stdin) : await openCsvFile(file, before?.place);
  const keeper = createKeeper(resume, errand);
  const startedAt = performance.now();
  const startBytes = before?.place.bytes ?? 0;
  const sending = sendCsv({
    source,
    mapping: parseCsvMapping(flags.map),
    before,
    signal,
    send: (body) => client.call('sendSignals', { body }, { headers: { 'content-type': 'application/json' } }),
    async onProgress(progress, accepted) {
      await keeper.keep(progress);
      tell({ ...sizesOf(source), file, accepted, startedAt, startBytes });
    },
    onWait: (reason, delayMs) => complain(`${dim(`waiting ${Math.ceil(delayMs / 1000)} s:`)} ${reason}`),
  });
  let tally: CsvTally;
  try {
    tally = await sending;
  } finally {
    await keeper.flush();
    if (flags.json !== true && process.stderr.isTTY) process.stderr.write('\n');
  }
  if (tally.isWhole && resume !== undefined && flags.resume === undefined) await resume.forget(errand);
  return tally;
}

/** Which server and whose key: what another tenant was sent is no progress for this one. The key itself is not kept. */
function targetOf(flags: IngestFlags): string {
  const { url, key } = clientEnvironment();
  return `${flags.url ?? url ?? ''} ${sha256Hex(flags.key ?? key ?? '').slice(0, 12)}`;
}

async function sentBefore(resume: CsvResume, errand: CsvErrand): Promise<CsvProgress | undefined> {
  const found = await resume.find(errand);
  if (found === undefined) return undefined;
  if (found === 'changed') {
    complain(`${errand.file} is another file than the one that was begun: it is sent from its beginning`);
    return undefined;
  }
  complain(
    dim(
      `${errand.file}: going on after line ${found.place.lines} (${found.accepted.toLocaleString('en')} samples stored)`,
    ),
  );
  return found;
}

/** Saves how far a file came, now and then: what is sent twice after a kill is stored once. */
function createKeeper(resume: CsvResume | undefined, errand: CsvErrand) {
  let latest: CsvProgress | undefined;
  let savedAt = Number.NEGATIVE_INFINITY;
  let isBroken = false;

  async function save(): Promise<void> {
    if (resume === undefined || latest === undefined || isBroken) return;
    const progress = latest;
    latest = undefined;
    savedAt = performance.now();
    await resume.save(errand, progress).catch((error: unknown) => {
      isBroken = true;
      complain(
        `${yellow('note')} how far it came cannot be kept: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }

  return {
    async keep(progress: CsvProgress | undefined) {
      latest = progress ?? latest;
      if (performance.now() - savedAt >= saveEveryMs) await save();
    },
    flush: save,
  };
}

function sizesOf(source: CsvSource) {
  return { readBytes: source.readBytes(), sizeBytes: source.sizeBytes };
}

/** Shows progress on standard error: a bar on a terminal, JSON lines with `--json`, nothing into a file. */
function createTeller(isJson: boolean): (progress: FileProgress) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const moment = performance.now();
    const isEnd = progress.readBytes === progress.sizeBytes;
    if (moment - toldAt < progressEveryMs && !isEnd) return;
    toldAt = moment;
    const { file, accepted, readBytes, sizeBytes, startedAt, startBytes } = progress;
    const elapsedS = (moment - startedAt) / 1000;
    const rate = Math.max(0, readBytes - startBytes) / Math.max(0.001, elapsedS);
    const remainingS = sizeBytes === undefined || rate === 0 ? undefined : Math.round((sizeBytes - readBytes) / rate);
    if (isJson) complain(JSON.stringify({ event: 'progress', file, accepted, readBytes, sizeBytes, remainingS }));
    else if (process.stderr.isTTY) {
      const share = sizeBytes === undefined || sizeBytes === 0 ? undefined : readBytes / sizeBytes;
      const bar =
        share === undefined
          ? ''
          : `${'█'.repeat(Math.round(share * barLength)).padEnd(barLength, '·')} ${Math.floor(share * 100)} % `;
      const eta = remainingS === undefined || isEnd ? '' : `, ${remainingS} s left`;
      process.stderr.write(`\r\u{1B}[K${bar}${dim(`${accepted.toLocaleString('en')} samples stored${eta}`)}`);
    }
  };
}

function report({ accepted, rejected, problems, isWhole }: CsvTally): void {
  say(`${green('stored')} ${accepted.toLocaleString('en')} samples`);
  if (!isWhole) complain(`${yellow('stopped')} the same command goes on from here`);
  if (rejected === 0) return;
  complain(`${yellow('rejected')} ${rejected.toLocaleString('en')}`);
  for (const { line, reason } of problems) complain(`  line ${line}: ${reason}`);
  if (rejected > problems.length) complain(`  and ${rejected - problems.length} more`);
}
