/** The thread that parses what others wrote with large libraries: PDF and DOCX. */

import { parentPort, workerData } from 'node:worker_threads';
import mammoth from 'mammoth';
import { extractText, getDocumentProxy } from 'unpdf';
import { unpacksAsSaid } from './zip-limits.ts';
import type { ZipDirectory } from './zip-limits.ts';

/** One file to parse. */
export type ParseJob =
  | { readonly kind: 'pdf'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'docx'; readonly bytes: Uint8Array<ArrayBuffer>; readonly directory: ZipDirectory };

/** Its text (or HTML to be read on), or why it was refused. */
export type ParseAnswer =
  | { readonly text: string; readonly html?: undefined }
  | { readonly html: string }
  | { readonly reason: string };

const PAGES_MAX = 3000;

const job = workerData as ParseJob; // given by source-file.ts, which starts this thread
const answer: ParseAnswer = job.kind === 'pdf' ? await readPdf(job.bytes) : await readDocx(job.bytes, job.directory);
parentPort?.postMessage(answer);

async function readPdf(bytes: Uint8Array<ArrayBuffer>): Promise<ParseAnswer> {
  try {
    const pdf = await getDocumentProxy(bytes);
    if (pdf.numPages > PAGES_MAX) return { reason: `it has ${pdf.numPages} pages, at most ${PAGES_MAX} are read` };
    const { text } = await extractText(pdf, { mergePages: false });
    const pages = text.map((page) => page.replace(/-\n(?=[a-z])/g, '').trim()).filter((page) => page !== '');
    if (pages.length === 0) return { reason: 'it holds no text, only pictures; run text recognition (OCR) first' };
    return { text: pages.join('\n\n') };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    return {
      reason: name === 'PasswordException' ? 'it is encrypted; remove its password first' : 'it is a broken PDF',
    };
  }
}

async function readDocx(bytes: Uint8Array<ArrayBuffer>, directory: ZipDirectory): Promise<ParseAnswer> {
  if (!unpacksAsSaid(bytes, directory)) return { reason: 'it unpacks to more than it says, or is damaged' };
  try {
    // Pictures are left out: their bytes are of no use to a search.
    const convertImage = mammoth.images.imgElement(() => Promise.resolve({ src: '' }));
    const { value } = await mammoth.convertToHtml({ buffer: Buffer.from(bytes) }, { convertImage });
    return { html: value };
  } catch {
    return { reason: 'it is a broken DOCX document' };
  }
}
