/** A series of a matrix, its labels as JSON gave them: times in milliseconds since the epoch. */
export interface MatrixSeries {
  readonly metric: unknown;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

const [quote, comma, point, minus, open, close, brace, zero] = Buffer.from('",.-[]}0');
/** Decimal texts of so few digits are exact as a whole number, and right when that is divided by a power of ten. */
const exactDigits = 15;
const powersOfTen = Float64Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/**
 * Reads an answer of the query API that is a matrix straight from its bytes: an array of two values for each of some hundred
 * thousand samples would block the process for long. Undefined for what is not written as servers write it, which is then for
 * the general parser.
 */
export function readMatrix(body: Buffer): readonly MatrixSeries[] | undefined {
  const resultAt = body.indexOf('"result":[');
  if (!body.subarray(0, 20).includes('"success"') || resultAt < 0) return undefined;
  const reader = { body, at: resultAt + '"result":['.length };
  const found: MatrixSeries[] = [];
  while (body[reader.at] !== close) {
    const series = readSeries(reader);
    if (series === undefined) return undefined;
    found.push(series);
    if (body[reader.at] === comma) reader.at += 1;
  }
  return found;
}

interface Reader {
  readonly body: Buffer;
  at: number;
}

function readSeries(reader: Reader): MatrixSeries | undefined {
  const { body } = reader;
  const metricAt = reader.at + '{"metric":'.length;
  if (body.toString('latin1', reader.at, metricAt) !== '{"metric":') return undefined;
  // Within a text the quotes would have backslashes.
  const metricEnd = body.indexOf(',"values":[', metricAt);
  if (metricEnd < 0) return undefined;
  const metric = parsedOrUndefined(body.toString('utf8', metricAt, metricEnd));
  if (metric === undefined) return undefined;
  reader.at = metricEnd + ',"values":['.length;
  let times = new Float64Array(1024);
  let values = new Float64Array(1024);
  let count = 0;
  while (body[reader.at] !== close) {
    if (body[reader.at++] !== open) return undefined;
    const timeS = readNumber(reader, comma);
    if (body[reader.at++] !== quote) return undefined;
    const value = readNumber(reader, quote);
    if (body[reader.at++] !== close || timeS === undefined || value === undefined) return undefined;
    if (body[reader.at] === comma) reader.at += 1;
    if (count === times.length) {
      times = enlarged(times);
      values = enlarged(values);
    }
    times[count] = Math.round(timeS * 1000);
    values[count] = value;
    count += 1;
  }
  reader.at += 1;
  if (body[reader.at++] !== brace) return undefined;
  return { metric, times: times.slice(0, count), values: values.slice(0, count) };
}

/** Reads a number up to a byte, and goes behind it; undefined for what is none. */
function readNumber(reader: Reader, until: number | undefined): number | undefined {
  const { body } = reader;
  const from = reader.at;
  const isNegative = body[from] === minus;
  let digits = 0;
  let decimals = -1;
  let whole = 0;
  for (let at = isNegative ? from + 1 : from; ; at += 1) {
    const byte = body[at];
    if (byte === until && digits > 0 && digits <= exactDigits) {
      reader.at = at + 1;
      const size = decimals <= 0 ? whole : whole / (powersOfTen[decimals] ?? Number.NaN);
      return isNegative ? -size : size;
    }
    const digit = (byte ?? 0) - (zero ?? 0);
    if (digit >= 0 && digit <= 9) {
      whole = whole * 10 + digit;
      digits += 1;
      if (decimals >= 0) decimals += 1;
    } else if (byte === point && decimals < 0) decimals = 0;
    else break;
    if (digits > exactDigits) break;
  }
  return readLongNumber(reader, from, until);
}

/** Long and scientific ones, and those that are no finite numbers. */
function readLongNumber(reader: Reader, from: number, until: number | undefined): number | undefined {
  const end = until === undefined ? -1 : reader.body.indexOf(until, from);
  if (end < 0 || end - from > 1000) return undefined;
  reader.at = end + 1;
  const text = reader.body.toString('latin1', from, end);
  if (text === 'NaN') return Number.NaN;
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}

function enlarged(numbers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
