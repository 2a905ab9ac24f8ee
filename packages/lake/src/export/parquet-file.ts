import { setImmediate as nextTurn } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import type { SeriesPoints } from '@heliosiq/ports';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ColumnSource, SchemaElement } from 'hyparquet-writer';
import { firstColumns, labelPrefix } from './export-columns.ts';
import type { LabelNames } from './export-columns.ts';

/** Rows of one group: few, because a group is encoded in one go while others wait. */
const groupRowsMax = 10_000;

/** Rows of a group as columns; texts are looked up per series and not per sample. */
interface RowGroup {
  readonly times: Date[];
  readonly values: number[];
  readonly texts: (string | undefined)[][];
}

/**
 * Samples as Parquet (https://parquet.apache.org/docs/file-format/): `time` in UTC milliseconds, `value` a double, texts
 * in dictionaries, absent units and labels null; Zstandard.
 */
export async function* parquetFile(
  parts: AsyncIterable<SeriesPoints>,
  labelNames: LabelNames,
): AsyncGenerator<Uint8Array, void, undefined> {
  const textNames = ['asset', 'metric', 'unit', ...labelNames.map((name) => `${labelPrefix}${name}`)];
  const bytes = new ByteWriter(64 * 1024);
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(labelNames),
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstdCompressSync(input) },
    createdBy: 'heliosiq',
  });
  let group = emptyGroup(textNames.length);

  /** What was written since the last call; the writer goes on counting its offset. */
  function taken(): Uint8Array {
    const piece = Uint8Array.from(bytes.getBytes());
    bytes.index = 0;
    return piece;
  }

  async function write(): Promise<Uint8Array> {
    const columnData = columnsOf(group, textNames);
    await writer.write({ columnData, rowGroupSize: groupRowsMax });
    group = emptyGroup(textNames.length);
    await nextTurn();
    return taken();
  }

  for await (const { series, times, values } of parts) {
    const { asset, metric, unit, labels } = series;
    const texts = [asset, metric, unit, ...labelNames.map((name) => labels[name])];
    for (let index = 0; index < times.length; index += 1) {
      group.times.push(new Date(times[index] ?? 0));
      group.values.push(values[index] ?? Number.NaN);
      for (const [column, text] of texts.entries()) group.texts[column]?.push(text);
      if (group.times.length >= groupRowsMax) yield await write();
    }
  }
  if (group.times.length > 0) yield await write();
  await writer.finish();
  yield taken();
}

function emptyGroup(textColumns: number): RowGroup {
  return { times: [], values: [], texts: Array.from({ length: textColumns }, () => []) };
}

/** In the order of `firstColumns`, then the labels. */
function columnsOf({ times, values, texts }: RowGroup, textNames: readonly string[]): ColumnSource[] {
  const options = { offsetIndex: false } as const;
  const [asset, metric, unit, ...labels] = textNames.map((name, index) => ({
    name,
    data: texts[index] ?? [],
    ...options,
  }));
  const fixed = [
    { name: 'time', data: times, ...options },
    asset,
    metric,
    unit,
    { name: 'value', data: values, ...options },
  ];
  return [...fixed.filter((column) => column !== undefined), ...labels];
}

function schemaOf(labelNames: LabelNames): SchemaElement[] {
  const text = (name: string, isRequired: boolean): SchemaElement => ({
    name,
    type: 'BYTE_ARRAY',
    converted_type: 'UTF8',
    repetition_type: isRequired ? 'REQUIRED' : 'OPTIONAL',
  });
  return [
    { name: 'root', num_children: firstColumns.length + labelNames.length },
    { name: 'time', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'REQUIRED' },
    text('asset', true),
    text('metric', true),
    text('unit', false),
    { name: 'value', type: 'DOUBLE', repetition_type: 'REQUIRED' },
    ...labelNames.map((name) => text(`${labelPrefix}${name}`, false)),
  ];
}
