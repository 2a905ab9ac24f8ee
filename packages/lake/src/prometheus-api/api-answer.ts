import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ErrorCode, HeliosError } from '@heliosiq/model';
import type { DoorAnswer, QueryAnswer, ResultSeries } from '@heliosiq/ports';
import { sampleText } from '../promql/number-text.ts';

/** Told where a limit cut an answer. */
const cutWarning = 'results truncated due to limit';
const pieceCharactersMin = 64 * 1024;

/** `errorType` of the answers for faults; `bad_data` for the rest below 500. */
const errorTypes = new Map<ErrorCode, string>([
  ['unauthenticated', 'unauthorized'],
  ['forbidden', 'forbidden'],
  ['not-found', 'not_found'],
  ['unprocessable', 'execution'],
  ['rate-limited', 'unavailable'],
  ['unavailable', 'unavailable'],
  ['timeout', 'timeout'],
  ['internal', 'internal'],
]);

/** A fault in the form of the API; faults of the query name the parameter as Prometheus does. */
export function describeApiFault({ code, field, message }: HeliosError): DoorAnswer {
  const isOfParameter = code === 'invalid-request' && field !== undefined && !message.startsWith('invalid parameter');
  const error = isOfParameter ? `invalid parameter ${JSON.stringify(field)}: ${message}` : message;
  return json({ status: 'error', errorType: errorTypes.get(code) ?? 'bad_data', error }, 400);
}

/** A small answer. */
export function success(data: unknown, { isCut = false }: { readonly isCut?: boolean } = {}): DoorAnswer {
  return json({ status: 'success', data, ...(isCut && { warnings: [cutWarning] }) }, 200);
}

function json(body: unknown, status: number): DoorAnswer {
  return { status, mediaType: 'application/json', body: JSON.stringify(body) };
}

/** Results at `time`, in milliseconds since the epoch, in pieces. */
export function queryAnswer(
  answer: QueryAnswer,
  { time, seriesMax = Infinity }: { readonly time: number; readonly seriesMax?: number | undefined },
): DoorAnswer {
  return { status: 200, mediaType: 'application/json', pieces: inPieces(textsOf(answer, { time, seriesMax })) };
}

function* textsOf(
  { data, warnings, infos }: QueryAnswer,
  { time, seriesMax }: { readonly time: number; readonly seriesMax: number },
): Generator<string> {
  const atS = time / 1000;
  yield `{"status":"success","data":{"resultType":"${data.resultType}","result":`;
  let isCut = false;
  switch (data.resultType) {
    case 'scalar':
      yield JSON.stringify([atS, sampleText(data.result)]);
      break;
    case 'string':
      yield JSON.stringify([atS, data.result]);
      break;
    case 'vector': {
      isCut = data.result.length > seriesMax;
      let before = '[';
      for (const { metric, value } of data.result.slice(0, seriesMax)) {
        yield `${before}{"metric":${JSON.stringify(metric)},"value":[${atS},"${sampleText(value)}"]}`;
        before = ',';
      }
      yield before === '[' ? '[]' : ']';
      break;
    }
    case 'matrix': {
      isCut = data.result.length > seriesMax;
      let before = '[';
      for (const series of data.result.slice(0, seriesMax)) {
        yield `${before}{"metric":${JSON.stringify(series.metric)},"values":[`;
        yield* pointsOf(series);
        yield ']}';
        before = ',';
      }
      yield before === '[' ? '[]' : ']';
    }
  }
  yield '}';
  const allWarnings = isCut ? [...warnings, cutWarning] : warnings;
  if (allWarnings.length > 0) yield `,"warnings":${JSON.stringify(allWarnings)}`;
  if (infos.length > 0) yield `,"infos":${JSON.stringify(infos)}`;
  yield '}';
}

/** Points of a series, a thousand at a time. */
function* pointsOf({ times, values }: ResultSeries): Generator<string> {
  for (let from = 0; from < times.length; from += 1000) {
    let text = '';
    for (let index = from; index < Math.min(times.length, from + 1000); index += 1) {
      text += `${index === 0 ? '' : ','}[${(times[index] ?? 0) / 1000},"${sampleText(values[index] ?? 0)}"]`;
    }
    yield text;
  }
}

/** Texts joined to large pieces, with a turn of the event loop between them: no other request waits for a large answer. */
async function* inPieces(texts: Iterable<string>): AsyncGenerator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < pieceCharactersMin) continue;
    yield piece;
    piece = '';
    await nextTurn();
  }
  yield piece;
}
