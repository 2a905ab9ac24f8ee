import { readFile } from 'node:fs/promises';
import { HeliosError } from '@heliosiq/model';
import { z } from 'zod';

/** A question with what a good answer says, or one that the documents do not answer. */
const AnswerCase = z.union([
  z.strictObject({
    question: z.string().min(1).max(2000),
    /** Words that must stand in the answer. */
    facts: z.array(z.string().min(1)).min(1).max(10),
    /** The document that must be cited. */
    source: z.string().min(1),
  }),
  z.strictObject({ question: z.string().min(1).max(2000), known: z.literal(false) }),
]);
export type AnswerCase = z.infer<typeof AnswerCase>;

/** Reads a set of questions, one JSON object a line. Rejects with the file and line that are wrong. */
export async function readAnswerSet(path: string | URL): Promise<readonly AnswerCase[]> {
  const name = String(path);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HeliosError('not-found', `${name}: cannot be read`, {
      cause,
      cure: 'give the file of questions with --set',
    });
  });
  const cases: AnswerCase[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = AnswerCase.safeParse(parseJson(line));
    if (!parsed.success) {
      throw new HeliosError('invalid-request', `${name}: line ${at + 1} is no question with facts and source`, {
        cure: 'write {"question", "facts", "source"}, or {"question", "known": false}',
      });
    }
    cases.push(parsed.data);
  }
  if (cases.length === 0) throw new HeliosError('invalid-request', `${name}: holds no question`);
  return cases;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
