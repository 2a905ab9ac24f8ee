import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { Principal } from '@heliosiq/model';
import type { RuleDesk, Service } from '@heliosiq/ports';
import type { RoleContext } from './role-context.ts';

const everyMs = 10_000;
const fileBytesMax = 2 ** 20;
const yamlName = /\.ya?ml$/i;
/** Who gave the files that stand in the configuration. */
const actor = 'file';

/**
 * Keeps the first tenant's rules as the files of the setting `rules.files` have them: what changes there is taken over, what is no
 * more is removed, and a file that cannot be read leaves the rules as they were.
 */
export function createRuleFiles({
  config,
  logger,
  desk,
}: Pick<RoleContext, 'config' | 'logger'> & { readonly desk: RuleDesk }): readonly Service[] {
  const places = config.ruleFiles;
  const principal: Principal = { tenantId: config.tenant, actor, role: 'admin' };
  /** What each file said when it was last taken or refused. */
  const seen = new Map<string, string>();

  async function takeOver(file: string): Promise<void> {
    const { size } = await stat(file);
    if (size > fileBytesMax) throw new HeliosError('invalid-request', `${basename(file)} is larger than 1 MiB`);
    const text = await readFile(file, 'utf8');
    if (seen.get(file) === text) return;
    try {
      await desk.put(principal, { name: basename(file), text });
      logger.info({ file: basename(file) }, 'rules taken over');
    } catch (error) {
      if (!(error instanceof HeliosError) || error.code !== 'invalid-request') throw error;
      logger.error({ file: basename(file), reason: error.message }, 'rules refused; what was there before stays');
    }
    seen.set(file, text);
  }

  async function round(): Promise<void> {
    const files = (await Promise.all(places.map(filesAt))).flat();
    const names = new Set(files.map((file) => basename(file)));
    if (names.size < files.length) throw new HeliosError('invalid-request', 'two files of rules have the same name');
    for (const file of files) await takeOver(file);
    for (const { name, updatedBy } of await desk.files(config.tenant)) {
      if (updatedBy !== actor || names.has(name)) continue;
      await desk.remove(config.tenant, name);
      logger.info({ file: name }, 'rules removed with their file');
    }
  }

  return [
    {
      name: 'rule-files',
      async run(signal) {
        while (!signal.aborted) {
          try {
            await round();
          } catch (error) {
            logger.warn(
              { reason: error instanceof Error ? error.message : String(error) },
              'files of rules cannot be read',
            );
          }
          // A service that ends by itself would end the program.
          if (places.length === 0 && !signal.aborted) await once(signal, 'abort');
          await setTimeout(everyMs, undefined, { signal, ref: false }).catch(() => undefined); // the loop sees it
        }
      },
    },
  ];
}

/** The file, or the YAML files of the folder. */
async function filesAt(place: string): Promise<readonly string[]> {
  const path = resolve(place);
  const found = await stat(path);
  if (found.isDirectory()) {
    const names = (await readdir(path)).filter((name) => yamlName.test(name)).sort();
    return names.map((name) => join(path, name));
  }
  return [path];
}
