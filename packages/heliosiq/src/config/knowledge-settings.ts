import { z } from 'zod';
import { Structured, Url } from './setting.ts';
import type { Setting } from './setting.ts';

const Name = z
  .string()
  .regex(/^[\w.-]+(?:\/[\w.-]+)*$/, 'use letters, digits, dots, dashes and slashes')
  .max(100);

/** A source of documents: a folder on this machine, a Git repository, or listings on the web. */
const DocumentSource = z
  .strictObject({
    name: Name,
    folder: z.string().min(1).optional(),
    git: z.string().min(1).max(1000).optional(),
    /** An index page, a sitemap, or a list of addresses. */
    web: Url('http', 'https').optional(),
    /** Also fetches from private networks. */
    allowPrivate: z.boolean().optional(),
    branch: z
      .string()
      .regex(/^[\w./-]+$/, 'give the name of a branch')
      .max(200)
      .optional(),
    /** A folder inside the repository. */
    path: z
      .string()
      .max(500)
      .refine((path) => !path.split('/').includes('..') && !path.startsWith('/'), 'stay inside the repository')
      .optional(),
    tags: z.array(z.string().min(1).max(100)).max(50).optional(),
    everyS: z.number().int().min(1).max(86_400).optional(),
  })
  .refine(
    ({ folder, git, web }) => [folder, git, web].filter((place) => place !== undefined).length === 1,
    'give one of folder, git and web',
  );
export type DocumentSource = z.infer<typeof DocumentSource>;

/** Where documents come from besides people. */
export const knowledgeSettings = {
  knowledgeSources: {
    key: 'knowledge.sources',
    schema: Structured(z.array(DocumentSource).max(100), 'an array of {name, folder}, {name, git} or {name, web}')
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'give each source a name of its own')
      .default([]),
    placeholder: 'JSON',
    secret: true,
    help: 'Folders, Git repositories and folders on the web whose documents are kept as they are there: a list of {name, folder | git, branch, path | web, allowPrivate, tags, everyS}.',
  },
  knowledgeIndex: {
    key: 'knowledge.index',
    schema: z.enum(['local', 'pgvector'], 'give local or pgvector').default('local'),
    placeholder: 'NAME',
    help: 'Where passages are searched: local, in each process, or pgvector, in a PostgreSQL with that extension that several programs share.',
  },
  knowledgeIndexUrl: {
    key: 'knowledge.index-url',
    schema: Url('postgres', 'postgresql').optional(),
    placeholder: 'URL',
    secret: true,
    help: 'The PostgreSQL with pgvector 0.8 or newer. Default: database.url.',
  },
} as const satisfies Record<string, Setting>;
