import { parseIsoTime } from '../wire-time.ts';
import { leadingTime } from './syslog-time.ts';

/** A syslog message; what its sender left out is absent. */
export interface SyslogMessage {
  /** 0 kernel to 23 local7. */
  readonly facility: number;
  /** 0 emergency to 7 debug. */
  readonly severity: number;
  /** Milliseconds since the epoch. */
  readonly at?: number;
  readonly host?: string;
  readonly app?: string;
  readonly processId?: string;
  readonly messageId?: string;
  /** Parameters of the structured data as `id.name`. */
  readonly data: ReadonlyMap<string, string>;
  readonly text: string;
}

export interface SyslogReading {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Zone of dates without one, e.g. `UTC` or `+02:00`. */
  readonly zone: string;
}

const priorityForm = /^<(\d{1,3})>/;
const headerForm = /^1 (\S{1,64}) (\S{1,255}) (\S{1,255}) (\S{1,128}) (\S{1,64}) (?=[-[])/;
const tagForm = /^([\w./@-]{1,64})(?:\[([^\]\s]{1,32})\])?: ?/;
const hostForm = /^[\w.:@%-]{1,255}$/;
const byteOrderMark = /^\u{FEFF}/u;
/** RFC 3164 4.3.3: what has no priority counts as user, notice. */
const priorityDefault = 13;
const parametersMax = 60;

/** Reads a message of RFC 5424 or RFC 3164, as far as it is one: what cannot be read is text. Never fails. */
export function readSyslogMessage(bytes: Buffer, reading: SyslogReading): SyslogMessage {
  const all = bytes.toString('utf8');
  const priorityWords = priorityForm.exec(all);
  const given = Number(priorityWords?.[1] ?? priorityDefault);
  const isPriority = priorityWords !== null && given <= 191;
  const priority = isPriority ? given : priorityDefault;
  const rest = isPriority ? all.slice(priorityWords[0].length) : all;
  const ranks = { facility: priority >> 3, severity: priority & 7 };
  const header = headerForm.exec(rest);
  return { ...ranks, ...(header === null ? readBsd(rest, reading) : readHeader(header, rest, reading.zone)) };
}

type Content = Omit<SyslogMessage, 'facility' | 'severity'>;

/** RFC 5424 6. */
function readHeader(header: RegExpExecArray, rest: string, zone: string): Content {
  const [all, time = '-', host = '-', app = '-', processId = '-', messageId = '-'] = header;
  const { data, end } = readStructuredData(rest, all.length);
  const at = parseIsoTime(time, zone);
  const text = rest.slice(end).replace(/^ /, '').replace(byteOrderMark, '');
  return {
    ...(typeof at === 'number' ? { at } : {}),
    ...given({ host, app, processId, messageId }),
    data,
    text,
  };
}

/** `[id name="value" …][…]` or `-`, from `start`; what is not well formed belongs to the text. */
function readStructuredData(
  text: string,
  start: number,
): { readonly data: ReadonlyMap<string, string>; readonly end: number } {
  const data = new Map<string, string>();
  if (text[start] === '-') return { data, end: start + 1 };
  const idForm = /\[([^\s="\]]{1,64})/y;
  const parameterForm = /[ ]{1,4}([^\s="\]]{1,64})="((?:[^"\\\]]|\\[^])*)"/y;
  let at = start;
  while (text[at] === '[') {
    idForm.lastIndex = at;
    const id = idForm.exec(text);
    if (id === null) break;
    const element = new Map<string, string>();
    let next = idForm.lastIndex;
    for (;;) {
      parameterForm.lastIndex = next;
      const parameter = parameterForm.exec(text);
      if (parameter === null) break;
      const [, name = '', value = ''] = parameter;
      element.set(`${id[1]}.${name}`, value.replace(/\\(["\\\]])/g, '$1'));
      next = parameterForm.lastIndex;
    }
    while (text[next] === ' ') next += 1;
    if (text[next] !== ']') break;
    at = next + 1;
    for (const [name, value] of element) if (data.size < parametersMax) data.set(name, value);
  }
  return { data, end: at };
}

/** RFC 3164 and what is sent in its name: a date, a host, a tag, each of them may be missing. */
function readBsd(text: string, { now, zone }: SyslogReading): Content {
  const time = leadingTime(text, now, zone);
  let rest = time === undefined ? text : text.slice(time.length).trimStart();
  let host = '-';
  if (time !== undefined) {
    const space = rest.indexOf(' ');
    const word = space === -1 ? rest : rest.slice(0, space);
    // A word with a colon at its end or a number in brackets is the tag: the host was left out.
    if (space !== -1 && hostForm.test(word) && !word.endsWith(':')) {
      host = word;
      rest = rest.slice(space + 1).trimStart();
    }
  }
  const tag = tagForm.exec(rest);
  const isTagged = tag !== null && (time !== undefined || tag[2] !== undefined);
  const [found = '', app = '-', processId = '-'] = isTagged ? tag : [];
  return {
    ...(time === undefined ? {} : { at: time.at }),
    ...given({ host, app, processId }),
    data: new Map(),
    text: rest.slice(found.length).replace(byteOrderMark, ''),
  };
}

/** Without what is `-`, the word for nothing (RFC 5424 6). */
function given<Name extends string>(words: Readonly<Record<Name, string>>): { readonly [Key in Name]?: string } {
  const present = Object.entries<string>(words).filter(([, word]) => word !== '-' && word !== '');
  // The cast holds: the entries of a record are its own names and texts.
  return Object.fromEntries(present) as { readonly [Key in Name]?: string };
}
