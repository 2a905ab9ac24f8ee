import { describe, expect, it } from 'vitest';
import { readSyslogMessage } from './syslog-message.ts';
import { syslogSignal } from './syslog-signal.ts';

const now = Date.UTC(2026, 0, 2, 12);

function read(text: string | Buffer, zone = 'UTC', at = now) {
  const { data, ...message } = readSyslogMessage(Buffer.from(text), { now: at, zone });
  return data.size === 0 ? message : { ...message, data: Object.fromEntries(data) };
}

describe('a message of RFC 5424', () => {
  it('with everything, as in its examples', () => {
    const text =
      '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application"][examplePriority@32473 class="hi\\"g\\]h"] \u{FEFF}An application event';
    expect(read(text)).toEqual({
      facility: 20,
      severity: 5,
      at: Date.UTC(2003, 9, 11, 22, 14, 15, 3),
      host: 'mymachine.example.com',
      app: 'evntslog',
      messageId: 'ID47',
      data: {
        'exampleSDID@32473.iut': '3',
        'exampleSDID@32473.eventSource': 'Application',
        'examplePriority@32473.class': 'hi"g]h',
      },
      text: 'An application event',
    });
  });

  it.each<[string, string, object]>([
    ['nothing but its frame', '<34>1 - - - - - -', { text: '' }],
    [
      'no text',
      '<34>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - [a b="c"]',
      { processId: '8710', text: '' },
    ],
    ['structured data that does not end', '<34>1 - h a - - [x y="z text', { host: 'h', text: '[x y="z text' }],
    ['an offset', '<34>1 2003-08-24T05:14:15.5-07:00 h a - - - t', { at: Date.UTC(2003, 7, 24, 12, 14, 15, 500) }],
    ['a time that is none', '<34>1 yesterday h a - - - t', { host: 'h', text: 't' }],
  ])('with %s', (_, text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });
});

describe('a message of RFC 3164', () => {
  it.each<[string, string, object]>([
    [
      'its example',
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
      {
        facility: 4,
        severity: 2,
        host: 'mymachine',
        app: 'su',
        at: Date.UTC(2025, 9, 11, 22, 14, 15),
        text: "'su root' failed",
      },
    ],
    [
      'a process id',
      '<13>Jan  2 11:59:59 web-1 nginx[812]: GET /',
      { host: 'web-1', app: 'nginx', processId: '812', text: 'GET /' },
    ],
    ['no host', '<13>Jan  2 11:59:59 cron[9]: run', { app: 'cron', text: 'run' }],
    ['no tag', '<13>Jan  2 11:59:59 web-1 just words', { host: 'web-1', text: 'just words' }],
    [
      'a date of RFC 3339',
      '<13>2026-01-02T03:04:05.678+01:00 web-1 app: x',
      { at: Date.UTC(2026, 0, 2, 2, 4, 5, 678), app: 'app' },
    ],
    [
      'a year and marks, as routers send',
      '<189>*Mar  1 2025 18:46:11.123: %SYS-5-CONFIG_I: ok',
      { at: Date.UTC(2025, 2, 1, 18, 46, 11, 123) },
    ],
    ['no date', '<13>app[3]: hello', { app: 'app', processId: '3', text: 'hello' }],
    ['no priority', 'hello world', { facility: 1, severity: 5, text: 'hello world' }],
    ['a priority beyond the range', '<192>x', { facility: 1, severity: 5, text: '<192>x' }],
    ['an address with colons as host', '<13>Jan  2 11:59:59 fe80::1 app: x', { host: 'fe80::1', app: 'app' }],
  ])('with %s', (_, text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it.each<[string, number, number]>([
    ['Dec 31 23:59:59', Date.UTC(2026, 0, 1, 0, 0, 5), Date.UTC(2025, 11, 31, 23, 59, 59)],
    ['Jan  1 00:00:01', Date.UTC(2025, 11, 31, 23, 59, 58), Date.UTC(2026, 0, 1, 0, 0, 1)],
    ['Feb 29 10:00:00', Date.UTC(2028, 2, 1), Date.UTC(2028, 1, 29, 10)],
    ['Mar 15 10:00:00', Date.UTC(2026, 0, 2), Date.UTC(2025, 2, 15, 10)],
  ])('of %s is of the year that is nearest, not of the future', (words, at, expected) => {
    expect(read(`<13>${words} h a: x`, 'UTC', at).at).toBe(expected);
  });

  it('is in the zone of the configuration', () => {
    expect(read('<13>Jan  2 11:00:00 h a: x', '+02:00').at).toBe(Date.UTC(2026, 0, 2, 9));
  });
});

describe('a message as a signal', () => {
  const options = { asset: 'host', ageMaxMs: 86_400_000, futureMaxMs: 600_000 } as const;
  function signal(text: string | Buffer, asset: 'host' | 'app' | 'host/app' = 'host', number = '1') {
    const message = readSyslogMessage(Buffer.from(text), { now, zone: 'UTC' });
    return syslogSignal(message, { address: '10.0.0.7', at: now, number, isCut: false }, { ...options, asset });
  }

  it('has the host or the sender’s address as asset, the severity, and everything else as labels', () => {
    expect(signal('<11>1 2026-01-02T11:59:00Z web-1 nginx 7 REQ [a@1 b="c"] failed')).toMatchObject({
      kind: 'log',
      asset: 'web-1',
      severity: 'high',
      at: now - 60_000,
      body: 'failed',
      labels: { app: 'nginx', process_id: '7', message_id: 'REQ', 'a@1.b': 'c', facility: 'user', level: 'error' },
    });
    expect(signal('<8>x')).toMatchObject({ asset: '10.0.0.7', severity: 'critical', at: now });
    expect(signal('<13>1 - web-1 nginx - - - x', 'host/app').asset).toBe('web-1/nginx');
    expect(signal('<13>1 - web-1 nginx - - - x', 'app')).toMatchObject({ asset: 'nginx', labels: { host: 'web-1' } });
  });

  it('of a wrong clock gets the time of arrival and keeps what it said', () => {
    expect(signal('<13>1 2003-10-11T22:14:15Z h a - - - x')).toMatchObject({
      at: now,
      labels: { sent_at: '2003-10-11T22:14:15.000Z' },
    });
  });

  it('is another signal when it comes again, because a device may well say the same twice', () => {
    expect(signal('<13>same', 'host', '1').id).not.toBe(signal('<13>same', 'host', '2').id);
  });

  it('of any bytes is within the limits of the model', () => {
    const names = Array.from({ length: 100 }, (_, index) => `[id${index} __proto__="x" n="${'v'.repeat(5000)}"]`).join(
      '',
    );
    const made = signal(Buffer.concat([Buffer.from(`<13>1 - h a - - ${names} `), Buffer.from([0xff, 0xfe, 0x00])]));
    expect(Object.keys(made.labels).length).toBeLessThanOrEqual(64);
    expect(Math.max(...Object.values(made.labels).map((value) => value.length))).toBe(1024);
    expect(made.body).toBe('\u{FFFD}\u{FFFD}\u{FFFD}');
  });
});
