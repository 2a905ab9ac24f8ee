import { readFile, readdir, stat } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { FILE_BYTES_MAX, readSourceFile, SOURCE_EXTENSIONS } from '@heliosiq/knowledge/sources/source-file.ts';
import { DocumentId, HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { addAnswerRatingCommands } from './answer-ratings.ts';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { bold, complain, dim, red, say, sayJson, table, wrap, yellow } from './terminal.ts';

interface AddFlags extends ClientFlags {
  readonly tag?: readonly string[];
}

interface SearchFlags extends ClientFlags {
  readonly mode: string;
  readonly limit: string;
  readonly tag?: readonly string[];
  readonly class?: string;
  readonly product?: string;
  readonly firmware?: string;
  readonly all?: boolean;
  readonly why?: boolean;
}

/** `heliosiq knowledge add|sync|list|search|why|rm|rate|ratings`. */
export function addKnowledgeCommands(program: Command): void {
  const knowledge = program
    .command('knowledge')
    .description('runbooks and other documents: add, sync, list, search, explain, remove');

  withClientOptions(
    knowledge
      .command('add')
      .description('add Markdown, text, HTML, PDF, DOCX and OpenAPI (JSON) files, or folders of them')
      .argument('<path...>'),
  )
    .option('--tag <tag...>', 'tags for all of them, such as product:px-9 or version:2.3.x')
    .action(async (paths: string[], flags: AddFlags) => {
      const files = (await Promise.all(paths.map(documentsIn))).flat();
      await addFiles(files, flags);
    });

  withClientOptions(
    knowledge
      .command('sync')
      .description('make the documents of a folder what the folder is now: add, replace, and remove what is gone')
      .argument('<folder>'),
  )
    .option('--tag <tag...>', 'tags for all of them')
    .action(async (folder: string, flags: AddFlags) => {
      const files = await documentsIn(folder);
      const known = await clientOf(flags).call('listDocuments', { query: { limit: '10000' } });
      const prefix = `${sourceOf(folder)}/`;
      const present = new Set(files.map(sourceOf));
      const gone = known.documents.filter(({ source }) => source.startsWith(prefix) && !present.has(source));
      await addFiles(files, flags, gone);
    });

  withClientOptions(knowledge.command('list').description('the documents')).action(async (flags: ClientFlags) => {
    const result = await clientOf(flags).call('listDocuments', { query: {} });
    if (flags.json === true) return sayJson(result);
    say(table([['ID', 'TITLE', 'SOURCE'], ...result.documents.map((each) => [each.id, each.title, each.source])]));
  });

  withClientOptions(knowledge.command('search').description('passages that answer a query').argument('<query...>'))
    .option('--mode <mode>', 'lexical, dense or hybrid', 'hybrid')
    .option('--limit <n>', 'passages at most', '5')
    .option('--tag <tag...>', 'only documents with one of these tags')
    .option('--class <name>', 'the class of the asset in question')
    .option('--product <name>', 'its product')
    .option('--firmware <version>', 'the version that it runs: documents for others are left out')
    .option('--all', 'show what does not apply as well, with the reason')
    .option('--why', 'show what each score is made of')
    .action(async (words: string[], flags: SearchFlags) => {
      const result = await clientOf(flags).call('searchPassages', { body: searchBodyOf(words.join(' '), flags) });
      if (flags.json === true) return sayJson(result);
      if (result.passages.length === 0) return say('Nothing found.');
      for (const { passage, title, validity, why } of result.passages) {
        say(`${bold(title)} ${dim(passage.headings.join(' › '))}`);
        if (validity.applies !== 'yes') {
          say(yellow(`  ${applyWords(validity.applies)}: ${validity.reasons.join('; ')}`));
        }
        if (why !== undefined) say(dim(`  ${whyWords(why)}`));
        say(`${wrap(passage.text.slice(0, 400), 94, '  ')}\n`);
      }
    });

  withClientOptions(
    knowledge
      .command('why')
      .description(
        'why a document is found for a query, or is not: its place, what its score is made of, what rules it out',
      )
      .argument('<document>', 'its source, title or id, or a part of them')
      .argument('<query...>'),
  )
    .option('--mode <mode>', 'lexical, dense or hybrid', 'hybrid')
    .option('--class <name>', 'the class of the asset in question')
    .option('--product <name>', 'its product')
    .option('--firmware <version>', 'the version that it runs')
    .action(async (document: string, words: string[], flags: Omit<SearchFlags, 'limit'>) => {
      const q = words.join(' ');
      const body = { ...searchBodyOf(q, { ...flags, limit: '100', all: true, why: true }), sentences: 3 };
      const { passages } = await clientOf(flags).call('searchPassages', { body });
      const meant = document.toLowerCase();
      const found = passages.flatMap((each, at) => {
        const names = [each.source, each.title, each.passage.documentId].map((name) => name.toLowerCase());
        return names.some((name) => name.includes(meant)) ? [{ ...each, place: at + 1 }] : [];
      });
      if (flags.json === true) return sayJson({ query: q, passages: found });
      if (found.length === 0) {
        return say(`No passage of "${document}" is among the best 100: it shares no word with the query, or too few.`);
      }
      for (const { place, score, title, passage, validity, why, sentences } of found) {
        say(`${bold(`place ${place}`)} ${title} ${dim(passage.headings.slice(1).join(' › '))}`);
        say(`  score ${score.toFixed(3)}${why === undefined ? '' : `: ${whyWords(why)}`}`);
        const holds =
          validity.applies === 'yes' ? 'it holds' : `${applyWords(validity.applies)}: ${validity.reasons.join('; ')}`;
        say(`  ${validity.applies === 'yes' ? holds : yellow(holds)}`);
        for (const sentence of sentences ?? []) {
          say(dim(wrap(`${Math.round(sentence.share * 100)}%  ${sentence.text}`, 94, '  ')));
        }
      }
    });

  withClientOptions(knowledge.command('rm').description('remove a document').argument('<id>')).action(
    async (id: string, flags: ClientFlags) => {
      await clientOf(flags).call('removeDocument', { params: { id: DocumentId.parse(id) } });
      if (flags.json === true) return sayJson({ removed: id });
      say(`removed ${id}`);
    },
  );

  addAnswerRatingCommands(knowledge);
}

function applyWords(applies: 'yes' | 'no' | 'unknown'): string {
  return applies === 'no' ? 'does not apply' : 'may not apply';
}

function searchBodyOf(q: string, flags: SearchFlags) {
  const { class: assetClass, product, firmware } = flags;
  const asset = {
    ...(assetClass !== undefined && { class: assetClass }),
    ...(product !== undefined && { product }),
    ...(firmware !== undefined && { version: firmware }),
  };
  return {
    q,
    limit: Number(flags.limit),
    // The server says which modes there are.
    mode: flags.mode as 'lexical' | 'dense' | 'hybrid',
    ...(flags.tag && { tags: [...flags.tag] }),
    ...(Object.keys(asset).length > 0 && { asset }),
    showAll: flags.all === true,
    explain: flags.why === true,
  };
}

function whyWords(why: {
  coverage: number;
  lexical?: number | undefined;
  dense?: number | undefined;
  proximity?: number | undefined;
  headings?: number | undefined;
  reranked?: number | undefined;
  notReranked?: string | undefined;
  staleness: number;
  distrust?: number | undefined;
}): string {
  const parts = [`${Math.round(why.coverage * 100)}% of the question`];
  if (why.lexical !== undefined) parts.push(`words ${why.lexical.toFixed(2)}`);
  if (why.dense !== undefined) parts.push(`meaning ${why.dense.toFixed(2)}`);
  if (why.proximity !== undefined) parts.push(`nearness ${why.proximity.toFixed(2)}`);
  if (why.headings !== undefined) parts.push(`headings ${why.headings.toFixed(2)}`);
  if (why.reranked !== undefined) parts.push(`model ${why.reranked.toFixed(2)}`);
  if (why.notReranked !== undefined) parts.push(`not reranked (${why.notReranked})`);
  if (why.staleness > 0.01) parts.push(`old by ${Math.round(why.staleness * 100)}%`);
  if (why.distrust !== undefined) parts.push(`distrusted by ${Math.round(why.distrust * 100)}%`);
  return parts.join(', ');
}

/** Sends files one after the other, then removes what is gone; a file that is refused is told and the rest goes on. */
async function addFiles(
  files: readonly string[],
  flags: AddFlags,
  gone: readonly { readonly id: DocumentId; readonly source: string }[] = [],
): Promise<void> {
  const client = clientOf(flags);
  const documents = [];
  const refused: { readonly source: string; readonly reason: string }[] = [];
  for (const file of files) {
    const source = sourceOf(file);
    const { size } = await stat(file);
    const read =
      size > FILE_BYTES_MAX
        ? { ok: false as const, reason: `it is larger than ${FILE_BYTES_MAX / 2 ** 20} MiB` }
        : await readSourceFile(file, new Uint8Array(await readFile(file)));
    if (!read.ok) {
      refused.push({ source, reason: read.reason });
      if (flags.json !== true) complain(`${red('refused')}   ${source}: ${read.reason}`);
      continue;
    }
    const body = { source, ...read.value, ...(flags.tag && { tags: [...flags.tag] }) };
    const added = await client.call('addDocument', { body });
    documents.push(added);
    if (flags.json !== true)
      say(`${added.outcome.padEnd(9)} ${added.document.title} ${dim(`(${added.document.passages} passages)`)}`);
  }
  for (const { id, source } of gone) {
    await client.call('removeDocument', { params: { id } });
    if (flags.json !== true) say(`removed   ${source}`);
  }
  if (flags.json === true) sayJson({ documents, refused, removed: gone.map(({ source }) => source) });
  if (refused.length > 0) process.exitCode = 2;
}

/** A file's name among documents: its path from here, the same on every system. */
function sourceOf(file: string): string {
  return relative(process.cwd(), file).replaceAll('\\', '/');
}

async function documentsIn(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new HeliosError('not-found', `${path} cannot be read`, { cause, cure: 'check the path' });
  });
  if (info.isFile()) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => SOURCE_EXTENSIONS.some((extension) => extension === extname(name).toLowerCase()))
    .toSorted()
    .map((name) => join(path, name));
}
