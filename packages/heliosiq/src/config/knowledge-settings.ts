import { z } from 'zod';
import { Structured } from './setting.ts';
import type { Setting } from './setting.ts';

const Name = z
  .string()
  .regex(/^[\w.-]+(?:\/[\w.-]+)*$/, 'use letters, digits, dots, dashes and slashes')
  .max(100);

/** A source of documents: a folder on this machine or a Git repository. */
const DocumentSource = z
  .strictObject({
    name: Name,
    folder: z.string().min(1).optional(),
    git: z.string().min(1).max(1000).optional(),
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
  .refine(({ folder, git }) => (folder === undefined) !== (git === undefined), 'give either folder or git');
export type DocumentSource = z.infer<typeof DocumentSource>;

/** Where documents come from besides people. */
export const knowledgeSettings = {
  knowledgeSources: {
    key: 'knowledge.sources',
    schema: Structured(z.array(DocumentSource).max(100), 'an array of {name, folder} or {name, git}')
      .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'give each source a name of its own')
      .default([]),
    placeholder: 'JSON',
    secret: true,
    help: 'Folders and Git repositories whose documents are kept as they are there: a list of {name, folder | git, branch, path, tags, everyS}.',
  },
} as const satisfies Record<string, Setting>;
