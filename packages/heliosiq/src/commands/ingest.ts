import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { HeliosError } from '@heliosiq/model';
import { parseCsvMapping, readCsvSignals } from '@heliosiq/ingest/csv-signals.ts';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { complain, green, say, sayJson, yellow } from './terminal.ts';

const samplesPerRequest = 5000;
const shownProblems = 10;

interface IngestFlags extends ClientFlags {
  readonly map: string;
}
