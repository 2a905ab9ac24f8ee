/** A file of any kind that is read, as Markdown or plain text: parsed in a thread with bounded memory and time. */

import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { accepted, rejected } from '@heliosiq/model';
import type { DocumentFormat, Outcome } from '@heliosiq/model';
import { canonicaliseText, DOCUMENT_LENGTH_MAX } from '../canonical-text.ts';
import { htmlToMarkdown } from './html-text.ts';
import { isOpenApi, openApiToMarkdown } from './openapi-text.ts';
import type { ParseAnswer, ParseJob } from './source-file-worker.ts';
import { readZipDirectory } from './zip-limits.ts';

/** What a file became. */
export interface SourceText {
  readonly format: DocumentFormat;
  readonly text: string;
  readonly title?: string;
}

/** The largest file that is read. */
export const FILE_BYTES_MAX = 50 * 2 ** 20;

/** Extensions that are read; what else is in a folder is passed over. */
export const SOURCE_EXTENSIONS = [
  '.md',
  '.markdown',
  '.txt',
  '.text',
  '.log',
  '.html',
  '.htm',
  '.pdf',
  '.docx',
  '.json',
  '.yaml',
  '.yml',
] as const;

const ZIP_LIMITS = { entriesMax: 5000, unpackedBytesMax: 200 * 2 ** 20 };
const PARSE_TIMEOUT_MS = 60_000;
const PARSE_MEMORY_MIB = 512;

/**
 * Reads a file by what it is, not by what it is called: PDF and DOCX by their first bytes, HTML and OpenAPI (JSON) by their
 * beginning, the rest as text, Markdown where the name says so.
 *
 * Refused with a sentence: too large, encrypted, broken, a bomb, binary, or without text. What documents say is text and
 * never an instruction.
 */
export async function readSourceFile(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Outcome<SourceText, string>> {
  if (bytes.length > FILE_BYTES_MAX) return rejected(`it is larger than ${FILE_BYTES_MAX / 2 ** 20} MiB`);
  const read = await parse(name, bytes);
  if (!read.ok) return read;
  const canonical = canonicaliseText(read.value.text.slice(0, DOCUMENT_LENGTH_MAX));
  return canonical.ok ? accepted({ ...read.value, text: canonical.value.text }) : rejected(canonical.reason.message);
}

async function parse(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Outcome<SourceText, string>> {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  if (start.includes('%PDF-')) return parseInThread({ kind: 'pdf', bytes });
  if (start.startsWith('PK')) {
    const directory = readZipDirectory(bytes, ZIP_LIMITS);
    if (!directory.ok) return directory;
    if (!directory.value.entries.some((entry) => entry.name === 'word/document.xml'))
      return rejected('it is a ZIP archive, but not a DOCX document');
    return parseInThread({ kind: 'docx', bytes, directory: directory.value });
  }
  if (start.startsWith('\u00d0\u00cf\u0011\u00e0')) {
    return rejected('it is an old Office file or an encrypted document; save it as DOCX or PDF without a password');
  }
  const decoded = canonicaliseText(bytes, FILE_BYTES_MAX);
  if (!decoded.ok) return rejected(decoded.reason.message);
  return accepted(readText(name, decoded.value.text));
}

function readText(name: string, text: string): SourceText {
  const extension = extname(name).toLowerCase();
  if (/^\s*(?:<!doctype html|<html[\s>])/i.test(text) || extension === '.html' || extension === '.htm') {
    const { title, markdown } = htmlToMarkdown(text);
    return { format: 'markdown', text: markdown, ...(title !== undefined && { title }) };
  }
  if (/^\s*\{/.test(text) && extension === '.json') {
    const value = parseJson(text);
    if (isOpenApi(value)) {
      const { title, markdown } = openApiToMarkdown(value);
      return { format: 'markdown', text: markdown, title };
    }
  }
  return { format: extension === '.md' || extension === '.markdown' ? 'markdown' : 'text', text };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function parseInThread(job: ParseJob): Promise<Outcome<SourceText, string>> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./source-file-worker.ts', import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: PARSE_MEMORY_MIB },
      stdout: true,
      stderr: true,
    });
    const end = (outcome: Outcome<SourceText, string>): void => {
      clearTimeout(timer);
      resolve(outcome);
      void worker.terminate();
    };
    const timer = setTimeout(
      () => end(rejected(`reading it took longer than ${PARSE_TIMEOUT_MS / 1000} s`)),
      PARSE_TIMEOUT_MS,
    );
    worker.once('message', (answer: ParseAnswer) => {
      if ('reason' in answer) return end(rejected(answer.reason));
      if (answer.html === undefined) return end(accepted({ format: 'text', text: answer.text }));
      const { markdown } = htmlToMarkdown(answer.html);
      end(accepted({ format: 'markdown', text: markdown }));
    });
    worker.once('error', (error) => {
      const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      end(
        rejected(isMemory ? `reading it takes more than ${PARSE_MEMORY_MIB} MiB` : 'it cannot be read: it is damaged'),
      );
    });
    worker.once('exit', () => end(rejected('it cannot be read: it is damaged')));
  });
}
