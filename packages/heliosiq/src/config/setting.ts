import { z } from 'zod';

/** One thing that can be set: on the command line, by an environment variable, or in `heliosiq.yaml`. */
export interface Setting {
  /** Dotted key of the file; flag and variable follow from it: `log.level`, `--log-level`, `HELIOS_LOG_LEVEL`. */
  readonly key: string;
  readonly schema: z.ZodType;
  readonly help: string;
  /** What the value looks like in `--help`. */
  readonly placeholder: string;
  /** Never printed. */
  readonly secret?: boolean;
  /** Variables of other tools that give the value as well, weaker than the program's own. */
  readonly alsoFrom?: readonly string[];
}

export const Text = z.string().trim().min(1, 'must not be empty');

/** A whole number, also as text. */
export const Whole = (min: number, max: number) =>
  z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], `give a whole number from ${min} to ${max}`)
    .refine(
      (value) => Number.isInteger(value) && value >= min && value <= max,
      `give a whole number from ${min} to ${max}`,
    );

export const Url = (...protocols: readonly string[]) =>
  Text.refine(
    (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1)),
    `give a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
  );

export const YesNo = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')],
  'give true or false',
);

/** A port to listen on; 0 takes a free one, `off` opens none. */
export const PortOrOff = z.union(
  [z.enum(['off']), z.literal(false).transform((): 'off' => 'off'), Whole(0, 65_535)],
  'give a port from 0 to 65535, or off',
);

/** Names parted by commas, or a list in the file. */
export const Names = z
  .union([z.array(Text), Text.transform((text) => text.split(',').map((name) => name.trim()))])
  .pipe(z.array(Text).min(1, 'name at least one'));

/** A list or a table: YAML in the file, JSON elsewhere. */
export function Structured<Schema extends z.ZodType>(schema: Schema, shape: string) {
  return z
    .unknown()
    .transform((value, context) => (typeof value === 'string' ? parseJson(value, shape, context) : value))
    .pipe(schema);
}

function parseJson(text: string, shape: string, context: z.core.$RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: `give JSON: ${shape}` });
    return z.NEVER;
  }
}
