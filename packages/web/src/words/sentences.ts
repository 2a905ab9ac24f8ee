import { shortNumber } from './numbers.ts';
import { moment } from './times.ts';
import { unitWord } from './units.ts';

const number = String.raw`(?<![\w.:-])(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
const secondsRange = new RegExp(`${number} to (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?) s(?![\\w/])`, 'g');
const seconds = new RegExp(`${number} s(?![\\w/])`, 'g');
const tiny = new RegExp(`${number}(?= |%|\\))`, 'g');
const isoTime = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z/g;

/**
 * A sentence of the server as people write it: units in words, small seconds in milliseconds, times in the reader's
 * zone. The numbers stay the same numbers; applying it twice changes nothing.
 */
export function readable(text: string): string {
  return text
    .replace(isoTime, (time) => moment(Date.parse(time)))
    .replace(tiny, (seen, value: string) => (/e-\d\d$/.test(value) ? shortNumber(Number(value)) : seen))
    .replace(secondsRange, (seen, from: string, to: string) =>
      isSmall(to) ? `${milliseconds(from)} to ${milliseconds(to)} ms` : seen,
    )
    .replace(seconds, (seen, value: string) => (isSmall(value) ? `${milliseconds(value)} ms` : seen))
    .replace(/ ?(\[degF\]|(?<=\d )Cel\b|\{\w+\})/g, (_, unit: string) => ` ${unitWord(unit)}`)
    .replace(/(?<=\d) %/g, '%')
    .replace(/\((?:statistic|quantile)=([^()]*)\)/g, '($1)')
    .replace(/ robust standard deviations/g, '× its usual spread')
    .replace(/ -> /g, ' → ')
    .replace(/\.\)\.$/, ').')
    .replace(/(?<=\d) (?=(?:s|ms|µs|min|h|kB|MB|GB|TB|°[CF])(?![\w]))/g, '\u00a0');
}

function isSmall(value: string): boolean {
  const size = Math.abs(Number(value));
  return size > 0 && size < 1;
}

function milliseconds(value: string): string {
  return shortNumber(Number(value) * 1000);
}

/** A sentence about an asset without its name in front, where the name stands above it already. */
export function withoutSubject(text: string, asset: string): string {
  return text.startsWith(`${asset}: `) ? text.slice(asset.length + 2) : text;
}
