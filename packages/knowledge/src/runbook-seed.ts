/** The runbooks that every tenant starts with, brought once and renewed only where nobody touched them. */

import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { HeliosError } from '@heliosiq/model';
import type { DocumentSummary, TenantId } from '@heliosiq/model';
import type { Library, StateStore } from '@heliosiq/ports';
import { canonicaliseText } from './canonical-text.ts';

export interface SeedResult {
  /** Runbooks stored now, new or in a new version. */
  readonly stored: number;
  /** Runbooks that were there in this version. */
  readonly unchanged: number;
  /** Runbooks left as somebody edited or removed them. */
  readonly kept: number;
}

interface SeedDependencies {
  readonly add: Library['add'];
  readonly summary: (source: string) => Promise<DocumentSummary | undefined>;
  readonly state: StateStore;
}

/** The runbooks in this package. */
export const SHIPPED_RUNBOOKS_FOLDER = new URL('../runbooks/', import.meta.url);

const SCOPE = 'knowledge-seed';

/** Brings the Markdown files of `folder` to a tenant as `runbook/<file>`; see `Knowledge.seed`. */
export async function seedRunbooks(
  deps: SeedDependencies,
  tenantId: TenantId,
  folder: string | URL,
): Promise<SeedResult> {
  const path = typeof folder === 'string' ? folder : fileURLToPath(folder);
  const files = (await readdir(path)).filter((name) => name.endsWith('.md')).sort();
  const sources = files.map((file) => `runbook/${file}`);
  const given = new Map(
    (await deps.state.get(tenantId, SCOPE, sources)).map(({ key, bytes }) => [key, new TextDecoder().decode(bytes)]),
  );
  let stored = 0;
  let unchanged = 0;
  let kept = 0;
  for (const [index, file] of files.entries()) {
    const source = sources[index] ?? file;
    const canonical = canonicaliseText(await readFile(join(path, file)));
    if (!canonical.ok) throw new HeliosError('internal', `runbook ${file}: ${canonical.reason.message}`);
    const { text, sha256 } = canonical.value;
    const present = await deps.summary(source);
    const givenBefore = given.get(source);
    if (givenBefore === sha256 || present?.sha256 === sha256) {
      if (present?.sha256 === sha256) unchanged += 1;
      else kept += 1;
    } else if (givenBefore === undefined ? present === undefined : present?.sha256 === givenBefore) {
      await deps.add(tenantId, { source, format: 'markdown', text });
      stored += 1;
    } else {
      kept += 1;
    }
    // Written after the document: a crash in between seeds the same version again, which changes nothing.
    if (givenBefore !== sha256) {
      await deps.state.put(tenantId, SCOPE, [{ key: source, bytes: new TextEncoder().encode(sha256) }]);
    }
  }
  return { stored, unchanged, kept };
}
