/** A message as it was framed. */
export interface SyslogFrame {
  readonly bytes: Buffer;
  /** True when the message was longer than is taken; its beginning is here. */
  readonly isCut: boolean;
}

/** Tells the messages of one connection apart. */
export interface SyslogFraming {
  /** The messages that a chunk completes. */
  push(chunk: Buffer): readonly SyslogFrame[];
  /** What is left when the sender has ended its side: a last line without its end. */
  end(): readonly SyslogFrame[];
}

const lineFeed = 0x0a;
const nul = 0x00;
const space = 0x20;
const zero = 0x30;
const nine = 0x39;
const lessThan = 0x3c;
const carriageReturn = 0x0d;
/** Digits of a count and the two bytes behind it. */
const headMax = 9 + 2;

/**
 * Framing of syslog over TCP (RFC 6587): octet counting (`83 <34>1 …`) and lines that end with LF or NUL, told apart
 * message by message. Holds at most `bytesMax` of an unfinished message, whatever count was announced.
 */
export function createSyslogFraming(bytesMax: number): SyslogFraming {
  let pending: Buffer = Buffer.alloc(0);
  /** Bytes of the counted message that are still to come; -1 = the message ends with its line. */
  let counted = -1;
  let isInside = false;
  let isCut = false;

  function finish(frames: SyslogFrame[]): void {
    const bytes = trimmed(pending);
    if (bytes.length > 0) frames.push({ bytes, isCut });
    pending = Buffer.alloc(0);
    counted = -1;
    isInside = false;
    isCut = false;
  }

  function keep(part: Buffer): void {
    const room = Math.max(0, bytesMax - pending.length);
    if (part.length > room) isCut = true;
    pending = Buffer.concat([pending, part.subarray(0, room)]);
  }

  /** Decides the framing of the next message from its first bytes; false while they are too few. */
  function begin(bytes: Buffer): { readonly skip: number } | undefined {
    const count = countOf(bytes);
    if (count === 'unknown') return undefined;
    isInside = true;
    counted = count === 'none' ? -1 : count.count;
    return { skip: count === 'none' ? 0 : count.skip };
  }

  return {
    push(chunk) {
      const frames: SyslogFrame[] = [];
      let rest = chunk;
      while (rest.length > 0) {
        if (!isInside) {
          const head = pending.length === 0 ? rest : Buffer.concat([pending, rest]);
          pending = Buffer.alloc(0);
          const begun = begin(head);
          if (begun === undefined) {
            pending = Buffer.from(head);
            return frames;
          }
          rest = head.subarray(begun.skip);
        }
        if (counted >= 0) {
          const part = rest.subarray(0, counted);
          keep(part);
          counted -= part.length;
          rest = rest.subarray(part.length);
          if (counted === 0) finish(frames);
        } else {
          const end = lineEnd(rest);
          keep(end === -1 ? rest : rest.subarray(0, end));
          rest = end === -1 ? rest.subarray(rest.length) : rest.subarray(end + 1);
          if (end !== -1) finish(frames);
        }
      }
      return frames;
    },
    end() {
      const frames: SyslogFrame[] = [];
      // A counted message that is not complete is no message: its sender sends it again.
      if (counted >= 0) pending = Buffer.alloc(0);
      finish(frames);
      return frames;
    },
  };
}

/** A count is up to nine digits, a space and the `<` of a priority; anything else is a line. */
function countOf(bytes: Buffer): 'none' | 'unknown' | { readonly count: number; readonly skip: number } {
  let count = 0;
  for (let at = 0; at < headMax; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return 'unknown';
    if (byte >= zero && byte <= nine && !(at === 0 && byte === zero) && at < 9) {
      count = count * 10 + byte - zero;
      continue;
    }
    if (at === 0 || byte !== space) return 'none';
    const next = bytes[at + 1];
    if (next === undefined) return 'unknown';
    return next === lessThan ? { count, skip: at + 1 } : 'none';
  }
  return 'none';
}

/** One pass for both ends: to look for one of them at a time would search the whole chunk for each line. */
function lineEnd(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === lineFeed || byte === nul) return at;
  }
  return -1;
}

/** Without line ends and spaces around it. */
function trimmed(bytes: Buffer): Buffer {
  let end = bytes.length;
  for (; end > 0; end -= 1) {
    const byte = bytes[end - 1];
    if (byte !== lineFeed && byte !== carriageReturn && byte !== nul && byte !== space) break;
  }
  return bytes.subarray(0, end);
}
