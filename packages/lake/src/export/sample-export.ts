import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { ExportQuestion, SampleExport, SeriesPoints, SeriesStore, SeriesSummary } from '@heliosiq/ports';
import { selectionOf } from '../catalogue/selection.ts';
import type { Selection } from '../catalogue/selection.ts';
import { csvFile } from './csv-file.ts';
import { fits } from './export-columns.ts';
import { readParts } from './series-parts.ts';

const pageSeriesMax = 2000;
const labelNamesMax = 500;
/** Times farther from 1970 than this are no dates (ECMA-262, section 21.4.1.1). */
const dateMax = 8.64e15;

/** Exports samples page by page: a look over the catalogue finds the columns, a second one reads the samples. */
export function createSampleExport({ series }: { readonly series: SeriesStore }): SampleExport {
  async function labelNamesOf(
    tenantId: TenantId,
    { filter, isMeant }: Selection,
    { range, signal }: ExportQuestion,
  ): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for await (const page of series.scan(tenantId, filter, range, { pageMax: pageSeriesMax })) {
      signal?.throwIfAborted();
      for (const { series: ref } of page) if (isMeant(ref)) for (const name in ref.labels) names.add(name);
      if (names.size > labelNamesMax) throw tooManyLabels();
    }
    return names;
  }

  async function* partsOf(
    tenantId: TenantId,
    { range, signal }: ExportQuestion,
    choice: { readonly selection: Selection; readonly labelNames: ReadonlySet<string> },
  ): AsyncGenerator<SeriesPoints, void, undefined> {
    const { selection, labelNames } = choice;
    const isWanted = ({ series: ref }: SeriesSummary): boolean => selection.isMeant(ref) && fits(ref, labelNames);
    for await (const page of series.scan(tenantId, selection.filter, range, { pageMax: pageSeriesMax })) {
      const wanted = page.filter(isWanted);
      yield* readParts(series, tenantId, { page: wanted, range, ...(signal !== undefined && { signal }) });
    }
  }

  return {
    async open(tenantId, question) {
      checkRange(question);
      const selection = selectionOf(question.match);
      const labelNames = await labelNamesOf(tenantId, selection, question);
      const parts = partsOf(tenantId, question, { selection, labelNames });
      const columns = [...labelNames].sort();
      if (question.format === 'csv') return csvFile(parts, columns);
      // Few programs ever write Parquet: its library is loaded by the first.
      const { parquetFile } = await import('./parquet-file.ts');
      return parquetFile(parts, columns);
    },
  };
}

function checkRange({ range: { from, to } }: ExportQuestion): void {
  if (from < to && Math.abs(from) <= dateMax && Math.abs(to) <= dateMax) return;
  throw new HeliosError('invalid-request', 'The range ends before it begins, or is no time', {
    field: 'to',
    cure: 'Give from < to',
  });
}

function tooManyLabels(): HeliosError {
  return new HeliosError('invalid-request', `The series have more than ${labelNamesMax} different labels`, {
    field: 'match',
    cure: 'Name a metric or labels, so that fewer series match',
  });
}
