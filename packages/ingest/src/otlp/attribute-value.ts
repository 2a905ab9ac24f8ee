/** A value of OTLP's `AnyValue`: bytes are base64, whole numbers beyond 2^53 are text. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue };

/** Attributes by name; of two of one name the later. */
export type Attributes = ReadonlyMap<string, AttributeValue>;

/** Levels of lists and maps within a value. */
export const valueDepthMax = 16;

/** A value as the text of a label or of a log's body: lists and maps are JSON. */
export function attributeText(value: AttributeValue | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
}

/** A whole number of 64 bits: text where a double would not be exact. */
export function wholeValue(value: bigint): number | string {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
}
