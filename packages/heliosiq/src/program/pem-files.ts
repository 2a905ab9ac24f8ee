import { readFile } from 'node:fs/promises';
import { HeliosError } from '@heliosiq/model';

/** Reads the files that are named, and leaves out those that are not. Rejects with `config-invalid`, naming the file. */
export async function pemTexts<Name extends string>(
  files: Readonly<Record<Name, string | undefined>>,
): Promise<Partial<Record<Name, string>>> {
  const texts: Partial<Record<Name, string>> = {};
  for (const [name, file] of Object.entries<string | undefined>(files)) {
    if (file === undefined) continue;
    // The cast holds: the entries are those of the record.
    texts[name as Name] = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new HeliosError('config-invalid', `the file ${file} cannot be read`, {
        cause,
        cure: 'check its path and its rights',
      });
    });
  }
  return texts;
}
