import { readFile, readdir, stat } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { DocumentId, HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { bold, dim, say, sayJson, table, wrap } from './terminal.ts';

const formats: Readonly<Record<string, 'markdown' | 'text'>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.txt': 'text',
};

/** `heliosiq knowledge add|list|search|rm`. */
export function addKnowledgeCommands(program: Command): void {
  const knowledge = program.command('knowledge').description('runbooks and other documents: add, list, search, remove');

  withClientOptions(
    knowledge.command('add').description('add Markdown and text files, or folders of them').argument('<path...>'),
  ).action(async (paths: string[], flags: ClientFlags) => {
    const client = clientOf(flags);
    const results = [];
    for (const path of paths) {
      for (const file of await documentsIn(path)) {
        const format = formats[extname(file)] ?? 'text';
        const text = await readFile(file, 'utf8');
        const source = relative(process.cwd(), file).replaceAll('\\', '/');
        const added = await client.call('addDocument', { body: { source, format, text } });
        results.push(added);
        if (flags.json !== true)
          say(`${added.outcome.padEnd(9)} ${added.document.title} ${dim(`(${added.document.passages} passages)`)}`);
      }
    }
    if (flags.json === true) sayJson({ documents: results });
  });

  withClientOptions(knowledge.command('list').description('the documents')).action(async (flags: ClientFlags) => {
    const result = await clientOf(flags).call('listDocuments', { query: {} });
    if (flags.json === true) return sayJson(result);
    say(table([['ID', 'TITLE', 'SOURCE'], ...result.documents.map((each) => [each.id, each.title, each.source])]));
  });

  withClientOptions(
    knowledge.command('search').description('passages that answer a query').argument('<query...>'),
  ).action(async (words: string[], flags: ClientFlags) => {
    const result = await clientOf(flags).call('search', { query: { q: words.join(' '), limit: '5' } });
    if (flags.json === true) return sayJson(result);
    if (result.passages.length === 0) return say('Nothing found.');
    for (const { passage, title } of result.passages) {
      say(`${bold(title)} ${dim(passage.headings.join(' › '))}`);
      say(`${wrap(passage.text.slice(0, 400), 94, '  ')}\n`);
    }
  });

  withClientOptions(knowledge.command('rm').description('remove a document').argument('<id>')).action(
    async (id: string, flags: ClientFlags) => {
      await clientOf(flags).call('removeDocument', { params: { id: DocumentId.parse(id) } });
      if (flags.json === true) return sayJson({ removed: id });
      say(`removed ${id}`);
    },
  );
}

async function documentsIn(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new HeliosError('not-found', `${path} cannot be read`, { cause, cure: 'check the path' });
  });
  if (info.isFile()) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => extname(name) in formats)
    .toSorted()
    .map((name) => join(path, name));
}
