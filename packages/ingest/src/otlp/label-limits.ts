import { storableText } from '@heliosiq/model/storable-text.ts';

/** What the model takes of labels. */
export const labelsMax = 64;
export const labelNameLengthMax = 128;
export const labelValueLengthMax = 1024;

/** Text that every store can keep, at most so long; what is cut ends in an ellipsis. */
export function boundedText(text: string, lengthMax: number): string {
  // A cut may go through a pair of surrogates, so it comes first.
  return storableText(text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`);
}
